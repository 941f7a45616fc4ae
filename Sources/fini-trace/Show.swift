import ArgumentParser
import FiniModel
import FiniRender
import FiniSession
import FiniStore
import FiniTimeline

/// `fini-trace show`
struct Show: Checked {
  static let configuration = CommandConfiguration(
    abstract: "The timeline of a run: what the tracer did, what the tracee did.",
    usage: RunOption.usage("show", "[<filter>] [--json] [<options>]"),
    discussion: HelpText.show)

  @OptionGroup var wanted: RunOption
  @OptionGroup var output: ReportOptions

  @Option(help: "Only this phase (may be repeated).") var phase: [Word<Phase>] = []
  @Option(help: "Only this kind of event (may be repeated).") var kind: [Word<EventKind>] = []
  @Option(help: "Only this task (may be repeated).") var task: [Int32] = []
  @Option(help: "From this time on, in ms from the start of the run.") var since: Double?
  @Option(help: "Up to this time, in ms from the start of the run.") var until: Double?
  @Option(help: "Only what is near this event.") var around: UInt32?
  @Option(help: "How many events before and after count as near (10).") var context: Int?
  @Flag(help: "Every event on a line of its own.") var all = false
  @Flag(help: "Of an import, the lines that were not understood, and nothing else.")
  var unparsed = false

  var mistakes: [Mistake] {
    phase.map { $0.mistake } + kind.map { $0.mistake }
      + [
        ((context ?? 0) < 0, "--context can't be negative"),
        (context != nil && around == nil, "--context needs --around"),
        (
          unparsed && filter != TimelineFilter(),
          "--unparsed shows lines that became no events: it goes with no filter"
        ), output.mistake,
      ]
  }

  private var filter: TimelineFilter {
    TimelineFilter(
      phases: phase.compactMap { $0.value }, kinds: kind.compactMap { $0.value },
      tasks: task.map { TaskID($0) }, sinceMilliseconds: since, untilMilliseconds: until,
      around: around, context: context ?? 10)
  }

  func run() throws {
    let filter = filter
    let (file, summary) = try wanted.open()
    if unparsed {
      let lines = try file.unparsedLines(of: summary.number)
      output.write(UnparsedReport(lines, of: summary.number))
    } else if summary.isTree {
      try writeTree(try LoadedTree(summary, in: file), filter)
    } else {
      write(
        try LoadedRun(summary, in: file, showing: filter), filter,
        output.json ? try file.texts(of: summary.number) : [:])
    }
  }

  private func write(
    _ run: LoadedRun, _ filter: TimelineFilter, _ texts: [UInt32: String] = [:]
  ) {
    output.write(
      TimelineReport(
        run.timeline, header: run.header, filter: filter, showsEveryEvent: all, texts: texts))
  }

  /// Its tasks, or the timelines of those that something is asked about.
  private func writeTree(_ tree: LoadedTree, _ filter: TimelineFilter) throws {
    if !all, filter == TimelineFilter() {
      return output.write(TreeReport(try tree.reading(), header: tree.header, as: .table))
    }
    var found = false
    try tree.forEachRun(matching: filter) { run in
      if found, !output.json { Output.writeAll([UInt8(ascii: "\n")], to: 1) }
      found = true
      write(run, filter)
    } without: { cure in
      if !output.json { Message.write(tree.withoutEvents(cure).description) }
    }
  }
}
