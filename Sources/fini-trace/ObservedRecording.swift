import FiniModel
import FiniObservers
import FiniProcfs
import FiniPtrace
import FiniStore
import FiniTimeline
import Glibc

/// A run of a foreign tracer on its way into the file.
///
/// The run begins with the first event, when the tracer is known, and so a tracer that never came
/// leaves no run.
struct ObservedRecording {
  let file: TraceFile
  let subject: TaskIdentity
  let source: Source
  private(set) var recorder: Recorder?
  /// How often the subject had been let go when somebody last looked.
  var releases = 0

  private let started: Instant
  private let startedRealtime: Int64
  private var waiting: [Event] = []
  /// What the judgement of the subject is made of. A dump of ten thousand threads has some hundred
  /// thousand events, and all of them need not be in memory again.
  private var own: [Event] = []
  private var waitingFlush = 0

  init(of subject: TaskIdentity, by source: Source, in file: TraceFile) {
    self.file = file
    self.subject = subject
    self.source = source
    started = Tracer.now()
    startedRealtime = Int64(Tracer.wallClock())
  }

  /// Begins the run.
  mutating func begin(tracer: TaskIdentity) throws {
    guard recorder == nil else { return }
    recorder = try file.beginRun(
      RunStart(
        source: source, commandLine: CommandLine.arguments.joined(separator: " "),
        tracer: tracer, tracee: subject, toolVersion: FiniTrace.version,
        kernelRelease: Recording.kernelRelease,
        started: started, startedRealtime: startedRealtime))
    let waiting = self.waiting
    self.waiting = []
    try take(waiting, naming: [])
  }

  /// Takes events; `tasks` are those that they are the first to speak of.
  mutating func take(_ events: [Event], naming tasks: [TaskID]) throws {
    guard let recorder else {
      waiting += events
      return
    }
    // One that is gone already has no name.
    let named = tasks.filter { $0 != subject.task && $0.rawValue > 0 }
      .compactMap { try? TaskIdentity(reading: $0) }
    if !named.isEmpty { try recorder.declare(tasks: named) }
    for event in events {
      recorder.record(event)
      if tells(event) { own.append(event) }
      waitingFlush += 1
      // Nobody is stopped while this waits for the disk, and the journal is never full.
      if waitingFlush == TraceFile.defaultJournalCapacity / 2 {
        try recorder.flush()
        waitingFlush = 0
      }
    }
  }

  /// What the run does not show.
  func unseen(_ shortcoming: String?) -> String? {
    let all = [source.unseen, shortcoming].compactMap { $0 }
    return all.isEmpty ? nil : "not seen: " + all.joined(separator: ", ")
  }

  /// Takes back that the run began, where there was nothing to watch.
  mutating func discard() throws {
    try recorder?.discard()
    recorder = nil
  }

  /// Whether an event has a say in the judgement of the subject: its own, a tracer's end, a loss.
  private func tells(_ event: Event) -> Bool {
    switch event.payload {
    case .gap, .ended: true
    default: event.tracee == subject.task
    }
  }

  /// Ends the run and judges it; `nil` if it never began.
  ///
  /// - Parameter shortcoming: what this run in particular does not show.
  mutating func finish(
    summary: String?, shortcoming: String?
  ) throws -> (run: Int64, timeline: Timeline)? {
    guard let recorder else { return nil }
    try recorder.flush()
    let isNamed = subject.task.rawValue > 0
    let timeline = Timeline(
      reading: isNamed ? own : try file.events(of: recorder.run),
      subject: isNamed ? subject.task : nil)
    let judgement = timeline.judgement
    try recorder.finish(
      RunEnd(
        verdict: judgement.verdict, evidence: judgement.evidence.map { $0.event },
        strategyTaken: judgement.caught?.strategy,
        exitSummary: [summary, judgement.summary, unseen(shortcoming)].compactMap { $0 }
          .joined(separator: "; "),
        finished: Tracer.now(), finishedRealtime: Int64(Tracer.wallClock())))
    // For who reads the file without us; a tracer that is traced has them among its events.
    if source == .bpf, let task = timeline.subject {
      try file.keep(
        phases: timeline.phases.map { ($0.first, $0.phase) }, of: task, in: recorder.run)
    }
    return (recorder.run, timeline)
  }
}

extension FiniStrategy {
  /// The strategy that catches so.
  var strategy: FiniStrategy {
    switch self {
    case .breakpoint: .breakpoint
    case .breakpointAfter: .breakpointAfter
    case .syscall: .syscall
    case .direct: .direct
    }
  }
}
