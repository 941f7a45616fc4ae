internal import FiniModel

/// The machine that judges a run: by what our engine tells of itself, or by what a foreign tracer was
/// seen to do.
enum CureMachine {
  case own(FiniMachine)
  case foreign(ForeignMachine)

  /// Starts before the first event of a run.
  init(isForeign: Bool) {
    self = isForeign ? .foreign(ForeignMachine()) : .own(FiniMachine(strategy: nil))
  }

  mutating func observe(_ event: Event) {
    switch self {
    case .own(var machine):
      machine.observe(event)
      self = .own(machine)
    case .foreign(var machine):
      machine.observe(event)
      self = .foreign(machine)
    }
  }

  var facts: FiniMachine.Facts {
    switch self {
    case .own(let machine): machine.facts
    case .foreign(let machine): machine.facts
    }
  }

  var verdict: Verdict {
    switch self {
    case .own(let machine): machine.verdict
    case .foreign(let machine): machine.verdict
    }
  }

  var caught: FiniMachine.Catch? {
    switch self {
    case .own(let machine): machine.caught
    case .foreign(let machine): machine.caught
    }
  }

  var isArmed: Bool {
    switch self {
    case .own(let machine): machine.isArmed
    case .foreign(let machine): machine.isArmed
    }
  }

  var saved: Registers? {
    switch self {
    case .own(let machine): machine.saved
    case .foreign(let machine): machine.saved
    }
  }

  /// Whether a hit of the armed breakpoint lies beyond rt_sigreturn.
  var catchesBeyondSigreturn: Bool {
    switch self {
    case .own(let machine): machine.facts.armedAddress != machine.sigreturnAddress
    case .foreign(let machine): machine.facts.sigreturnEntry == nil
    }
  }

  /// Whether the call that was taken for rt_sigreturn was never shown to be it.
  var hasTakenUnseen: Bool {
    switch self {
    case .own: false
    case .foreign(let machine): machine.hasTakenUnseen
    }
  }
}
