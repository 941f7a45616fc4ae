import ArgumentParser
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace export`
struct Export: Checked {
  static let configuration = CommandConfiguration(
    abstract: "Write a run as a page, a trace, a table or a picture, or many for a database.",
    usage: RunOption.usage("export", "--format <format>\n    [--to <file>] [--task <task>]") + """

      fini-trace export --fleet [<file> ...] [<run> ...]
          --format ndjson|csv --to <folder> [--events]
      """,
    discussion: HelpText.export)

  @OptionGroup var wanted: RunOption
  @Option(help: "What is written.") var format: Word<ExportFormat>
  @Option(help: "Where it is written to (standard output).") var to: String?
  @OptionGroup var only: TaskOption
  @Flag(help: "Rows of all runs of the recordings, for a database of many machines.")
  var fleet = false
  @Flag(help: "With --fleet: each event as well.") var events = false

  var mistakes: [Mistake] {
    [format.mistake]
      + ExportWords(
        isFleet: fleet, isOfRows: format.value?.isOfRows ?? true,
        isText: format.value?.isText ?? true, to: to, hasTask: only.task != nil, hasEvents: events
      ).mistakes
  }

  func run() throws {
    if fleet { return try writeFleet() }
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

  private func writeFleet() throws {
    let names = try FleetNames(wanted.words, option: wanted.input.file)
    let text = FleetText(format.checked)
    let export = try FleetExport(names, tell: Message.write)
    try export.write(
      to: to ?? "",
      as: FleetExport.Encoding(
        suffix: format.checked.name, head: { text.head(of: $0) },
        row: { text.row($1, of: $0) }),
      events: events)
  }
}
