internal import FiniModel

/// A signal that a tracer sent by a system call of its own.
struct SentSignal: Hashable {
  /// The task or process that it was sent to.
  var target: TaskID
  /// What it came with.
  var record: SignalRecord

  /// Reads a call of kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2) or rt_tgsigqueueinfo(2).
  ///
  /// - Parameter process: the caller's, which the kernel puts into the siginfo.
  /// - Returns: `nil` if nothing was sent, or to a group of processes.
  init?(_ call: SeenCall, by process: TaskID) {
    func number(_ index: Int) -> Int32 {
      call.arguments.indices.contains(index) ? Int32(truncatingIfNeeded: call.arguments[index]) : 0
    }
    let (target, signal): (Int32, Int32)
    switch call.number {
    case SyscallNumber.kill, SyscallNumber.tkill, SyscallNumber.rtSigqueueinfo:
      (target, signal) = (number(0), number(1))
    case SyscallNumber.tgkill, SyscallNumber.rtTgsigqueueinfo:
      (target, signal) = (number(1), number(2))
    default: return nil
    }
    guard call.result == 0, target > 0, signal > 0 else { return nil }
    self.target = TaskID(target)
    let isToProcess =
      call.number == SyscallNumber.kill || call.number == SyscallNumber.rtSigqueueinfo
    let given = SignalInfo(bytes: call.memory[...])
    let info: SignalInfo
    switch call.number {
    case SyscallNumber.rtSigqueueinfo, SyscallNumber.rtTgsigqueueinfo:
      // The number is the argument's, whatever the siginfo says.
      var own = given ?? SignalInfo(signal: Signal(rawValue: signal), code: .queue)
      own.signal = Signal(rawValue: signal)
      info = own
    default:
      info = SignalInfo(
        signal: Signal(rawValue: signal), code: isToProcess ? .user : .threadKill, sender: process)
    }
    record = SignalRecord(fate: .generated, info: info, toProcess: isToProcess)
  }
}
