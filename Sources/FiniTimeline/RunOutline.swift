package import FiniModel

/// What is known of a run, or of one task of it, before its events are read: a page of it can be shown with this.
package struct RunOutline: Sendable {
  /// The task that it is about; `nil` for a run without events.
  package let subject: TaskID?
  /// What its events were judged to prove. Its phases may be left out: they come with each ``Passage``.
  package let judged: JudgedTask
  /// The zero of its times, see ``Timeline/start``.
  package let start: Instant?
  /// The first tracer that is named; a line of a log names none.
  package let tracer: TaskID?
  /// The tasks that another tracer traced; none of a cure of our own.
  package let tracees: [TaskID: TraceeVerdict]
  /// The last event's number; of a run that is being recorded that is not known.
  package let last: UInt32
  /// Whether the run is being recorded: then there is no judgement of it, and its costs are not known.
  package var isLive: Bool { judged.judgement.verdict == .unfinished && judged.events == nil }

  /// - Parameters:
  ///   - judged: with `isLetGo`.
  package init(
    subject: TaskID?, judged: JudgedTask, start: Instant?, tracer: TaskID?, last: UInt32,
    tracees: [TraceeVerdict] = []
  ) {
    self.tracees = Dictionary(tracees.map { ($0.task, $0) }) { first, _ in first }
    self.subject = subject
    self.judged = judged
    self.start = start
    self.tracer = tracer
    self.last = last
  }

  /// A run that is being recorded.
  package init(live subject: TaskID?, start: Instant?, tracer: TaskID?) {
    self.init(
      subject: subject, judged: JudgedTask(judgement: Judgement(verdict: .unfinished, summary: "")),
      start: start, tracer: tracer, last: 0)
  }

  /// The verdict, with its evidence.
  package var judgement: Judgement { judged.judgement }
  /// Names for addresses.
  package var addresses: AddressBook { AddressBook(blob: judged.blob) }

  /// When an event began, in nanoseconds since the run's start.
  package func offset(of event: Event) -> Int64 {
    guard let start else { return 0 }
    return event.entered - start
  }
}
