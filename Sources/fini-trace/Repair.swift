import ArgumentParser
import FiniEngine
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
    guard let task = pid.task else { preconditionFailure("a mistake was refused") }
    let facts = try Victims.examine(task)
    Recording.blockSignals()
    var done: [String] = []
    var failed: [String] = []
    let result = try Mending(recording: file.path).mendAll(of: facts) { facts, report in
      done += report.lines(of: facts.task)
      failed += report.complaints(of: facts.task)
    }
    for line in failed { Message.write(line) }
    if result == .clean, !json { done.append("\(facts.task): nothing to repair") }
    var output = Output()
    if json {
      RepairedReport(of: facts.task, result: result.rawValue, done: done, failed: failed)
        .writeJSON(to: &output)
    } else {
      for line in done { output.write(line + "\n") }
    }
    output.flush()
    if result == .failed { throw ExitCode(.no) }
  }
}
