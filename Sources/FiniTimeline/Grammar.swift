internal import FiniModel

/// The machine that judges a run: of our own cure, or of a foreign tracer's.
enum Grammar {
  case own(FiniMachine)
  case foreign(ObservedMachine)

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

  var saved: Registers? {
    switch self {
    case .own(let machine): machine.saved
    case .foreign(let machine): machine.saved
    }
  }

  var isArmed: Bool {
    switch self {
    case .own(let machine): machine.isArmed
    case .foreign(let machine): machine.isArmed
    }
  }

  /// Whether a breakpoint lies behind rt_sigreturn, so that its hit ends fini.
  var isBreakpointBehind: Bool {
    switch self {
    case .own(let machine): machine.facts.armedAddress != machine.sigreturnAddress
    case .foreign(let machine): machine.sigreturnLeft != nil
    }
  }

  /// Whether the tracer wrote the registers itself instead of letting rt_sigreturn do it.
  var isDirect: Bool {
    switch self {
    case .own(let machine): machine.facts.parked
    case .foreign(let machine): machine.caught == .direct
    }
  }

  /// The end of a foreign tracer that held the task.
  var tracerEnded: UInt32? {
    if case .foreign(let machine) = self { machine.tracerEnded } else { nil }
  }

  /// Whether the tracer is a foreign one.
  var isForeign: Bool {
    if case .foreign = self { true } else { false }
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

  /// Takes the end of another task, which may be the tracer's.
  mutating func observeEnd(of task: TaskID, at sequence: UInt32) {
    guard case .foreign(var machine) = self, machine.tracer == task else { return }
    machine.observeTracerEnd(at: sequence)
    self = .foreign(machine)
  }
}

extension ObservedPhases {
  /// Reads the phases of one task in a run.
  init(of subject: TaskID?, in events: [Event]) {
    var grammar = Grammar.foreign(ObservedMachine())
    let own = events.filter { $0.tracee == subject }
    for event in own { grammar.observe(event) }
    guard case .foreign(let machine) = grammar else { preconditionFailure("it was made foreign") }
    self.init(
      reading: own,
      others: events.lazy.filter { $0.kind.isCall && $0.tracee != subject && $0.tracer == machine.tracer }
        .map { $0.sequence },
      machine: machine)
  }
}
