internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

// The last step: everything that influences the task's next system call is put back.

extension Withdrawal {
  /// Lets go of a task that has its own registers.
  func release(_ own: OwnState) throws(CureError) {
    held.giveDispatchBack()
    guard try restartIsForbidden() else { return try detach() }
    // A stopped process reaches its filter at SIGCONT, with or without a cure.
    guard !victim.isToStop(mask: own.mask) else { return try detach() }
    if endsThread, victim.suspension == .permitted {
      try leaveAsleep(own)
    } else {
      try endWait()
      try detach()
    }
  }

  private func detach() throws(CureError) {
    try victim.detach()
    held.noteReleased(.detached)
  }

  // MARK: restart_syscall(2)

  /// Whether the task is about to continue its wait by a call (restart_syscall) that its filter
  /// forbids.
  ///
  /// Any stop leads to that, by any tracer; docs/Decisions/0027.
  private func restartIsForbidden() throws(CureError) -> Bool {
    guard victim.isUnderSeccomp else { return false }
    let registers = try victim.registers()
    guard
      registers.endsAtSigreturn(at: readHalfWord(of: task, at: registers.programCounter))
    else { return false }
    let call = FilteredCall(restarting: registers)
    var index = 0
    while true {
      do throws(CureError) {
        let filter = try victim.act { tracee throws(PtraceError) in
          try tracee.filter(index, by: held.tracer)
        }
        guard let filter else { return false }
        if !filter.allows(call) { return true }
      } catch {
        guard case .ptrace(.refused(.getFilter, _, let errno)) = error, errno != .noSuchProcess
        else { throw error }
        // Strict mode, or a filter that this tracer may not read: what it forbids is not known.
        return true
      }
      index += 1
    }
  }

  /// Ends the wait, or has it issued again, without restart_syscall.
  ///
  /// An `EINTR` that only the cure has caused is reported as registers that differ.
  private func endWait() throws(CureError) {
    let registers = try victim.registers()
    let ended = registers.withoutRestartCall
    try victim.set(ended)
    if ended.isInterrupted { held.put(.registers, differing: 1) }
  }

  /// Lets the task continue its wait while its filters are still suspended, and leaves it asleep
  /// there.
  ///
  /// PTRACE_DETACH would need another stop. But the end of a tracer releases a task without a stop,
  /// and the end of the tracing thread is enough. If the wait ends before that, its exit is a stop.
  private func leaveAsleep(_ own: OwnState) throws(CureError) {
    let end = Tracer.now().advanced(by: victim.deadline)
    var isInside = false
    // On the way out of a syscall-stop the kernel does not check for a restart. So the tracer sets
    // the program counter back.
    let registers = try victim.registers()
    try victim.set(registers.forBridge)
    try victim.resume(.toNextSyscall)
    held.noteReleased(.running)
    while true {
      if isInside, victim.isAsleep {
        held.noteReleased(.asleep)
        held.recorder.leave(at: Tracer.now())
        held.put(.detach)
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
      case .syscallEntry where !isInside && isRestart(victim.stop.syscall, of: own):
        isInside = true
        try victim.resume(.toNextSyscall)
      case .signalDelivery:
        // The handler, if there is one, ends the wait as it would without a tracer: the kernel does
        // that if the task is in its call. A second signal may find the task in the handler of the
        // first one. Then its state is its own, and is not changed.
        if !isInside, try hasNotRun(since: registers.forBridge) {
          try victim.set(registers)
        }
        victim.deliver()
        isInside = false
        try victim.resume(.toNextSyscall)
      case .groupStop:
        return try detach()
      default:
        guard try restartIsForbidden() else { return try detach() }
        guard isInside, victim.stop.stopClass == .syscallExit, Tracer.now() < end else {
          try endWait()
          return try detach()
        }
        // A signal interrupted the call. Its stop comes next.
        isInside = false
        try victim.resume(.toNextSyscall)
      }
    }
    if try restartIsForbidden() { try endWait() }
    try detach()
  }

  /// Whether the task is still where these registers put it.
  private func hasNotRun(since written: Registers) throws(CureError) -> Bool {
    let current = try victim.registers()
    return current[.rip] == written[.rip] && current[.rsp] == written[.rsp]
      && current[.rax] == written[.rax]
  }

  private func isRestart(_ call: CallNumber?, of own: OwnState) -> Bool {
    call?.number == own.registers.abi.restartSyscall
  }

  /// Waits until the end of the thread has released the task.
  ///
  /// - Returns: `false` if that did not happen within the deadline.
  func awaitRelease() -> Bool {
    guard case .released(.asleep) = held.hold else { return true }
    let end = Tracer.now().advanced(by: victim.deadline)
    while let status = try? TaskStatus(of: task), status.tracer.rawValue != 0 {
      if Tracer.now() >= end { return false }
      Tracer.pause(nanoseconds: 50_000)
    }
    return true
  }
}
