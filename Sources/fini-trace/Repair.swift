import ArgumentParser
import FiniEngine
import FiniModel
import FiniSession

/// `fini-trace repair`
struct Repair: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Take away what a recorder that was killed left in a process.",
    discussion: """
      Looks for the parasite's memory, for a bridge, and for a breakpoint that is still armed. Where \
      that breakpoint was set is taken from the recording, if there is one. A process without \
      leftovers is stopped for a moment and let go.
      """)

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
    if result == .failed { throw ExitCode(1) }
  }
}
