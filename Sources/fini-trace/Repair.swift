import ArgumentParser
import FiniModel
import FiniRender
import FiniSession

/// `fini-trace repair`
struct Repair: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Take away what a recorder that was killed left in a process.",
    discussion: HelpText.repair)

  @Argument(help: "The process (or one thread of it).") var pid: ProcessNumber
  @OptionGroup var file: FileOption
  @Flag(help: "What was repaired, as JSON.") var json = false

  var mistakes: [Mistake] { [pid.mistake] }

  func run() throws {
    let mended = try Mending(recording: file.path).mendAll(of: try Victims.examine(pid.checked))
    for line in mended.failed { Message.write(line) }
    Output.write(RepairedReport(mended), asJSON: json)
    if mended.status != .good { throw ExitCode(mended.status) }
  }
}
