internal import CFiniPtrace
package import FiniModel

// Requests about what may keep a task from making a system call.

/// The setting of Syscall User Dispatch: `struct ptrace_sud_config`; see the kernel's
/// admin-guide/syscall-user-dispatch.rst.
package struct SyscallDispatch: Hashable, Sendable {
  /// `PR_SYS_DISPATCH_*`.
  package var mode: UInt64
  /// The address of the task's byte that says whether its calls are dispatched now; 0 for always.
  package var selector: UInt64
  /// Where the code begins whose calls are never dispatched.
  package var offset: UInt64
  /// Its size in bytes.
  package var length: UInt64

  package init(mode: UInt64 = 0, selector: UInt64 = 0, offset: UInt64 = 0, length: UInt64 = 0) {
    self.mode = mode
    self.selector = selector
    self.offset = offset
    self.length = length
  }

  /// It is switched off.
  package static let off = SyscallDispatch()
  /// Whether it is on.
  package var isOn: Bool { mode != 0 }

  /// The value to write so that the kernel has the setting that it reported.
  ///
  /// One mode dispatches only the calls of one range (`PR_SYS_DISPATCH_INCLUSIVE_ON`, 2). The
  /// kernel keeps it as the inverted range, which wraps around the end of the address space, and
  /// reports it in that form.
  package var written: SyscallDispatch {
    guard mode == 1, length != 0, offset &+ length <= offset else { return self }
    return SyscallDispatch(
      mode: 2, selector: selector, offset: offset &+ length, length: 0 &- length)
  }
}

extension StoppedTracee {
  /// One of the task's seccomp filters, the newest first; `nil` if it has no such filter.
  ///
  /// - Throws: ``PtraceError/refused(_:_:_:)``: EACCES without CAP_SYS_ADMIN or under seccomp, EINVAL for strict
  ///   mode.
  /// - Note: The corresponding request is `PTRACE_SECCOMP_GET_FILTER`; see ptrace(2).
  package borrowing func filter(
    _ index: Int, by tracer: Tracer
  ) throws(PtraceError) -> SeccompFilter? {
    var filter = SeccompFilter()
    let result = tracer.readFilter(task, index: UInt64(index), into: &filter)
    switch Errno(result: result) {
    case nil: return filter
    case .noEntry: return nil
    case .some(let error): throw .refused(.getFilter, task, error)
    }
  }

  /// The setting of Syscall User Dispatch; `nil` if the kernel can't report it (before Linux 6.4:
  /// EIO).
  ///
  /// - Note: The corresponding request is `PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG`.
  package borrowing func dispatch(by tracer: Tracer) throws(PtraceError) -> SyscallDispatch? {
    var dispatch = SyscallDispatch()
    let result = tracer.readDispatch(task, into: &dispatch)
    switch Errno(result: result) {
    case nil: return dispatch
    case .ioError, .invalidArgument: return nil
    case .some(let error): throw .refused(.getDispatch, task, error)
    }
  }

  /// Writes the setting of Syscall User Dispatch.
  ///
  /// - Note: The corresponding request is `PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG`.
  package mutating func set(_ dispatch: SyscallDispatch, by tracer: Tracer) throws(PtraceError) {
    let result = tracer.write(dispatch.written, to: task)
    if let error = Errno(result: result) { throw .refused(.setDispatch, task, error) }
  }
}
