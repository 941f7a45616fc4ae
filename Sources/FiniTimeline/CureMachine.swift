internal import FiniModel

/// The machine that judges a run: by what our engine tells of itself, by what was written down of a
/// foreign tracer, or by what the kernel showed of one.
enum CureMachine {
  case own(FiniMachine)
  case foreign(ForeignMachine)
  case observed(ObservedMachine)
  /// By a tracer's own log alone.
  case log(LogMachine)

  /// Starts before the first event of a run.
  init(source: Source) {
    switch source {
    case .engine: self = .own(FiniMachine(strategy: nil))
    case .bpf: self = .observed(ObservedMachine())
    case .criuLog: self = .log(LogMachine())
    case .ptraceObserver, .strace, .perf, .ftrace: self = .foreign(ForeignMachine())
    }
  }

  mutating func observe(_ event: Event) {
    // A wait says what its stop says, and to hand a machine in and out is to copy it.
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
  mutating func observeEnd(of task: TaskID, at sequence: UInt32) {
    guard case .observed(var machine) = self, machine.tracer == task else { return }
    machine.observeTracerEnd(at: sequence)
    self = .observed(machine)
  }

  var facts: FiniMachine.Facts {
    switch self {
    case .own(let machine): machine.facts
    case .foreign(let machine): machine.facts
    case .observed(let machine): machine.facts
    case .log(let machine): machine.facts
    }
  }

  var verdict: Verdict {
    switch self {
    case .own(let machine): machine.verdict
    case .foreign(let machine): machine.verdict
    case .observed(let machine): machine.verdict
    case .log(let machine): machine.verdict
    }
  }

  var caught: FiniMachine.Catch? {
    switch self {
    case .own(let machine): machine.caught
    case .foreign(let machine): machine.caught
    case .observed(let machine): machine.caught
    case .log(let machine): machine.caught
    }
  }

  var isArmed: Bool {
    switch self {
    case .own(let machine): machine.isArmed
    case .foreign(let machine): machine.isArmed
    case .observed(let machine): machine.isArmed
    case .log: false
    }
  }

  var saved: Registers? {
    switch self {
    case .own(let machine): machine.saved
    case .foreign(let machine): machine.saved
    case .observed(let machine): machine.saved
    case .log: nil
    }
  }

  /// Whether a hit of the armed breakpoint lies beyond rt_sigreturn.
  var catchesBeyondSigreturn: Bool {
    switch self {
    case .own(let machine): machine.facts.armedAddress != machine.sigreturnAddress
    case .foreign(let machine): machine.facts.sigreturnEntry == nil
    case .observed(let machine): machine.sigreturnLeft != nil
    case .log: false
    }
  }

  /// Whether the call that was taken for rt_sigreturn was never shown to be it.
  var hasTakenUnseen: Bool {
    switch self {
    case .own, .observed, .log: false
    case .foreign(let machine): machine.hasTakenUnseen
    }
  }

  /// Whether the tracer wrote the registers itself instead of letting rt_sigreturn do it.
  var isDirect: Bool {
    switch self {
    case .own(let machine): machine.facts.parked
    case .foreign, .log: false
    case .observed(let machine): machine.caught == .direct
    }
  }

  /// The end of an observed tracer that held the task.
  var tracerEnded: UInt32? {
    if case .observed(let machine) = self { machine.tracerEnded } else { nil }
  }

  /// Whether the tracer put right what rt_sigreturn gave back wrong.
  var isMended: Bool {
    if case .observed(let machine) = self { machine.isMended } else { false }
  }

  /// The rt_sigreturn by which a task that nobody held any more went back by itself.
  var selfCured: UInt32? {
    if case .observed(let machine) = self { machine.selfCured } else { nil }
  }

  /// What was lost of a foreign tracer's doings before it let the task go.
  var loss: UInt32? {
    switch self {
    case .observed(let machine): machine.loss
    case .foreign(let machine): machine.loss
    case .own, .log: nil
    }
  }

  /// Whether the kernel showed the task's own rt_sigreturn.
  var isObserved: Bool {
    if case .observed = self { true } else { false }
  }
}
