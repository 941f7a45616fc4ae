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

  var mistakes: [Mistake] { asked.mistakes + [output.mistake] }

  private var asked: ShowWords {
    ShowWords(
      phases: phase, kinds: kind, tasks: task, since: since, until: until, around: around,
      context: context, isOfLines: unparsed)
  }

  func run() throws {
    let filter = asked.filter
    let (file, summary) = try wanted.open()
    if unparsed {
      let lines = try file.unparsedLines(of: summary.number)
      output.write(UnparsedReport(lines, of: summary.number))
    } else if summary.isTree {
      try writeTree(try LoadedTree(summary, in: file), filter)
    } else {
      write(
        try LoadedRun(summary, in: file, showing: filter), filter,
        texts: output.json ? try file.texts(of: summary.number) : [:])
    }
  }

  private func write(
    _ run: LoadedRun, _ filter: TimelineFilter, texts: [UInt32: String] = [:], isFirst: Bool = true
  ) {
    output.write(
      TimelineReport(
        run.timeline, header: run.header, filter: filter, showsEveryEvent: all, texts: texts,
        isFirst: isFirst))
  }

  /// Its tasks, or the timelines of those that something is asked about.
  private func writeTree(_ tree: LoadedTree, _ filter: TimelineFilter) throws {
    if !all, filter == TimelineFilter() {
      return output.write(TreeReport(try tree.reading(), header: tree.header, as: .table))
    }
    try tree.forEachRun(matching: filter) { run, isFirst in
      write(run, filter, isFirst: isFirst)
    } without: { cure in
      if !output.json { Message.write(tree.withoutEvents(cure).description) }
    }
  }
}
