import ArgumentParser
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace check`
struct Check: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Did the stop land before rt_sigreturn? Exit status 0 yes, 1 no, 2 can't tell.",
    usage: RunOption.usage("check", "[--task <task>] [--json] [<options>]"),
    discussion: HelpText.check)

  @OptionGroup var wanted: RunOption
  @OptionGroup var output: ReportOptions
  @OptionGroup var only: TaskOption

  var mistakes: [Mistake] { [output.mistake] }

  func run() throws {
    let (file, summary) = try wanted.open()
    guard summary.isTree else {
      return try end(with: try Answer(summary, in: file, task: only.id))
    }
    let tree = try LoadedTree(summary, in: file)
    if let task = only.id { return try tree.answers(of: task).forEach { try end(with: $0) } }
    let reading = try tree.reading()
    let report = TreeReport(reading, header: tree.header, as: .answer)
    try output.end(with: report, ExitStatus(landed: reading.landed))
  }

  private func end(with answer: Answer) throws {
    try output.end(with: CheckReport(answer), ExitStatus(landed: answer.landed))
  }
}
