import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// `fini-trace show`
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The timeline of a run: what the tracer did, what the tracee did.",
    discussion: """
      Of a run of a tree (record --tree) it lists the tasks; --task shows one of them, --all or a \
      filter all of them one after the other. Times count from the first event of the run.
      """)

  @Argument(help: ArgumentHelp("A run.", valueName: "run")) var wanted = RunArgument()
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions

  @Option(help: "Only this phase (may be repeated).") var phase: [String] = []
  @Option(help: "Only this kind of event (may be repeated).") var kind: [String] = []
  @Option(help: "Only this task (may be repeated).") var task: [Int32] = []
  @Option(help: "From this time on, in ms from the start of the run.") var since: Double?
  @Option(help: "Up to this time, in ms from the start of the run.") var until: Double?
  @Option(help: "Only what is near this event.") var around: UInt32?
  @Option(help: "How many events before and after count as near.") var context = 10
  @Flag(help: "Every event on a line of its own.") var all = false
  @Flag(help: "Of an import, the lines that were not understood, and nothing else.")
  var unparsed = false
  @Flag(help: "One JSON object an event (see schema/event.md).") var json = false

  func run() throws {
    try reporting {
      let filter = try makeFilter()
      let file = try TraceFile.openForReading(self.file.path)
      let summary = try file.run(wanted.selection)
      var output = Output()
      if unparsed {
        try writeUnparsed(of: summary, in: file, to: &output)
      } else if summary.isTree {
        try writeTree(try LoadedTree(summary, in: file), filter, to: &output)
      } else {
        // Of another tracer's run one task can be shown as if the run was about it.
        let only = summary.source != .engine && task.count == 1 ? task.first : nil
        var loaded = try LoadedRun(
          .number(summary.number), in: file, task: only.map { TaskID($0) })
        if json { loaded.texts = try file.texts(of: summary.number) }
        if let around, loaded.timeline.event(around) == nil { throw noEvent(around, summary) }
        write(loaded, filter, to: &output)
      }
      output.flush()
    }
  }

  private func writeUnparsed(
    of run: RunSummary, in file: TraceFile, to output: inout Output
  ) throws {
    for line in try file.unparsedLines(of: run.number) {
      UnparsedText(event: line.event, input: line.input, line: line.line, text: line.text)
        .write(run: run.number, asJSON: json, to: &output)
    }
  }

  private func write(_ loaded: LoadedRun, _ filter: TimelineFilter, to output: inout Output) {
    let events = filter.events(of: loaded.timeline)
    if json {
      let encoder = EventJSON(run: loaded.summary.number, texts: loaded.texts)
      for event in events {
        encoder.write(event, phase: loaded.timeline.phase(of: event.sequence), to: &output)
      }
    } else {
      TimelineText(
        loaded.timeline, header: loaded.header, style: look.style(showsEveryEvent: all)
      ).write(to: &output, events: events)
    }
  }

  /// Its tasks, or the timelines of those that something is asked about.
  private func writeTree(
    _ tree: LoadedTree, _ filter: TimelineFilter, to output: inout Output
  ) throws {
    if !all, filter == TimelineFilter() {
      let report = TreeReport(try tree.reading(), header: tree.header)
      if json {
        report.writeJSON(to: &output)
      } else {
        report.writeTable(to: &output, style: look.style())
      }
      return
    }
    var found = false
    for cure in try tree.tasks(filter.tasks) {
      guard let run = try tree.run(of: cure) else {
        if !filter.tasks.isEmpty {
          found = true
          if !json { Message.write(tree.sentenceWithoutEvents(of: cure)) }
        }
        continue
      }
      if let around, run.timeline.event(around) == nil { continue }
      let mayBeEmpty = !filter.tasks.isEmpty
      if !mayBeEmpty, filter.events(of: run.timeline).isEmpty { continue }
      if found, !json { output.write("\n") }
      found = true
      write(run, filter, to: &output)
      output.flush()
    }
    if !found, let around { throw noEvent(around, tree.summary) }
  }

  private func noEvent(_ event: UInt32, _ summary: RunSummary) -> Failure {
    Failure(
      message: "run \(summary.number) has no event \(event);"
        + " its events are 1 to \(summary.eventCount)")
  }

  private func makeFilter() throws -> TimelineFilter {
    var filter = TimelineFilter()
    for name in phase {
      guard let phase = Phase(name: name) else {
        throw Show.unknown("phase", name, Phase.allCases.map { $0.name })
      }
      filter.phases.insert(phase)
    }
    for name in kind {
      guard let kind = EventKind(name: name) else {
        throw Show.unknown("kind", name, EventKind.allCases.map { $0.name })
      }
      filter.kinds.insert(kind)
    }
    guard context >= 0 else { throw Failure(message: "--context can't be negative", status: 64) }
    filter.tasks = Set(task.map { TaskID($0) })
    if let since { filter.setSince(milliseconds: since) }
    if let until { filter.setUntil(milliseconds: until) }
    filter.around = around
    filter.context = context
    return filter
  }

  private static func unknown(_ what: String, _ name: String, _ known: [String]) -> Failure {
    Failure(
      message: "there is no \(what) \"\(name)\"; there are " + known.joined(separator: ", "),
      status: 64)
  }
}
