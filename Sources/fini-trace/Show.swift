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
  @Flag(help: "Of a run that is being recorded, what comes, until it ends.") var follow = false
  @Flag(help: "Of an import, the lines that were not understood, and nothing else.")
  var unparsed = false

  var mistakes: [Mistake] { asked.mistakes + [output.mistake] }

  private var asked: ShowWords {
    ShowWords(
      phases: phase, kinds: kind, tasks: task, since: since, until: until, around: around,
      context: context, isOfLines: unparsed, isFollowed: follow)
  }

  func run() throws {
    let filter = asked.filter
    let (file, summary) = try wanted.open()
    if unparsed {
      let lines = try file.unparsedLines(of: summary.number)
      Pager.start()
      output.write(UnparsedReport(lines, of: summary.number))
    } else if follow, try file.isLive(summary.number) {
      try self.follow(try FollowedRun(summary, in: file), filter, in: file)
    } else if summary.isTree {
      try writeTree(try LoadedTree(summary, in: file), filter)
    } else {
      try write(
        try ShownRun(summary, in: file, showing: filter), filter,
        texts: output.json ? { try file.texts(of: summary.number, in: $0) } : { _ in [:] })
    }
  }

  private func write(
    _ run: ShownRun, _ filter: TimelineFilter, isFirst: Bool = true,
    texts: (ClosedRange<UInt32>) throws -> [UInt32: String] = { _ in [:] }
  ) throws {
    var style = output.style
    style.showsEveryEvent = all
    var report = TimelineReport(
      run.outline, header: run.header, asJSON: output.json, style: style, isFirst: isFirst)
    var sink = Output()
    if isFirst { Pager.start() }
    report.begin(to: &sink)
    try run.forEachPassage(matching: filter) { events, passage in
      guard let first = events.first?.sequence, let last = events.last?.sequence else { return }
      report.add(events, of: passage, texts: try texts(first...last), to: &sink)
      // The first screen is there before the rest is read; a reader that left ends the program here.
      sink.flush()
    }
    report.end(to: &sink)
    sink.flush()
  }

  /// What comes as it comes; then the verdict.
  private func follow(
    _ run: FollowedRun, _ filter: TimelineFilter, in file: TraceFile
  ) throws {
    var style = output.style
    style.showsEveryEvent = all
    var report = TimelineReport(
      run.outline, header: run.header, asJSON: output.json, style: style)
    var sink = Output()
    report.begin(to: &sink)
    sink.flush()
    let ended = try run.forEachPassage(matching: filter) { events, passage in
      report.add(events, of: passage, to: &sink)
      sink.flush()
    }
    if !ended.isTree {
      let shown = try ShownRun(ended, in: file, showing: TimelineFilter())
      TimelineReport(shown.outline, header: shown.header, asJSON: output.json, style: style)
        .end(to: &sink)
    }
    sink.flush()
  }

  /// Its tasks, or the timelines of those that something is asked about.
  private func writeTree(_ tree: LoadedTree, _ filter: TimelineFilter) throws {
    if !all, filter == TimelineFilter() {
      let report = TreeReport(try tree.reading(), header: tree.header, as: .table)
      Pager.start()
      return output.write(report)
    }
    try tree.forEachRun(matching: filter) { run, isFirst in
      try write(ShownRun(run), filter, isFirst: isFirst)
    } without: { cure in
      if !output.json { Message.write(tree.withoutEvents(cure).description) }
    }
  }
}
