import ArgumentParser
import FiniModel
import FiniRender
import FiniStore
import FiniTimeline

/// `fini-trace list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The runs of a file.")

  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a run.") var json = false

  func run() throws {
    try reporting {
      let file = try TraceFile.openForReading(self.file.path)
      let headers = try file.runs().map { try LoadedRun(.number($0.number), in: file).header }
      var output = Output()
      let list = RunList(headers)
      if json { list.writeJSON(to: &output) } else { list.write(to: &output, style: look.style()) }
      output.flush()
    }
  }
}

/// `fini-trace show`
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The timeline of a run: what the tracer did, what the tracee did.")

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
  @Flag(help: "One JSON object an event (see schema/event.md).") var json = false

  func run() throws {
    try reporting {
      let filter = try makeFilter()
      let file = try TraceFile.openForReading(self.file.path)
      let loaded = try LoadedRun(wanted.selection, in: file)
      if let around, loaded.timeline.event(around) == nil {
        throw Failure(
          message: "run \(loaded.summary.number) has no event \(around);"
            + " its events are 1 to \(loaded.summary.eventCount)")
      }
      let events = filter.events(of: loaded.timeline)
      var output = Output()
      if json {
        let encoder = EventJSON(run: loaded.summary.number)
        for event in events {
          encoder.write(event, phase: loaded.timeline.phase(of: event.sequence), to: &output)
        }
      } else {
        TimelineText(
          loaded.timeline, header: loaded.header, style: look.style(showsEveryEvent: all)
        ).write(to: &output, events: events)
      }
      output.flush()
    }
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

/// `fini-trace check`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Did the stop land before rt_sigreturn? Exit status 0 yes, 1 no, 2 can't tell.")

  @Argument(help: ArgumentHelp("A run.", valueName: "run")) var wanted = RunArgument()
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "The answer as JSON.") var json = false

  func run() throws {
    try reporting {
      let file = try TraceFile.openForReading(self.file.path)
      let loaded = try LoadedRun(wanted.selection, in: file)
      var output = Output()
      let report = CheckReport(loaded.timeline, header: loaded.header)
      if json {
        report.writeJSON(to: &output)
      } else {
        report.write(to: &output, style: look.style())
      }
      output.flush()
      switch loaded.timeline.judgement.landed {
      case true where !loaded.timeline.judgement.leftTraces: break
      case nil: throw ExitCode(2)
      default: throw ExitCode(1)
      }
    }
  }
}

/// `fini-trace compare`
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs side by side: calls, stops, signals, frozen time.")

  @Argument(help: "The runs, two or more.") var runs: [RunArgument]
  @OptionGroup var file: FileOption
  @OptionGroup var look: StyleOptions
  @Flag(help: "Also list what does not differ.") var everything = false
  @Flag(help: "The comparison as JSON.") var json = false

  func run() throws {
    try reporting {
      guard runs.count >= 2 else {
        throw Failure(message: "compare needs two runs; see fini-trace list", status: 64)
      }
      let file = try TraceFile.openForReading(self.file.path)
      let loaded = try runs.map { try LoadedRun($0.selection, in: file) }
      let comparison = Comparison(
        loaded.map { run in
          let strategy = run.summary.strategyTaken ?? run.summary.strategyAsked
          return (
            "\(run.summary.number) \(strategy?.name ?? run.summary.source.name)", run.timeline
          )
        })
      var output = Output()
      let report = ComparisonReport(comparison)
      if json {
        report.writeJSON(to: &output)
      } else {
        report.write(to: &output, style: look.style(), everything: everything)
      }
      output.flush()
    }
  }
}
