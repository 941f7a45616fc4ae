internal import FiniModel
internal import FiniProof

/// Reads the events of a run once, from first to last.
struct TimelineReader {
  /// What decides about the task, and what is stored of it.
  private(set) var task: TaskJudge
  /// What the run shows beside it.
  private(set) var course = RunCourse()
  /// What was done in each phase.
  private(set) var steps: [PhaseSteps] = []
  private(set) var stops: [StopPair] = []
  private(set) var causes: [UInt32: UInt32] = [:]
  private(set) var breakpoints: [BreakpointSpan] = []
  private(set) var remoteCalls = RemoteCallFinder()
  private(set) var finalRegisters: Registers?

  private var armedAddress: RemoteAddress?
  private var cause: Event?
  private var wait: Event?
  private var looks: [UInt32] = []

  init(subject: TaskID?, source: Source = .engine) {
    task = TaskJudge(of: subject, source: source)
  }

  mutating func observe(_ event: Event) {
    course.observe(event)
    task.observe(event)
    guard task.concerns(event) else { return }
    if steps.count < task.phases.count, let next = task.phases.last {
      steps.append(PhaseSteps(of: next.phase))
    }
    if let last = steps.indices.last { steps[last].add(event) }
    remoteCalls.observe(event)
    switch event.payload {
    case .request(let call): observe(call, event)
    case .wait(let call): observe(call, event)
    case .stop(let record): observe(record, event)
    default: break
    }
  }

  private mutating func observe(_ call: RequestCall, _ event: Event) {
    guard call.error == nil else { return }
    if let write = call.debugRegisterWrite { observe(write, at: event.sequence) }
    if let registers = event.registers, task.machine.ledger.detached == nil {
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
