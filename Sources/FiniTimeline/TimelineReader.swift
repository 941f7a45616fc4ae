internal import FiniModel
internal import FiniProof

/// Reads the events of a run once, from first to last.
struct TimelineReader {
  let subject: TaskID?
  var machine: CureMachine
  var phases: [PhaseSpan] = []
  /// What was done in each of them.
  var steps: [PhaseSteps] = []
  var phaseOfEvent = PhaseIndex()
  var stops: [StopPair] = []
  var causes: [UInt32: UInt32] = [:]
  var breakpoints: [BreakpointSpan] = []
  var signals = SignalReader()
  var remoteCalls = RemoteCallFinder()
  var finalRegisters: Registers?
  var account: TaskAccount

  /// Whether all that the tracer did to the task is here: what it left is told then.
  private let isAudited: Bool
  private var phaseMachine = PhaseMachine()
  private var armedAddress: RemoteAddress?
  private var cause: Event?
  private var wait: Event?
  private var looks: [UInt32] = []

  init(subject: TaskID?, source: Source = .engine) {
    self.subject = subject
    machine = CureMachine(source: source)
    account = TaskAccount(source: source)
    isAudited = source.watchesOneTask
  }

  /// What the tracer left in the task for sure, where the source shows all that it did to it.
  var findings: [Finding] {
    guard isAudited, account.isLetGo else { return [] }
    return account.remnants(machine.ledger).filter(\.isSure).map { Finding($0) }
  }

  /// The task whose parasite spoke; without one, the task whose phases were announced, else that
  /// of the last event. The first events may belong to the probe of the machine's breakpoints.
  ///
  /// - Parameter subjects: those of another tracer's run.
  static func subject(of events: [Event], source: Source, _ subjects: Subjects?) -> TaskID? {
    if source == .criuLog { return subject(ofLog: events) }
    if let subjects { return subjects.principal }
    var announced: TaskID?
    for event in events {
      if case .rpc = event.payload { return event.tracee }
      if case .phase = event.payload, announced == nil { announced = event.tracee }
    }
    return announced ?? events.last?.tracee
  }

  /// The task of which a log says that something is wrong, else the one that comes to fini.
  private static func subject(ofLog events: [Event]) -> TaskID? {
    var found: TaskID?
    var failed: TaskID?
    for event in events where event.tracee.rawValue > 0 {
      guard case .log(let record) = event.payload else { continue }
      switch record.fact {
      case .text, .stepFailed, .failed, .letGo: break
      case .waitsForTrap: found = found ?? event.tracee
      default:
        if record.severity == .error { failed = failed ?? event.tracee }
      }
    }
    return failed ?? found ?? events.last { $0.tracee.rawValue > 0 }?.tracee
  }

  mutating func observe(_ event: Event) {
    var isSubject = event.tracee == subject
    // What was lost may have been the subject's.
    if case .gap = event.payload { isSubject = true }
    // Lines of a log that name nobody are of whom they are about.
    if case .log = event.payload, event.tracee.rawValue == 0 { isSubject = true }
    if isSubject {
      if let next = phase(beginningAt: event) {
        phases.append(PhaseSpan(phase: next, beginning: event))
        steps.append(PhaseSteps(of: next))
      }
      if let last = phases.indices.last {
        phases[last].add(event)
        steps[last].add(event)
      }
    }
    // A phase runs on until another begins, whatever task the events belong to.
    phaseOfEvent.append(phases.last?.phase, at: event.sequence)
    if case .ended = event.payload {
      machine.observeEnd(of: event.tracee, at: event.sequence)
      if let end = machine.ledger.tracerEnded { account.observeTracerEnd(at: end) }
      // A tracer that was traced has one end: told as something that happened to itself.
      if isAudited, !machine.ledger.capabilities.contains(.showsOwnSigreturn),
        event.tracee == event.tracer
      {
        account.observeTracerEnd(at: event.sequence)
      }
    }
    guard isSubject else { return }
    account.observe(event)
    machine.observe(event)
    remoteCalls.observe(event)
    signals.observe(event)
    switch event.payload {
    case .request(let call): observe(call, event)
    case .wait(let call): observe(call, event)
    case .stop(let record): observe(record, event)
    default: break
    }
  }

  /// The phase that begins with an event. In a recording of ours a phase that is told is not believed;
  /// in that of another tracer it was found with what came after it in view.
  private mutating func phase(beginningAt event: Event) -> Phase? {
    switch machine {
    case .own: return phaseMachine.observe(event)
    case .tracer, .log:
      guard case .phase(let phase) = event.payload else { return nil }
      return phase
    }
  }

  private mutating func observe(_ call: RequestCall, _ event: Event) {
    guard call.error == nil else { return }
    if let write = call.debugRegisterWrite { observe(write, at: event.sequence) }
    if let registers = event.registers, machine.ledger.detached == nil {
      finalRegisters = registers
    }
    if call.request.resumes || call.request == .interrupt {
      cause = event
      wait = nil
      looks = []
    } else if wait != nil {
      looks.append(event.sequence)
    }
  }

  private mutating func observe(_ call: WaitCall, _ event: Event) {
    if let cause { causes[event.sequence] = cause.sequence }
    guard call.result > 0 else { return }
    wait = event
    looks = []
  }

  private mutating func observe(_ record: StopRecord, _ event: Event) {
    let end = wait?.left ?? event.entered
    stops.append(
      StopPair(
        stop: event.sequence, wait: wait?.sequence, cause: cause?.sequence, looks: looks,
        ran: cause.map { end - $0.left }))
    wait = nil
    looks = []
    if record.stopClass == .breakpoint, let last = breakpoints.indices.last,
      breakpoints[last].disarmed == nil
    {
      breakpoints[last].hits.append(event.sequence)
    }
  }

  private mutating func observe(_ write: DebugRegister.Write, at sequence: UInt32) {
    if case .address(0, let address) = write { armedAddress = address }
    guard case .control(let control) = write else { return }
    let open = breakpoints.indices.last.flatMap { breakpoints[$0].disarmed == nil ? $0 : nil }
    if control.isArmed, open == nil {
      breakpoints.append(BreakpointSpan(address: armedAddress, armed: sequence))
    } else if !control.isArmed, let open {
      breakpoints[open].disarmed = sequence
    }
  }
}
