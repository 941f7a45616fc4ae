public import FiniModel

/// The machine that judges a run: by what its own engine tells, by what was written down of a
/// foreign tracer, or by what the kernel showed of one.
public enum CureMachine: Sendable {
  /// Our own cure: its engine tells what it means to do.
  case own(FiniMachine)
  /// Another tracer, from any source.
  case tracer(TracerMachine)
  /// A tracer's own log alone.
  case log(LogMachine)

  /// Starts before the first event of a run.
  public init(source: Source) {
    switch source {
    case .engine: self = .own(FiniMachine(strategy: nil))
    case .criuLog: self = .log(LogMachine())
    case .bpf, .ptraceObserver, .strace, .perf, .ftrace:
      self = .tracer(TracerMachine(source: source))
    }
  }

  /// Takes an event of the task.
  public mutating func observe(_ event: Event) {
    // A stop repeats what its wait says, and each round trip through the enum copies the machine.
    if case .wait = event.payload { return }
    switch self {
    case .own(var machine):
      machine.observe(event)
      self = .own(machine)
    case .tracer(var machine):
      machine.observe(event)
      self = .tracer(machine)
    case .log(var machine):
      machine.observe(event)
      self = .log(machine)
    }
  }

  /// Takes the end of another task, which may be the tracer's.
  public mutating func observeEnd(of task: TaskID, at sequence: UInt32) {
    guard case .tracer(var machine) = self, machine.tracer == task else { return }
    machine.observeTracerEnd(at: sequence)
    self = .tracer(machine)
  }

  /// What was seen so far.
  public var ledger: FiniLedger {
    switch self {
    case .own(let machine): machine.ledger
    case .tracer(let machine): machine.ledger
    case .log(let machine): machine.ledger
    }
  }
}
