public import FiniModel

/// The machine that judges a run: by what our engine tells of itself, by what was written down of a
/// foreign tracer, or by what the kernel showed of one.
public enum CureMachine: Sendable {
  case own(FiniMachine)
  case foreign(ForeignMachine)
  case observed(ObservedMachine)
  /// By a tracer's own log alone.
  case log(LogMachine)

  /// Starts before the first event of a run.
  public init(source: Source) {
    switch source {
    case .engine: self = .own(FiniMachine(strategy: nil))
    case .bpf: self = .observed(ObservedMachine())
    case .criuLog: self = .log(LogMachine())
    case .ptraceObserver, .strace, .perf, .ftrace:
      self = .foreign(ForeignMachine(source: source))
    }
  }

  public mutating func observe(_ event: Event) {
    // A stop repeats what its wait says, and each round trip through the enum copies the machine.
    if case .wait = event.payload, case .foreign = self { return }
    switch self {
    case .own(var machine):
      machine.observe(event)
      self = .own(machine)
    case .foreign(var machine):
      machine.observe(event)
      self = .foreign(machine)
    case .observed(var machine):
      machine.observe(event)
      self = .observed(machine)
    case .log(var machine):
      machine.observe(event)
      self = .log(machine)
    }
  }

  /// Takes the end of another task, which may be the tracer's.
  public mutating func observeEnd(of task: TaskID, at sequence: UInt32) {
    guard case .observed(var machine) = self, machine.tracer == task else { return }
    machine.observeTracerEnd(at: sequence)
    self = .observed(machine)
  }

  /// What was seen so far.
  public var ledger: FiniLedger {
    switch self {
    case .own(let machine): machine.ledger
    case .foreign(let machine): machine.ledger
    case .observed(let machine): machine.ledger
    case .log(let machine): machine.ledger
    }
  }
}
