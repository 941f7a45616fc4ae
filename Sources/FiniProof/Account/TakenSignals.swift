internal import FiniModel

/// The signals that a tracer took from a task at a stop and did not give back.
struct TakenSignals: Hashable, Sendable {
  private struct Taken: Hashable {
    var stop: UInt32
    var resumed: UInt32
    var isSure = true
  }
  private struct Stop: Hashable {
    var signal: Signal
    var info: SignalInfo?
    var event: UInt32
    var isSure = true
  }
  /// Whether the next SIGSTOP may be one of the kernel's own, by which a tracer takes hold of a task.
  private enum AttachStop {
    /// PTRACE_ATTACH sent one; or the task was traced before it was watched, perhaps from its birth.
    case possible
    /// It was taken, or there never was one.
    case past
  }

  /// Whether each stop comes with the siginfo that its class was told by.
  private let showsSiginfo: Bool
  private var taken: [Signal: Taken] = [:]
  private var atStop: Stop?
  /// What each signal came with that was seen to be sent; by ptrace alone few are.
  private var sent: [Signal: SignalInfo] = [:]
  /// The signals that the tracer itself sent and the task has not met yet, where no siginfo tells them from others.
  private var own: Set<Signal> = []
  private var attachStop = AttachStop.possible

  init(showsSiginfo: Bool) { self.showsSiginfo = showsSiginfo }

  /// What was taken and not given back, in the order of the signals.
  var remnants: [Remnant] {
    taken.sorted { $0.key < $1.key }.map { signal, taken in
      Remnant(
        what: .signal(signal, resumed: taken.resumed), event: taken.stop, isSure: taken.isSure)
    }
  }

  /// Events were lost: one of them may have been the PTRACE_ATTACH, and what is open may be closed.
  mutating func doubt() {
    sent = [:]
    own = []
    attachStop = .possible
    atStop?.isSure = false
    for signal in taken.keys { taken[signal]?.isSure = false }
  }

  /// A tracer took hold of the task.
  mutating func takeHold(_ request: PtraceRequest) {
    attachStop = request == .attach ? .possible : .past
  }

  /// A signal was sent to the task.
  mutating func send(_ info: SignalInfo, by tracer: TaskID) {
    sent[info.signal] = info
    if !showsSiginfo, info.sender == tracer, isToStop(info) { own.insert(info.signal) }
    // Sent anew, which may be the tracer giving it back.
    taken[info.signal] = nil
  }

  /// Whether a tracer sends a signal to stop the task by it, and not for the task: to one thread, or one of those
  /// that stop and continue. Any other one is for the task's handler.
  private func isToStop(_ info: SignalInfo) -> Bool {
    info.code != .user || [.stop, .trap, .continue].contains(info.signal)
  }

  /// The task stopped.
  mutating func stop(_ stop: StopRecord, by tracer: TaskID, at sequence: UInt32) {
    atStop = nil
    guard stop.stopClass == .signalDelivery, let signal = stop.signal else { return }
    let info = stop.info ?? sent[signal]
    // Without its siginfo a SIGTRAP may be the tracer's own breakpoint.
    if signal == .trap, !showsSiginfo, info?.sender == nil { return }
    // A fault is not lost: the same instruction faults again when the task runs on.
    if let info, info.isFault { return }
    // What it sent to this very task was never the task's.
    if info?.isForThread(by: tracer) == true { return }
    var isSure = true
    if own.remove(signal) != nil {
      // Another one of the same number, if its siginfo names a sender. The trace may not say which task the tracer is.
      guard let sender = info?.sender, info?.code == .user, sender != tracer else { return }
      isSure = tracer.rawValue > 0
    }
    atStop = Stop(signal: signal, info: info, event: sequence, isSure: isSure)
  }

  /// The task was resumed, or let go.
  mutating func resume(_ call: RequestCall, at sequence: UInt32) {
    guard let stop = atStop else { return }
    atStop = nil
    let isAttachStop = stop.signal == .stop && takesAttachStop(stop.info)
    if call.data == UInt64(bitPattern: Int64(stop.signal.rawValue)) || isAttachStop { return }
    taken[stop.signal] = Taken(stop: stop.event, resumed: sequence, isSure: stop.isSure)
  }

  /// Whether a SIGSTOP is the kernel's own, by which the tracer took hold of the task.
  ///
  /// Where its siginfo was not seen, the first one may be, and the tracer is not accused.
  private mutating func takesAttachStop(_ info: SignalInfo?) -> Bool {
    if let info, info.namesItsCause { return info.code == .kernel }
    guard case .possible = attachStop else { return false }
    attachStop = .past
    return true
  }
}
