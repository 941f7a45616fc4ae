internal import FiniModel
internal import FiniPtrace

/// One thread of a traced tracer.
@PtraceThread
final class TracedTask {
  /// The task.
  let task: TaskID
  /// Whether it is no thread of the tracer: to be let go at its first stop.
  let isStranger: Bool
  /// The handle; away only while a stop is handled.
  var running: RunningTracee?
  /// The call that it is in, if it is one that is watched.
  private(set) var call: SeenCall?
  /// When it entered that.
  private(set) var entered = Instant(rawValue: 0)

  init(_ task: TaskID, isStranger: Bool = false, _ running: consuming RunningTracee) {
    self.task = task
    self.isStranger = isStranger
    self.running = consume running
  }

  /// Notes the entry of a call; at the end of this the task runs on.
  func enter(_ stop: SyscallStop) {
    call = nil
    guard let number = stop.info.number, stop.architecture == SyscallStop.x8664,
      SeenCall.isWatched(number)
    else { return }
    call = SeenCall(
      number: number, arguments: stop.arguments, result: 0, word: nil, memory: [])
    entered = Tracer.now()
  }

  /// Takes the call that has returned, with the memory as it is now.
  func leave(_ stop: SyscallStop) -> SeenCall? {
    guard var call = self.call, let result = stop.info.result else { return nil }
    self.call = nil
    call.result = result
    CallMemory(of: call).fill(&call) { address, count in
      let bytes = try? readMemory(of: task, at: address, count: count)
      return bytes?.count == count ? bytes : nil
    }
    return call
  }

  /// Forgets the call: execve(2) has taken it away.
  func dropCall() { call = nil }
}

extension SyscallStop {
  /// Whether this is a ptrace call in numbers that are not decoded: of i386 or of x32.
  var isForeignRequest: Bool {
    guard info.operation == .entry, let number = info.number else { return false }
    return architecture == SyscallStop.i386 ? number == 26 : number == 0x4000_0000 | 521
  }
}
