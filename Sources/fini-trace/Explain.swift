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

  @Argument(help: "The run.") var selection = RunSelection.last
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object.") var json = false

  func run() throws {
    let file = try TraceFile.openForReading(self.file.path)
    let loaded = try LoadedRun(selection, in: file)
    let explanation = Explanation(
      of: loaded.timeline, texts: try file.texts(of: loaded.summary.number))
    Output.write(
      ExplainReport(explanation, of: loaded.timeline, header: loaded.header), asJSON: json, look)
    if explanation.answer != .nothingWrong { throw ExitCode(explanation.answer.rawValue) }
  }
}
