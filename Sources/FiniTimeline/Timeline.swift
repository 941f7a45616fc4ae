package import FiniModel
package import FiniProof

/// A run as it can be read: its events with phases, pairs, spans, signals, costs and judgement.
///
/// Everything here follows from the events and from nothing else. Events of the subject, the
/// task that is cured, are judged; those of other tasks are kept in their place and counted.
package struct Timeline: Sendable {
  /// The events, in order.
  package let events: [Event]
  /// The task that is cured; `nil` for a run without events.
  package let subject: TaskID?
  /// The phases, in order. A phase that the events of the file announce is not believed.
  package let phases: [PhaseSpan]
  /// The subject's stops with the calls that belong to them, in order.
  package let stops: [StopPair]
  /// For each wait of the subject that led to one, the request that it waited for.
  package let causes: [UInt32: UInt32]
  /// The times during which a breakpoint was armed, in order.
  package let breakpoints: [BreakpointSpan]
  /// The subject's signals, in order of their first appearance.
  package let signals: [SignalHistory]
  /// The system calls that the task made for the tracer, in order.
  package let remoteCalls: [RemoteCall]
  /// What the events tell of the task beside its fini.
  package let account: TaskAccount
  /// Names for addresses.
  package let addresses: AddressBook
  /// The registers when the subject was first stopped; after the abort if it was in a restartable
  /// sequence.
  package let savedRegisters: Registers?
  /// The last general registers read or written before the tracer let go.
  package let finalRegisters: Registers?
  /// What fini showed.
  package let facts: FiniLedger
  /// Costs.
  package let costs: Costs
  /// The verdict, with its evidence.
  package let judgement: Judgement
  /// The zero of its times: the entry of the run's first event that is more than a look from outside, as in
  /// view `run_start` of the file. `nil` without events.
  package let start: Instant?
  /// What all events of a long run tell, where ``events`` are only some of them.
  let whole: WholeRun?

  /// Reads a run.
  ///
  /// - Parameters:
  ///   - events: the events of one run, in order of their sequence.
  ///   - subject: the task that is cured; left out, it is found from the events.
  ///   - start: the zero of the run, where the events are those of one task of a tree.
  ///   - stored: what the events were judged to prove when the run ended; `nil` to judge them now.
  package init(
    reading events: some Sequence<Event>, subject: TaskID? = nil, start: Instant? = nil,
    judgement stored: Judgement? = nil
  ) {
    let events = Array(events)
    let source = Timeline.source(of: events) ?? .engine
    var reader = TimelineReader(
      subject: subject ?? Timeline.subject(of: events, source: source), source: source)
    for index in events.indices { reader.observe(events[index]) }
    self.init(
      events, reader, reader.task,
      start: start ?? (events.first { $0.kind != .snapshot } ?? events.first)?.entered,
      judgement: stored ?? Timeline.judgement(of: reader), whole: nil)
  }

  /// Reads some events of a run that is too long to be kept.
  ///
  /// What is told of the task, of its phases, signals and costs is what all events tell.
  init(
    some events: [Event], of whole: WholeRun, subject: TaskID?, start: Instant?,
    judgement: Judgement
  ) {
    let source = Timeline.source(of: events) ?? .engine
    var reader = TimelineReader(subject: subject, source: source)
    for index in events.indices { reader.observe(events[index]) }
    self.init(
      events, reader, whole.account(of: subject), start: start, judgement: judgement, whole: whole)
  }

  /// The same run, asked of another task.
  func asked(of task: TaskID, judgement: Judgement) -> Timeline {
    guard let whole else { return Timeline(reading: events, subject: task, judgement: judgement) }
    return Timeline(some: events, of: whole, subject: task, start: start, judgement: judgement)
  }

  private init(
    _ events: [Event], _ reader: TimelineReader, _ task: TaskJudge, start: Instant?,
    judgement: Judgement, whole: WholeRun?
  ) {
    self.events = events
    self.start = start
    self.whole = whole
    self.judgement = judgement
    subject = task.subject
    phases = task.phases
    stops = reader.pairs.stops
    causes = reader.pairs.causes
    breakpoints = reader.pairs.breakpoints
    signals = task.signals.histories
    remoteCalls = reader.remoteCalls.found
    account = task.account
    addresses = AddressBook(blob: task.account.memory.blob)
    finalRegisters = reader.finalRegisters
    facts = task.machine.ledger
    savedRegisters = facts.saved
    costs = task.costs
  }

  private static func judgement(of reader: TimelineReader) -> Judgement {
    RunJudge.countJudgement()
    return reader.task.judged(reader.course).judgement
  }

  /// What reported a run: a log that was read into a recording tells of what the recording shows.
  static func source(of events: [Event]) -> Source? {
    events.first { $0.source != .criuLog }?.source ?? events.first?.source
  }

  private static func subject(of events: [Event], source: Source) -> TaskID? {
    if RunJudge.findsSubject(in: source) { return Subjects(in: events).principal }
    var finder = SubjectFinder(source: source)
    for index in events.indices { finder.observe(events[index]) }
    return finder.subject
  }

  /// The way in which the tracer tried to catch the task, as far as it shows; not what it was asked.
  package var strategySeen: FiniStrategy? {
    judgement.strategySeen(facts)
  }

  /// What is kept of the subject when its events are judged.
  package var judged: JudgedTask {
    var moments: [UInt32: Instant] = [:]
    for evidence in judgement.evidence { moments[evidence.event] = event(evidence.event)?.entered }
    return JudgedTask(
      judgement: judgement, costs: costs, phases: phases, signals: signals, moments: moments,
      events: events.first.flatMap { first in
        events.last.map { first.sequence...max(first.sequence, $0.sequence) }
      },
      blob: addresses.blob, isLetGo: isLetGo)
  }

  /// What is known of it without its events.
  package var outline: RunOutline {
    RunOutline(
      subject: subject, judged: judged, start: start,
      tracer: events.first { $0.tracer.rawValue > 0 }?.tracer,
      last: events.last?.sequence ?? 0,
      tracees: Timeline.source(of: events) == .engine ? [] : Subjects(in: events).all)
  }

  /// All of its events, with what belongs together.
  package var passage: Passage {
    Passage(
      events: events, phases: phases, stops: stops, remoteCalls: remoteCalls,
      breakpoints: breakpoints)
  }

  /// Whether the tracer let go of the subject.
  package var isLetGo: Bool { facts.detached != nil }

  /// The event with a sequence number.
  package func event(_ sequence: UInt32) -> Event? { events.place(of: sequence).map { events[$0] } }

  /// The phase in which an event lies; `nil` before the first.
  package func phase(of sequence: UInt32) -> Phase? { phases.phase(of: sequence) }

  /// When an event began, in nanoseconds since the run's start.
  package func offset(of event: Event) -> Int64 {
    guard let start else { return 0 }
    return event.entered - start
  }
}

extension [Event] {
  /// The place of the event with a sequence number, in events in the order of those.
  func place(of sequence: UInt32) -> Int? {
    // Nearly always nothing is missing before it.
    if let first, sequence >= first.sequence {
      let guess = Int(sequence - first.sequence)
      if guess < count, self[guess].sequence == sequence { return guess }
    }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].sequence == sequence ? low : nil
  }
}
