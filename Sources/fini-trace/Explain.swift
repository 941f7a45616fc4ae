import ArgumentParser
import FiniRender
import FiniSession
import FiniStore
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
    if summary.isTree, only.task == nil {
      let tree = try LoadedTree(summary, in: file)
      let found = try tree.explanation()
      return try output.end(
        with: TreeExplainReport(found, header: tree.header),
        ExitStatus(answer: found.answer.rawValue))
    }
    let loaded = try LoadedRun.of(summary, in: file, task: only.id)
    let explanation = try loaded.explanation(in: file)
    try output.end(
      with: ExplainReport(explanation, of: loaded.timeline, header: loaded.header),
      ExitStatus(answer: explanation.answer.rawValue))
  }
}
