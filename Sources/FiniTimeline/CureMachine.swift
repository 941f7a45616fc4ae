internal import FiniModel

/// The machine that judges a run: by what our engine tells of itself, or by what a foreign tracer was
/// seen to do.
enum CureMachine {
  case own(FiniMachine)
  case foreign(ForeignMachine)
  /// By a tracer's own log alone.
  case log(LogMachine)

  /// Starts before the first event of a run.
  init(source: Source) {
    switch source {
    case .engine: self = .own(FiniMachine(strategy: nil))
    case .criuLog: self = .log(LogMachine())
    case .bpf, .ptraceObserver, .strace, .perf, .ftrace: self = .foreign(ForeignMachine())
    }
  }

  mutating func observe(_ event: Event) {
    switch self {
    case .own(var machine):
      machine.observe(event)
      self = .own(machine)
    case .foreign(var machine):
      machine.observe(event)
      self = .foreign(machine)
    case .log(var machine):
      machine.observe(event)
      self = .log(machine)
    }
  }

  var facts: FiniMachine.Facts {
    switch self {
    case .own(let machine): machine.facts
    case .foreign(let machine): machine.facts
    case .log(let machine): machine.facts
    }
  }

  var verdict: Verdict {
    switch self {
    case .own(let machine): machine.verdict
    case .foreign(let machine): machine.verdict
    case .log(let machine): machine.verdict
    }
  }

  var caught: FiniMachine.Catch? {
    switch self {
    case .own(let machine): machine.caught
    case .foreign(let machine): machine.caught
    case .log(let machine): machine.caught
    }
  }

  var isArmed: Bool {
    switch self {
    case .own(let machine): machine.isArmed
    case .foreign(let machine): machine.isArmed
    case .log: false
    }
  }

  var saved: Registers? {
    switch self {
    case .own(let machine): machine.saved
    case .foreign(let machine): machine.saved
    case .log: nil
    }
  }

  /// Whether a hit of the armed breakpoint lies beyond rt_sigreturn.
  var catchesBeyondSigreturn: Bool {
    switch self {
    case .own(let machine): machine.facts.armedAddress != machine.sigreturnAddress
    case .foreign(let machine): machine.facts.sigreturnEntry == nil
    case .log: false
    }
  }

  /// Whether the call that was taken for rt_sigreturn was never shown to be it.
  var hasTakenUnseen: Bool {
    switch self {
    case .own, .log: false
    case .foreign(let machine): machine.hasTakenUnseen
    }
  }
}
