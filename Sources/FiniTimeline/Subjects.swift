package import FiniModel
internal import FiniProof

/// The tasks of a run that a foreign tracer traced, each with what became of its fini.
package struct Subjects: Sendable {
  /// All tracees, in the order in which they were first touched.
  package let all: [TraceeVerdict]
  /// The last task that the tracer wanted and did not get.
  private let refused: TaskID?

  init(_ all: [TraceeVerdict], refused: TaskID?) {
    self.all = all
    self.refused = refused
  }

  /// Finds them.
  package init(in events: some Sequence<Event>) {
    var reader = Reader()
    for event in events { reader.observe(event) }
    self.init(reader)
  }

  /// Those that a reader found.
  package init(_ reader: Reader) {
    self.init(reader.tracees?.verdicts ?? [], refused: reader.tracees?.refused)
  }

  /// Finds them event by event, in order; it keeps no event.
  package struct Reader: Sendable {
    fileprivate var tracees: Tracees<Fini>?

    /// Nothing is read yet.
    package init() {}

    /// Takes the next event.
    package mutating func observe(_ event: Event) {
      if tracees == nil {
        // A line of a log that was read into a recording, before its tracer's first call.
        if event.source == .criuLog { return }
        // What our own engine did is judged by another grammar, and asked for task by task.
        let source: Source = event.source == .engine ? .strace : event.source
        tracees = Tracees(startingWith: Fini(task: nil, machine: CureMachine(source: source)))
      }
      tracees?.observe(event)
    }
  }

  /// The fini of one task, and nothing else of it.
  fileprivate struct Fini: TraceeReading {
    let task: TaskID?
    var machine: CureMachine

    var ledger: FiniLedger { machine.ledger }

    func starting(with task: TaskID) -> Fini { Fini(task: task, machine: machine) }

    mutating func observe(_ event: Event) {
      if case .ended = event.payload { machine.observeEnd(of: event.tracee, at: event.sequence) }
      if let task, let ending = event.reportedEnd(of: task) {
        _ = machine.observe(reported: ending, at: event.sequence)
      }
      if event.tracee == task || event.kind == .gap { machine.observe(event) }
    }

    mutating func observe(line sequence: UInt32, left: Instant) {}
    mutating func noteStep() { machine.noteStep() }
  }

  /// The tasks beside the one that the run is about, which are asked for harm as well. More than these are a storm, and
  /// the first tell of what kind it is.
  func others(than subject: TaskID?) -> ArraySlice<TraceeVerdict> {
    all.filter { !$0.isProbe && $0.task != subject }.prefix(64)
  }

  /// The one that the run is about: the worst of those that reached fini, else the last one touched, else the one that
  /// was refused (FailedDumpTests.traced).
  package var principal: TaskID? {
    let own = all.filter { !$0.isProbe }
    let order: [Verdict] = [
      .lost, .missed, .intervened, .undetermined, .unfinished, .landed, .neverReached,
    ]
    for verdict in order {
      if let found = own.first(where: { $0.hasFini && $0.verdict == verdict }) {
        return found.task
      }
    }
    return own.last?.task ?? refused ?? all.last?.task
  }
}
