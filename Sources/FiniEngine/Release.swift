internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

// The last step: what stands between the task and its own next system call is as it was again.

extension Cure {
  /// Lets go of a task that has its own registers.
  func release() throws(CureError) {
    giveDispatchBack()
    guard try restartIsForbidden() else { return try victim.detach() }
    // A process that is stopped meets its filter at SIGCONT, whether we were there or not.
    guard !victim.isToStop(mask: infection.mask) else { return try victim.detach() }
    if hasThreadOfItsOwn, victim.suspension == .permitted {
      try leaveAsleep()
    } else {
      try endWait()
      try victim.detach()
    }
  }

  // MARK: Syscall User Dispatch

  /// Switches off what would hand our remote calls back to the task, and remembers it.
  func switchDispatchOff() throws(CureError) {
    let found = try victim.act { tracee throws(PtraceError) in try tracee.dispatch(by: tracer) }
    infection.dispatchIsUnknown = found == nil
    guard let found, found.isOn else { return }
    // The same once more: what can't be written now could not be given back.
    try victim.act { tracee throws(PtraceError) in try tracee.set(found, by: tracer) }
    infection.dispatch = found
    try victim.act { tracee throws(PtraceError) in try tracee.set(.off, by: tracer) }
  }

  /// Gives the setting back that was switched off.
  ///
  /// No call of ours may follow. Until then the bridge has it as well; see ``Leftovers/dispatch``.
  func giveDispatchBack() {
    guard let dispatch = infection.dispatch else { return }
    do throws(CureError) {
      try victim.act { tracee throws(PtraceError) in try tracee.set(dispatch, by: tracer) }
      let found = try victim.act { tracee throws(PtraceError) in try tracee.dispatch(by: tracer) }
      put(.syscallUserDispatch, 0, differing: found?.written == dispatch.written ? 0 : 1)
      infection.dispatch = nil
    } catch {
      // Of a task that was killed in its stop nothing is left; whatever is asked next tells.
      if case .ptrace(.refused(_, _, let errno)) = error, errno != .noSuchProcess {
        put(.syscallUserDispatch, -Int64(errno.rawValue))
      }
    }
  }

  // MARK: restart_syscall(2)

  /// Whether the task is about to go on with its wait by a call that its filter does not let pass.
  ///
  /// Any stop does that to it, by whomever; docs/Decisions/0027.
  private func restartIsForbidden() throws(CureError) -> Bool {
    guard victim.isUnderSeccomp else { return false }
    let registers = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    guard
      registers.endsAtSigreturn(at: readHalfWord(of: task, at: registers.programCounter))
    else { return false }
    let call = FilteredCall(restarting: registers)
    var index = 0
    while true {
      do throws(CureError) {
        let filter = try victim.act { tracee throws(PtraceError) in
          try tracee.filter(index, by: tracer)
        }
        guard let filter else { return false }
        if !filter.allows(call) { return true }
      } catch {
        guard case .ptrace(.refused(.getFilter, _, let errno)) = error, errno != .noSuchProcess
        else { throw error }
        // Strict mode, or a filter that we may not see: what it forbids is not known.
        return true
      }
      index += 1
    }
  }

  /// Ends the wait, or has it issued again, without that call.
  ///
  /// An `EINTR` that nothing but the cure brought about is told as registers that differ.
  private func endWait() throws(CureError) {
    let registers = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    let ended = registers.withoutRestartCall
    try victim.act { tracee throws(PtraceError) in try tracee.set(ended, by: tracer) }
    if ended.isInterrupted { put(.registers, 0, differing: 1) }
  }

  /// Has the task go on with its wait while its filters are still suspended, and leaves it asleep there.
  ///
  /// To detach from it, it would have to be stopped again. But the end of a tracer lets go of a task without
  /// a stop, and the end of its thread is enough. If the wait ends before, its exit is a stop.
  private func leaveAsleep() throws(CureError) {
    let end = Tracer.now().advanced(by: victim.deadline)
    var isInside = false
    // On the way out of a syscall-stop the kernel does not look whether a call is to be restarted, so the
    // program counter is put back by us.
    let registers = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    try victim.act { tracee throws(PtraceError) in
      try tracee.set(registers.forBridge, by: tracer)
    }
    try victim.resume(.toNextSyscall)
    while true {
      if isInside, victim.isAsleep {
        isLeftAsleep = true
        recorder.leave(at: Tracer.now())
        put(.detach, 0)
        victim.forget()
        return
      }
      let wait = isInside ? 1_000_000 : max(0, end - Tracer.now())
      guard try victim.arrive(.interruptStop, within: wait, isNoted: !isInside) == .stop else {
        if isInside, Tracer.now() < end { continue }
        try victim.stopByInterrupt(delivering: true)
        break
      }
      switch victim.stop.stopClass {
      case .syscallEntry where !isInside && isRestart(victim.stop.syscall):
        isInside = true
        try victim.resume(.toNextSyscall)
      case .signalDelivery:
        // Its handler, if it has one, ends the wait as it would without us: the kernel sees to that where the
        // task is in its call. A second signal may find it in the handler of the first: then what it has is
        // its own, and is left alone.
        if !isInside, try hasNotRun(since: registers.forBridge) {
          try victim.act { tracee throws(PtraceError) in try tracee.set(registers, by: tracer) }
        }
        victim.deliver()
        isInside = false
        try victim.resume(.toNextSyscall)
      case .groupStop:
        return try victim.detach()
      default:
        guard try restartIsForbidden() else { return try victim.detach() }
        guard isInside, victim.stop.stopClass == .syscallExit, Tracer.now() < end else {
          try endWait()
          return try victim.detach()
        }
        // A signal broke into it, and its stop comes next.
        isInside = false
        try victim.resume(.toNextSyscall)
      }
    }
    if try restartIsForbidden() { try endWait() }
    try victim.detach()
  }

  /// Whether the task is still where these registers put it.
  private func hasNotRun(since written: Registers) throws(CureError) -> Bool {
    let current = try victim.act { tracee throws(PtraceError) in try tracee.registers(by: tracer) }
    return current[.rip] == written[.rip] && current[.rsp] == written[.rsp]
      && current[.rax] == written[.rax]
  }

  private func isRestart(_ call: CallNumber?) -> Bool {
    call?.number == infection.saved.abi.restartSyscall
  }

  /// Waits until the end of the thread has let go of the task.
  ///
  /// - Returns: `false` if it has not within the deadline.
  func awaitRelease() -> Bool {
    let end = Tracer.now().advanced(by: victim.deadline)
    while isLeftAsleep, let status = try? TaskStatus(of: task), status.tracer.rawValue != 0 {
      if Tracer.now() >= end { return false }
      Tracer.pause(nanoseconds: 50_000)
    }
    return true
  }
}
