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

  func run() throws {
    let (file, summary) = try wanted.open()
    let loaded = try LoadedRun(summary, in: file)
    let explanation = try loaded.explanation(in: file)
    try output.end(
      with: ExplainReport(explanation, of: loaded.timeline, header: loaded.header),
      status: explanation.answer.rawValue)
  }
}
