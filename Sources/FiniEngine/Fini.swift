internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

extension Cure {
  /// Does what the machine says until the task has its own registers back, or can be given them.
  ///
  /// The deadline is that of each thing that is awaited, not of each wait: signals that come more often
  /// would put it off for ever (MissedBreakpointTests, a timer while the breakpoint is lost).
  func fini(_ link: borrowing ParasiteLink) throws(CureError) {
    var awaitedBefore: Missed.Awaited?
    var end = Tracer.now()
    while true {
      switch recorder.machine.action {
      case .interrupt:
        try victim.interrupt()
      case .await(let awaited):
        let now = Tracer.now()
        if awaited != awaitedBefore {
          awaitedBefore = awaited
          end = now.advanced(by: victim.deadline)
        }
        _ = try victim.arrive(awaited, within: max(0, end - now))
        // A signal that came right behind rt_sigreturn: its stop is where the task has its own
        // registers, and the signal is still to be delivered.
        if recorder.machine.state == .restored { victim.hold() }
        try cancelSigreturnIfNeeded()
      case .arm:
        try arm()
      case .sendFini:
        try sendFini(link)
      case .cont:
        try victim.resume(.cont)
      case .syscall:
        try victim.resume(.toNextSyscall)
      case .hold:
        if victim.isOwnDoing, isOutside(victim.stop.programCounter) {
          // It runs its own code behind a missed breakpoint, and its faults are for its own handlers.
          victim.deliver()
          try victim.resumeAsBefore()
        } else if !victim.hold() {
          try victim.resumeAsBefore()
        }
      case .disarm:
        try disarm()
      case .rescue:
        if try rescue() { return }
      case .unmap:
        return
      case .giveUp:
        throw .parasiteLeft
      }
    }
  }

  /// Whether this is neither in the parasite nor on the bridge.
  private func isOutside(_ counter: RemoteAddress?) -> Bool {
    guard let counter else { return false }
    return !(infection.region?.contains(counter) ?? false) && !(bridge?.contains(counter) ?? false)
  }

  private func sendFini(_ link: borrowing ParasiteLink) throws(CureError) {
    if recorder.strategy == .direct {
      try send(.park, link)
      try awaitClosed(link)
    } else {
      try send(.fini, link)
    }
  }

  /// DR0, then DR6, then DR7: nothing may be armed before the address is there, and DR6 keeps the
  /// hits of breakpoints long gone until it is cleared.
  private func arm() throws(CureError) {
    let address =
      recorder.strategy == .breakpoint
      ? infection.sigreturn : infection.saved.forSigframe.programCounter
    guard let address else { preconditionFailure("armed without a parasite") }
    do throws(CureError) {
      try poke(0, address.rawValue)
      try poke(6, 0)
      try poke(DebugRegister.control, DebugControl.armed.rawValue)
    } catch .ptrace(.refused(.pokeUser, _, let error)) where error != .noSuchProcess {
      fallBack(to: .syscall, because: .debugRegisterRefused)
    }
  }

  func disarm() throws(CureError) {
    try poke(DebugRegister.control, DebugControl.disarmed.rawValue)
  }

  func poke(_ register: Int, _ value: UInt64) throws(CureError) {
    try victim.act { tracee throws(PtraceError) in
      try tracee.setUserWord(at: DebugRegister.offset(register), to: value, by: tracer)
    }
  }

  /// At the entry of rt_sigreturn: if it would lose a restart block, it is not let happen.
  ///
  /// The registers are written by the tracer then; docs/Decisions/0005.
  private func cancelSigreturnIfNeeded() throws(CureError) {
    guard recorder.machine.state == .atSigreturnEntry,
      infection.endsAtSigreturn, !sigreturnIsCancelled
    else { return }
    try victim.act { tracee throws(PtraceError) in
      try tracee.setUserWord(
        at: UInt64(Registers.Name.origRAX.rawValue * 8), to: UInt64.max, by: tracer)
    }
    sigreturnIsCancelled = true
  }

  /// After a missed stop: finds out where the task is and prepares a cure by other means.
  ///
  /// - Returns: `true` if the task has left the parasite and needs nothing but the unmap.
  private func rescue() throws(CureError) -> Bool {
    try victim.stopByInterrupt()
    let registers = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    words.0 = try debugRegister(0)
    words.1 = try debugRegister(DebugRegister.status)
    words.2 = try debugRegister(DebugRegister.control)
    tracer.note(
      .snapshot(
        Snapshot(
          state: victim.look?.state ?? 0, programCounter: registers.programCounter,
          dr0: words.0, dr6: words.1, dr7: words.2, sets: victim.look?.sets)),
      about: task)
    if recorder.strategy.needsBreakpoints { try disarm() }
    let isInside = infection.region?.contains(registers.programCounter) ?? false
    if isInside {
      // FINI is in the socket: traced, the parasite takes it and leaves the regular way.
      if recorder.strategy.needsBreakpoints {
        fallBack(to: .syscall, because: .breakpointMissed)
        return false
      }
      throw .overdue(.sigreturn)
    }
    infection.socket = nil
    hasEscaped = true
    return true
  }

  func debugRegister(_ number: Int) throws(CureError) -> UInt64 {
    try victim.act { tracee throws(PtraceError) in
      try tracee.userWord(at: DebugRegister.offset(number), by: tracer)
    }
  }
}
