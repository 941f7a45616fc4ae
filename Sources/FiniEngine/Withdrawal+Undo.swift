internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

// The undo of a cure that could not be finished.

extension Withdrawal {
  /// Leaves the task, at whatever step the cure is.
  ///
  /// - Parameters:
  ///   - failure: why the cure can't go on.
  ///   - memory: the shared memory, if a parasite serves.
  /// - Returns: the same failure, or the cause that was found for it.
  func undo(after failure: CureError, _ memory: ParasiteMemory? = nil) -> CureError {
    if let found = reasonBeyondReach(failure, after: failure) { return found }
    // The failed wait has already dropped the handle.
    guard victim.isTraced else { return failure }
    do throws(CureError) {
      try comeBack()
      if case .becameAnother = failure {
        try letGo()
      } else {
        try takeBack(memory)
      }
      return failure
    } catch {
      if case .becameAnother = error { return letGoAsAnother() }
      if case .leftUnstopped = error { return error }
      return giveUp(error, after: failure)
    }
  }

  /// Takes back whatever the ``Hold`` says from a task that is stopped, and lets it go.
  func takeBack(_ memory: ParasiteMemory?) throws(CureError) {
    if held.recorder.machine.ledger.isArmed { try victim.disarm() }
    try noteUnseenResult()
    switch held.hold {
    case .untouched, .released:
      try letGo()
    case .serving(let saved, _), .inFini(let saved, _, _):
      // It may have cured the task by itself meanwhile.
      try withdraw(to: ownUnlessInside(saved), memory: memory)
    case .prepared(let saved), .infected(let saved, _), .left(let saved, _, _),
      .restored(let saved):
      try withdraw(to: saved.own.undisturbed, memory: memory)
    }
  }

  /// The task came to the stop of an execve while the cure was being undone.
  private func letGoAsAnother() -> CureError {
    do throws(CureError) { try letGo() } catch { return giveUp(error, after: .becameAnother) }
    return .becameAnother
  }

  /// The undo failed: reports what could not be undone, unless nothing is left to undo.
  private func giveUp(_ error: CureError, after failure: CureError) -> CureError {
    if let found = reasonBeyondReach(error, after: failure) { return found }
    held.put(.detach, .noSuchProcess)
    return failure
  }

  /// The reason why nothing is left to undo; `nil` if there may be something.
  ///
  /// The task has ended, or it became another program: by an execve in another thread, or by its
  /// own execve under its leader's number. The requests only say ESRCH; the wait tells which.
  private func reasonBeyondReach(_ error: CureError, after failure: CureError) -> CureError? {
    var reason = failure
    switch error {
    case .ended:
      reason = error
    case .ptrace(.refused(_, _, .noSuchProcess)):
      if let ending = victim.awaitEnd() {
        reason = .ended(ending)
      } else if victim.isTraced {
        // For a child of this process a wait says "not yet", even if another thread has its number
        // by now.
        guard let now = try? TaskStatus(of: task), now.tracer.rawValue == 0 else { return nil }
        reason = .ptrace(.waitFailed(task, .noChild))
      } else if victim.letGoAsLeader(of: held.facts.process) {
        reason = .becameAnother
      }
    case .ptrace(.waitFailed(_, .noChild)):
      if victim.letGoAsLeader(of: held.facts.process) { reason = .becameAnother }
    default:
      return nil
    }
    victim.forget()
    return reason
  }

  /// Finds out what came of a remote call whose end was not awaited: the task may be past it by now, and on
  /// the bridge even past the munmap (UndoTests).
  private func noteUnseenResult() throws(CureError) {
    guard let awaited = held.hold.infection?.awaited else { return }
    let registers = try victim.registers()
    let site = held.callSite
    let bridge = held.places.bridge
    let counter = registers.programCounter
    func isPast(_ instruction: RemoteAddress) -> Bool {
      counter == instruction + RemoteCalls.instructionLength
    }
    switch awaited {
    case .map, .memfd:
      // From there on the bridge has the result in rbx.
      let isOnBridge = bridge?.contains(counter) ?? false && counter <= site.unmap
      guard isPast(site.first) || isOnBridge && counter > site.first else { return }
      let result = Int64(bitPattern: registers[isPast(site.first) ? .rax : .rbx])
      guard Errno(result: result) == nil else { return }
      held.changeInfection { infection in
        if case .map(let byteCount) = awaited {
          let start = RemoteAddress(UInt64(result))
          infection.take(RemoteRange(start: start, end: start + byteCount))
        } else {
          infection.memfd = Int32(truncatingIfNeeded: result)
          infection.awaited = nil
        }
      }
    case .unmap:
      let isDone =
        isPast(site.unmap)
        ? registers[.rax] == 0 : bridge?.contains(counter) ?? false && counter > site.unmap
      guard isDone else { return }
      held.put(.mapping)
      held.changeInfection {
        $0.region = nil
        $0.awaited = nil
      }
    }
  }

  /// The registers that the task must have: its present ones if it left the parasite by itself.
  ///
  /// The answer is kept in the ``Hold``: the remote calls that follow move the task, so an undo that is
  /// tried again could not tell it from the program counter (UndoTests).
  private func ownUnlessInside(_ saved: Saved) throws(CureError) -> Registers {
    let counter = try victim.registers().programCounter
    let bridge = held.places.bridge
    guard held.isInRegion(counter) || bridge?.contains(counter) ?? false else {
      held.leaveParasite(by: .escaped)
      return try ownRegisters()
    }
    if let bridge, bridge.contains(counter), counter > bridge.site.unmap {
      held.changeInfection { $0.region = nil }
    }
    held.leaveParasite(by: .led)
    return saved.own.undisturbed
  }

  /// How long an untouched task has to come to its stop after Ctrl-C, in nanoseconds.
  private static let grace: Int64 = 200_000_000

  /// Stops the task, if it is not stopped.
  private func comeBack() throws(CureError) {
    guard !victim.isStopped else { return }
    guard held.hold.runsOwnCode else { return try victim.stopByInterrupt() }
    guard victim.wasInterrupted else { return try victim.stopByInterrupt(delivering: true) }
    do throws(CureError) {
      try victim.stopByInterrupt(delivering: true, within: Withdrawal.grace)
    } catch .overdue {
      // Nothing of the infection is in it. The end of the tracer releases it without a stop, and
      // the kernel forgets the interrupt then.
      throw .leftUnstopped
    }
  }
}
