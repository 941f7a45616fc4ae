import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// `fini-trace explain`
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What went wrong in a run, with the events that prove it and what to do.",
    discussion: "Exit status: 0 nothing is wrong, 1 something is, 2 can't tell.")

  @Argument(help: "The run.") var selection = RunArgument()
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object.") var json = false

  func run() throws {
    try reporting {
      let file = try TraceFile.openForReading(self.file.path)
      let loaded = try LoadedRun(selection.selection, in: file)
      let explanation = Explanation(
        of: loaded.timeline, texts: try file.texts(of: loaded.summary.number))
      let report = ExplainReport(explanation, of: loaded.timeline, header: loaded.header)
      var output = Output()
      if json {
        report.writeJSON(to: &output)
      } else {
        report.write(to: &output, style: look.style())
      }
      output.flush()
      if explanation.answer != .nothingWrong { throw ExitCode(explanation.answer.rawValue) }
    }
  }
}
