internal import FiniModel

/// Finds which calls belong to which stop of a task, and when a breakpoint was armed; the events come one by one.
struct PairFinder {
  /// The stops since ``forgetFound()``, in order.
  private(set) var stops: [StopPair] = []
  /// For each wait that led to a stop, the request that it waited for.
  private(set) var causes: [UInt32: UInt32] = [:]
  /// The times during which a breakpoint was armed.
  private(set) var breakpoints: [BreakpointSpan] = []

  private var armedAddress: RemoteAddress?
  private var cause: Event?
  private var hasRun = false
  private var wait: Event?
  private var looks: [UInt32] = []

  /// Whether nothing that was seen belongs to a stop that is still to come.
  var isSettled: Bool { wait == nil && (cause == nil || hasRun) }

  /// Takes an event of the task.
  mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call): observe(call, event)
    case .wait(let call): observe(call, event)
    case .stop(let record): observe(record, event)
    default: break
    }
  }

  /// Lets go of what was found; what is not at its end yet stays.
  mutating func forgetFound() {
    stops = []
    causes = [:]
    breakpoints.removeAll { $0.disarmed != nil }
    for index in breakpoints.indices { breakpoints[index].hits = [] }
  }

  private mutating func observe(_ call: RequestCall, _ event: Event) {
    guard call.error == nil else { return }
    if let write = call.debugRegisterWrite { observe(write, at: event.sequence) }
    if call.request.resumes || call.request == .interrupt {
      cause = event
      hasRun = false
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
    hasRun = true
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
