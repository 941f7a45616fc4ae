internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

extension Cure {
  /// Does what the machine says until the task has its own registers back, or until they can be
  /// given back.
  ///
  /// The deadline holds for each thing that is awaited, not for each wait. Signals that come more
  /// often than the deadline would put it off for ever (MissedBreakpointTests, a timer while the
  /// breakpoint is lost).
  ///
  /// - Returns: how the task left the parasite.
  func fini(_ link: borrowing ParasiteLink) throws(CureError) -> Hold.Way {
    held.beginFini()
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
        // A signal came directly after rt_sigreturn. The task has its own registers at this stop,
        // and the signal is still to be delivered.
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
        if victim.stop.isOwnDoing, isOutside(victim.stop.programCounter) {
          // The task runs its own code after a missed breakpoint. Its faults are for its own
          // handlers.
          victim.deliver()
          try victim.resumeAsBefore()
        } else if !victim.hold() {
          try victim.resumeAsBefore()
        }
      case .disarm:
        try victim.disarm()
      case .rescue:
        if try rescue() { return .escaped }
      case .unmap:
        return plannedWay
      case .giveUp:
        throw .parasiteLeft
      }
    }
  }

  private var plannedWay: Hold.Way {
    if case .inFini(_, _, .cancelled) = held.hold { return .led }
    return recorder.strategy == .direct ? .led : .returned
  }

  /// Whether this is neither in the parasite nor on the bridge.
  private func isOutside(_ counter: RemoteAddress?) -> Bool {
    guard let counter else { return false }
    return !held.isInRegion(counter) && !(held.places.bridge?.contains(counter) ?? false)
  }

  private func sendFini(_ link: borrowing ParasiteLink) throws(CureError) {
    if recorder.strategy == .direct {
      try send(.park, link)
      try awaitClosed(link)
    } else {
      try send(.fini, link)
    }
  }

  /// Writes DR0, then DR6, then DR7: a breakpoint may be armed only after its address is there, and
  /// DR6 keeps old hits until it is cleared.
  private func arm() throws(CureError) {
    let address =
      recorder.strategy == .breakpoint
      ? held.hold.infection?.sigreturn : held.saved.own.registers.forSigframe.programCounter
    guard let address else { preconditionFailure("armed without a parasite") }
    do throws(CureError) {
      try victim.setDebugRegister(0, to: address.rawValue)
      try victim.setDebugRegister(DebugRegister.status, to: 0)
      try victim.setDebugRegister(DebugRegister.control, to: DebugControl.armed.rawValue)
    } catch .ptrace(.refused(.pokeUser, _, let error)) where error != .noSuchProcess {
      fallBack(to: .syscall, because: .debugRegisterRefused)
    }
  }

  /// At the entry of rt_sigreturn: cancels the call if it would lose a restart block.
  ///
  /// The tracer writes the registers then; docs/Decisions/0005.
  private func cancelSigreturnIfNeeded() throws(CureError) {
    guard recorder.machine.state == .atSigreturnEntry,
      case .inFini(let saved, _, .ahead) = held.hold, saved.endsAtSigreturn
    else { return }
    try victim.act { tracee throws(PtraceError) in
      try tracee.setUserWord(
        at: UInt64(Registers.Name.origRAX.rawValue * 8), to: UInt64.max, by: tracer)
    }
    held.noteCancelledSigreturn()
  }

  /// After a missed stop: finds out where the task is, and prepares a cure without rt_sigreturn's
  /// stop.
  ///
  /// - Returns: `true` if the task has left the parasite, so that only the unmap is left to do.
  private func rescue() throws(CureError) -> Bool {
    try victim.stopByInterrupt()
    let registers = try victim.registers()
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    words.0 = try victim.debugRegister(0)
    words.1 = try victim.debugRegister(DebugRegister.status)
    words.2 = try victim.debugRegister(DebugRegister.control)
    tracer.note(
      .snapshot(
        Snapshot(
          state: victim.reading?.state ?? 0, programCounter: registers.programCounter,
          dr0: words.0, dr6: words.1, dr7: words.2, sets: victim.reading?.sets)),
      about: task)
    if recorder.strategy.needsBreakpoints { try victim.disarm() }
    if held.isInRegion(registers.programCounter) {
      // FINI is in the socket. The traced parasite receives it and leaves the regular way.
      if recorder.strategy.needsBreakpoints {
        fallBack(to: .syscall, because: .breakpointMissed)
        return false
      }
      throw .overdue(.sigreturn)
    }
    return true
  }
}
