internal import CFiniPtrace
package import FiniModel

/// A tracee in a ptrace-stop.
///
/// A read borrows it, a write mutates it, a resume consumes it. It can't be copied. So no request
/// can be made on a task that was let go.
@PtraceThread
package struct StoppedTracee: ~Copyable {
  /// The task.
  package let task: TaskID
  /// The status word that reported the stop.
  package let status: UInt32

  init(task: TaskID, status: UInt32) {
    self.task = task
    self.status = status
  }

  deinit { assertionFailure("task \(task) was dropped while stopped; resume or detach it") }

  // MARK: looking

  /// The general registers.
  ///
  /// While the task runs 32-bit code, the answer has another layout. The tracer recognizes that by
  /// its size. From then on it uses `PTRACE_GETREGS` and `PTRACE_SETREGS`, which have one layout
  /// for all tasks.
  ///
  /// - Throws: ``PtraceError/refused(_:_:_:)`` with ESRCH if the task was killed in its stop.
  /// - Note: The corresponding request is `PTRACE_GETREGSET` with `NT_PRSTATUS`; see ptrace(2).
  package borrowing func registers(by tracer: Tracer) throws(PtraceError) -> Registers {
    var registers = Registers()
    if !tracer.hasSeen32BitCode {
      let (result, size) = tracer.readRegisters(task, into: &registers)
      if let error = Errno(result: result) { throw .refused(.getRegisterSet, task, error) }
      if size == Registers.byteCount { return registers }
      tracer.hasSeen32BitCode = true
    }
    let result = tracer.readAllRegisters(task, into: &registers)
    if let error = Errno(result: result) { throw .refused(.getRegisters, task, error) }
    return registers
  }

  /// Reads the extended state into a buffer that was made before.
  ///
  /// - Note: The corresponding request is `PTRACE_GETREGSET` with `NT_X86_XSTATE`, which a kernel without
  ///   XSAVE refuses with ENODEV; then it is `PTRACE_GETFPREGS`. See ptrace(2).
  package borrowing func readExtendedState(
    into state: ExtendedState, by tracer: Tracer
  ) throws(PtraceError) {
    var result = tracer.readExtendedState(task, into: state)
    if Errno(result: result) == .noSuchDevice, state.form == .xsave {
      state.doWithoutXSave()
      result = tracer.readExtendedState(task, into: state)
    }
    if let error = Errno(result: result) {
      throw .refused(
        state.form == .xsave ? .getRegisterSet : .getFloatingPoint, task, error)
    }
  }

  /// The blocked signals.
  ///
  /// - Note: The corresponding request is `PTRACE_GETSIGMASK`; see ptrace(2).
  package borrowing func signalMask(by tracer: Tracer) throws(PtraceError) -> SignalSet {
    var mask = SignalSet.empty
    let result = tracer.readSignalMask(task, into: &mask)
    if let error = Errno(result: result) { throw .refused(.getSignalMask, task, error) }
    return mask
  }

  /// The siginfo of the stop, and its 128 bytes.
  ///
  /// EINVAL means a group-stop, which has no siginfo: the answer is `nil` then.
  ///
  /// - Note: The corresponding request is `PTRACE_GETSIGINFO`; see ptrace(2).
  package borrowing func signalInfo(by tracer: Tracer) throws(PtraceError) -> RawSignalInfo? {
    var info = fini_siginfo()
    let result = tracer.readSignalInfo(task, into: &info)
    if let error = Errno(result: result) {
      if error == .invalidArgument { return nil }
      throw .refused(.getSignalInfo, task, error)
    }
    return RawSignalInfo(info)
  }

  /// What the kernel reports about a syscall-stop.
  ///
  /// - Note: The corresponding request is `PTRACE_GET_SYSCALL_INFO` (Linux 5.3); see ptrace(2).
  package borrowing func syscallInfo(by tracer: Tracer) throws(PtraceError) -> SyscallInfo {
    var info = fini_syscall_info()
    let result = tracer.readSyscallInfo(task, into: &info)
    if let error = Errno(result: result) { throw .refused(.getSyscallInfo, task, error) }
    return SyscallInfo(info)
  }

  /// Where the task has registered its `struct rseq`; `nil` if it has none, or if the kernel can't
  /// report it (before Linux 5.13: EIO).
  ///
  /// - Note: The corresponding request is `PTRACE_GET_RSEQ_CONFIGURATION`; see ptrace(2).
  package borrowing func sequenceArea(by tracer: Tracer) throws(PtraceError) -> SequenceArea? {
    var area = fini_rseq()
    let result = tracer.readSequenceArea(task, into: &area)
    if let error = Errno(result: result) {
      if error == .ioError { return nil }
      throw .refused(.getSequenceArea, task, error)
    }
    return area.area == 0 ? nil : SequenceArea(area)
  }

  /// One word of `struct user`.
  ///
  /// - Note: The corresponding request is `PTRACE_PEEKUSER`; see ptrace(2).
  package borrowing func userWord(
    at offset: UInt64, by tracer: Tracer
  ) throws(PtraceError) -> UInt64 {
    var word: UInt64 = 0
    let result = tracer.peek(.peekUser, task, address: offset, word: &word)
    if let error = Errno(result: result) { throw .refused(.peekUser, task, error) }
    return word
  }

  // MARK: writing

  /// Writes the general registers.
  ///
  /// Read them first: the layout that the kernel expects depends on the code that the task runs.
  ///
  /// - Note: The corresponding request is `PTRACE_SETREGSET` with `NT_PRSTATUS`; see ptrace(2).
  package mutating func set(_ registers: Registers, by tracer: Tracer) throws(PtraceError) {
    let request = tracer.hasSeen32BitCode ? PtraceRequest.setRegisters : .setRegisterSet
    let result = tracer.write(registers, to: task, request)
    if let error = Errno(result: result) { throw .refused(request, task, error) }
  }

  /// Writes the extended state.
  ///
  /// The protection-key rights become 0 if XSTATE_BV does not have their bit (Linux 6.2). Let the
  /// state adopt the task's own rights before.
  ///
  /// - Note: The corresponding request is `PTRACE_SETREGSET` with `NT_X86_XSTATE`, without XSAVE
  ///   `PTRACE_SETFPREGS`; see ptrace(2).
  package mutating func set(_ state: ExtendedState, by tracer: Tracer) throws(PtraceError) {
    let result = tracer.write(state, to: task)
    if let error = Errno(result: result) {
      throw .refused(state.form == .xsave ? .setRegisterSet : .setFloatingPoint, task, error)
    }
  }

  /// Writes the blocked signals. SIGKILL and SIGSTOP stay unblocked in any case.
  ///
  /// - Note: The corresponding request is `PTRACE_SETSIGMASK`; see ptrace(2).
  package mutating func set(_ mask: SignalSet, by tracer: Tracer) throws(PtraceError) {
    let result = tracer.write(mask, to: task)
    if let error = Errno(result: result) { throw .refused(.setSignalMask, task, error) }
  }

  /// Writes one word of `struct user`, such as a debug register.
  ///
  /// - Throws: ``PtraceError/refused(_:_:_:)``: EINVAL for an address or a condition that the
  ///   processor does not take, ENOSPC or EBUSY if no debug register is free.
  /// - Note: The corresponding request is `PTRACE_POKEUSER`; see ptrace(2).
  package mutating func setUserWord(
    at offset: UInt64, to word: UInt64, by tracer: Tracer
  ) throws(PtraceError) {
    let result = tracer.request(.pokeUser, task, address: offset, data: word)
    if let error = Errno(result: result) { throw .refused(.pokeUser, task, error) }
  }

  // MARK: letting go

  /// Lets the task run on.
  ///
  /// - Parameter signal: the signal that a signal-delivery-stop delivers. At other stops it has no
  ///   meaning.
  /// - Throws: ``PtraceError/refused(_:_:_:)`` with ESRCH if it was killed in its stop.
  /// - Note: The corresponding requests are `PTRACE_CONT`, `PTRACE_SYSCALL` and
  ///   `PTRACE_SINGLESTEP`; see ptrace(2).
  package consuming func resume(
    _ resumption: Resumption, delivering signal: Signal? = nil, by tracer: Tracer
  ) throws(PtraceError) -> RunningTracee {
    let task = self.task
    discard self  // the stop is over, whatever the kernel answers
    let number = UInt64(signal?.rawValue ?? 0)
    let result = tracer.request(resumption.request, task, data: number)
    if let error = Errno(result: result) { throw .refused(resumption.request, task, error) }
    return RunningTracee(task: task)
  }

  /// Lets the task go.
  ///
  /// At any stop but a signal-delivery-stop the kernel drops `signal`.
  ///
  /// - Note: The corresponding request is `PTRACE_DETACH`; see ptrace(2).
  package consuming func detach(
    delivering signal: Signal? = nil, by tracer: Tracer
  ) throws(PtraceError) {
    let task = self.task
    discard self
    let result = tracer.request(.detach, task, data: UInt64(signal?.rawValue ?? 0))
    if let error = Errno(result: result) { throw .refused(.detach, task, error) }
  }

  /// Gives up the handle of a task that was killed in its stop. Only a wait tells more.
  package consuming func abandon() -> RunningTracee {
    let task = self.task
    discard self
    return RunningTracee(task: task)
  }
}

extension RunningTracee {
  /// The handle of a task whose resume or detach failed with ESRCH.
  ///
  /// The task was killed in its stop, and is a tracee until a wait has reported its end.
  package static func killedInStop(_ task: TaskID) -> RunningTracee { RunningTracee(task: task) }

  /// Forgets a task that is not a tracee any more: it ended, or the kernel detached it.
  package consuming func forget() { discard self }
}
