package import FiniModel

/// The machine that judges a run: by what its own engine tells, by what was written down of a
/// foreign tracer, or by what the kernel showed of one.
package enum CureMachine: Sendable {
  /// Our own cure: its engine tells what it means to do.
  case own(FiniMachine)
  /// Another tracer, from any source.
  case tracer(TracerMachine)
  /// A tracer's own log alone.
  case log(LogMachine)

  /// Starts before the first event of a run.
  package init(source: Source) {
    switch source {
    case .engine: self = .own(FiniMachine(strategy: nil))
    case .criuLog: self = .log(LogMachine())
    case .bpf, .ptraceObserver, .strace, .perf, .ftrace:
      self = .tracer(TracerMachine(source: source))
    }
  }

  /// Takes an event of the task.
  ///
  /// - Returns: whether it proves something, or may do so by what comes after it.
  @discardableResult
  package mutating func observe(_ event: Event) -> Bool {
    // A stop repeats what its wait says, and each round trip through the enum copies the machine.
    if case .wait = event.payload { return false }
    switch self {
    case .own(var machine):
      machine.observe(event)
      self = .own(machine)
      return machine.ledger.names(event.sequence)
    case .tracer(var machine):
      machine.observe(event)
      self = .tracer(machine)
      return machine.needs(event.sequence)
    case .log(var machine):
      machine.observe(event)
      self = .log(machine)
      return machine.ledger.names(event.sequence)
    }
  }

  /// Takes the end of another task, which may be the tracer's.
  ///
  /// - Returns: whether it is, and proves something.
  @discardableResult
  package mutating func observeEnd(of task: TaskID, at sequence: UInt32) -> Bool {
    guard case .tracer(var machine) = self, machine.tracer == task else { return false }
    machine.observeTracerEnd(at: sequence)
    self = .tracer(machine)
    return machine.ledger.tracerEnded == sequence
  }

  /// Takes the end of the task itself, of which SIGCHLD told its tracer.
  package mutating func observe(reported ending: Ending, at sequence: UInt32) -> Bool {
    guard case .tracer(var machine) = self else { return false }
    machine.observe(reported: ending, at: sequence)
    self = .tracer(machine)
    return machine.ledger.ended == sequence
  }

  /// Takes that a tracer made a request of some task: its steps are to be seen.
  package mutating func noteStep() {
    guard case .tracer(var machine) = self else { return }
    machine.noteStep()
    self = .tracer(machine)
  }

  /// Whether an event that was taken proves something, or may still do so.
  package func needs(_ sequence: UInt32) -> Bool {
    switch self {
    case .own(let machine): machine.ledger.names(sequence)
    case .tracer(let machine): machine.needs(sequence)
    case .log(let machine): machine.ledger.names(sequence)
    }
  }

  /// The tracer's own end, while it held the task.
  package var tracerEnded: UInt32? {
    switch self {
    case .own(let machine): machine.ledger.tracerEnded
    case .tracer(let machine): machine.ledger.tracerEnded
    case .log(let machine): machine.ledger.tracerEnded
    }
  }

  /// Whether the kernel shows the task's own rt_sigreturn.
  package var showsOwnSigreturn: Bool {
    switch self {
    case .own(let machine): machine.ledger.capabilities.contains(.showsOwnSigreturn)
    case .tracer(let machine): machine.ledger.capabilities.contains(.showsOwnSigreturn)
    case .log(let machine): machine.ledger.capabilities.contains(.showsOwnSigreturn)
    }
  }

  /// What was seen so far.
  package var ledger: FiniLedger {
    switch self {
    case .own(let machine): machine.ledger
    case .tracer(let machine): machine.ledger
    case .log(let machine): machine.ledger
    }
  }
}
