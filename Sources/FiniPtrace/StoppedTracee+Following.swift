internal import CFiniPtrace
package import FiniModel

// Requests for a tracer that follows a task for a long time and does not cure it.

/// A syscall-stop with everything that the kernel reports about it.
package struct SyscallStop: Hashable, Sendable {
  /// Entry or exit, number or result.
  package var info: SyscallInfo
  /// The `AUDIT_ARCH_*` word of the call: the table that its number belongs to.
  package var architecture: UInt32
  /// The arguments, at an entry.
  package var arguments: [UInt64]

  /// `AUDIT_ARCH_X86_64`.
  package static let x8664: UInt32 = 0xc000_003e
  /// `AUDIT_ARCH_I386`.
  package static let i386: UInt32 = 0x4000_0003
}

extension StoppedTracee {
  /// What the kernel reports about a syscall-stop, with the arguments.
  ///
  /// - Note: The corresponding request is `PTRACE_GET_SYSCALL_INFO` (Linux 5.3); see ptrace(2).
  package borrowing func syscallStop(by tracer: Tracer) throws(PtraceError) -> SyscallStop {
    var info = fini_syscall_info()
    let result = tracer.readSyscallInfo(task, into: &info)
    if let error = Errno(result: result) { throw .refused(.getSyscallInfo, task, error) }
    let words = info.arguments
    return SyscallStop(
      info: SyscallInfo(info), architecture: info.architecture,
      arguments: [words.0, words.1, words.2, words.3, words.4, words.5])
  }

  /// The number that belongs to a `PTRACE_EVENT_*` stop: the task that was made, or the former tid
  /// after an execve.
  ///
  /// - Note: The corresponding request is `PTRACE_GETEVENTMSG`; see ptrace(2).
  package borrowing func eventMessage(by tracer: Tracer) throws(PtraceError) -> UInt64 {
    var word: UInt64 = 0
    let result = tracer.peek(.getEventMessage, task, address: 0, word: &word)
    if let error = Errno(result: result) { throw .refused(.getEventMessage, task, error) }
    return word
  }

  /// Leaves the task in its group-stop, and lets the tracer see the event that ends it.
  ///
  /// - Throws: ``PtraceError/refused(_:_:_:)``: EIO if this stop does not allow `PTRACE_LISTEN`.
  /// - Note: The corresponding request is `PTRACE_LISTEN`; see ptrace(2), "Group-stop".
  package consuming func listen(by tracer: Tracer) throws(PtraceError) -> RunningTracee {
    let task = self.task
    discard self
    let result = tracer.request(.listen, task)
    if let error = Errno(result: result) { throw .refused(.listen, task, error) }
    return RunningTracee(task: task)
  }
}
