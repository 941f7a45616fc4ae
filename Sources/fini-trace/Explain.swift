import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniTimeline

/// `fini-trace explain`
struct Explain: Checked {
  static let configuration = CommandConfiguration(
    abstract: "What went wrong in a run, with the events that prove it and what to do.",
    usage: RunOption.usage("explain", "[--task <task>] [--json] [<options>]"),
    discussion: HelpText.explain)

  @OptionGroup var wanted: RunOption
  @OptionGroup var output: ReportOptions

  @OptionGroup var only: TaskOption

  var mistakes: [Mistake] { [output.mistake] }

  func run() throws {
    let (file, summary) = try wanted.open()
    let explained = try Explained(summary, in: file, task: only.id)
    Pager.start()
    try output.end(
      with: ExplainedReport(explained), ExitStatus(answer: explained.answer.rawValue))
  }
}
