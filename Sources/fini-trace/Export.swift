import ArgumentParser
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace export`
struct Export: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Write a run as a page, a trace for Perfetto, a table or a picture.",
    usage: RunOption.usage("export", "--format <format>\n    [--to <file>] [--task <task>]"),
    discussion: HelpText.export)

  @OptionGroup var wanted: RunOption
  @Option(help: "What is written.") var format: Word<ExportFormat>
  @Option(help: "Where it is written to (standard output).") var to: String?
  @OptionGroup var only: TaskOption

  var mistakes: [Mistake] {
    [
      format.mistake,
      (
        to == nil && format.value == .perfetto && Terminal().isTerminal,
        "a trace is no text for a terminal: name a file with --to"
      ),
    ]
  }

  func run() throws {
    let (file, summary) = try wanted.open()
    let run = try LoadedRun.of(summary, in: file, task: only.id)
    let export = RunExport(
      run.timeline, header: run.header, answer: Answer(run),
      explanation: try run.explanation(in: file), texts: try file.texts(of: summary.number))
    let rows = { try file.timelineRows(of: summary.number) }
    guard let path = to else {
      return try export.write(as: format.checked, rows: rows) { Output.writeAll($0, to: 1) }
    }
    let target = try ExportFile(path)
    try export.write(as: format.checked, rows: rows) { try target.write($0) }
    try target.keep()
  }
}
