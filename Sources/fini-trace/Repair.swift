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

  var mistakes: [Mistake] { [pid.mistake] }

  func run() throws {
    guard let task = pid.task else { preconditionFailure("a mistake was refused") }
    let facts = try Victims.examine(task)
    Recording.blockSignals()
    let result = try Mending(recording: file.path).mendAll(of: facts) { facts, report in
      for line in report.lines(of: facts.task) { print(line) }
      for line in report.complaints(of: facts.task) { Message.write(line) }
    }
    if result == .clean { print("\(facts.task): nothing to repair") }
    if result == .failed { throw ExitCode(.no) }
  }
}
