package import FiniImporters
package import FiniModel
internal import FiniProcfs
package import FiniStore
internal import FiniTimeline

/// A run of a foreign tracer on its way into the file.
///
/// The run begins with the first event, when the tracer is known, and so a tracer that never came
/// leaves no run.
package struct ObservedRecording {
  /// The task that it is about; number 0 for what the tracer traces.
  package let subject: TaskIdentity
  let book: RunBook
  let source: Source
  let tell: (Notice) -> Void
  private(set) var recorder: Recorder?
  /// How often the subject had been let go when its state was noted last.
  var releases = 0

  private let started = RunBook.Moment.now
  private var waiting: [Event] = []
  /// Judges the task that it is about; `nil` if that is to be found.
  private var judge: RunJudge?
  private var waitingFlush = 0

  /// Gets ready; the file stays as it is.
  package init(
    of subject: TaskIdentity, by source: Source, in book: RunBook,
    tell: @escaping (Notice) -> Void
  ) {
    self.book = book
    self.subject = subject
    self.source = source
    self.tell = tell
    if subject.task.rawValue > 0 { judge = RunJudge(of: subject.task, source: source) }
  }

  /// Begins the run.
  package mutating func begin(tracer: TaskIdentity) throws(StoreError) {
    guard recorder == nil else { return }
    recorder = try book.open(
      RunBook.Subject(source: source, tracer: tracer, tracee: subject), at: started)
    let waiting = self.waiting
    self.waiting = []
    try take(waiting, naming: [])
  }

  /// Takes events; `tasks` are those that they are the first to speak of.
  package mutating func take(
    _ events: [Event], naming tasks: [TaskID]
  ) throws(StoreError) {
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
      if tells(event) { judge?.observe(event) }
      waitingFlush += 1
      // No task is stopped while this waits for the disk, and the journal is never full.
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
  mutating func discard() throws(StoreError) {
    try recorder?.discard()
    recorder = nil
  }

  /// Whether an event counts for the judgement of the subject: its own, a tracer's end, a loss.
  private func tells(_ event: Event) -> Bool {
    switch event.payload {
    case .gap, .ended: true
    default: event.tracee == subject.task
    }
  }

  /// Ends the run and judges it; `nil` if it never began.
  ///
  /// - Parameters:
  ///   - reason: how it ended, if that is to be told.
  ///   - shortcoming: what this run in particular does not show.
  ///   - logs: what the tracer wrote of itself meanwhile.
  package mutating func finish(
    reason: String?, shortcoming: String?, logs: [LogFile] = []
  ) throws -> JudgedRun? {
    guard let recorder else { return nil }
    // What was judged as it passed was judged without the logs.
    if !logs.isEmpty {
      try recorder.flush()
      let joining = LogJoining(file: book.file)
      if try joining.join(found: logs, into: recorder.run, by: source, tell: tell) { judge = nil }
    }
    return try book.end(
      observed: recorder, by: source, of: subject.task.rawValue > 0 ? subject.task : nil,
      judge: judge, before: reason, unseen: unseen(shortcoming))
  }
}
