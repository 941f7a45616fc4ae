import ArgumentParser
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace explain`
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What went wrong in a run, with the events that prove it and what to do.",
    discussion: "Exit status: 0 nothing is wrong, 1 something is, 2 can't tell.")

  @OptionGroup var wanted: RunOption
  @OptionGroup var output: ReportOptions

  @OptionGroup var only: TaskOption

  func run() throws {
    let (file, summary) = try wanted.open()
    if summary.isTree, only.task == nil {
      let tree = try LoadedTree(summary, in: file)
      let found = try tree.explanation()
      return try output.end(
        with: TreeExplainReport(found, header: tree.header), status: found.answer.rawValue)
    }
    let loaded = try LoadedRun.of(summary, in: file, task: only.id)
    let explanation = try loaded.explanation(in: file)
    try output.end(
      with: ExplainReport(explanation, of: loaded.timeline, header: loaded.header),
      status: explanation.answer.rawValue)
  }
}
