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
    let explanation = Explanation(
      of: loaded.timeline, texts: try file.texts(of: summary.number), isOpen: !summary.isFinished)
    output.write(ExplainReport(explanation, of: loaded.timeline, header: loaded.header))
    if explanation.answer != .nothingWrong { throw ExitCode(explanation.answer.rawValue) }
  }
}
