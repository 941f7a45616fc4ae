internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

// Out of a cure that could not go on.

extension Withdrawal {
  /// Leaves the task from wherever the cure is.
  ///
  /// - Parameters:
  ///   - failure: what brought us here.
  ///   - memory: the shared memory, if there is a parasite that serves.
  /// - Returns: the same failure, or what was found to be behind it.
  func undo(after failure: CureError, _ memory: ParasiteMemory? = nil) -> CureError {
    if let found = reasonBeyondReach(failure, after: failure) { return found }
    // The handle is gone with the error of the wait.
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

  private func takeBack(_ memory: ParasiteMemory?) throws(CureError) {
    if held.recorder.machine.ledger.isArmed { try victim.disarm() }
    switch held.hold {
    case .untouched, .released:
      try letGo()
    case .infected(let saved, _) where memory != nil, .inFini(let saved, _, _) where memory != nil:
      // It may have cured the task by itself meanwhile.
      try withdraw(to: ownUnlessInside(saved), memory: memory)
    case .prepared(let saved), .infected(let saved, _), .inFini(let saved, _, _),
      .left(let saved, _, _), .restored(let saved):
      try withdraw(to: saved.own.undisturbed, memory: memory)
    }
  }

  /// The task came to the stop of an execve while the cure was being undone.
  private func letGoAsAnother() -> CureError {
    do throws(CureError) { try letGo() } catch { return giveUp(error, after: .becameAnother) }
    return .becameAnother
  }

  /// The way back was barred: what is told of that, unless there is nothing to go back to.
  private func giveUp(_ error: CureError, after failure: CureError) -> CureError {
    if let found = reasonBeyondReach(error, after: failure) { return found }
    held.put(.detach, .noSuchProcess)
    return failure
  }

  /// What is to be told if there is nothing left to take back; `nil` if there may be.
  ///
  /// The task ended, or became another program by an execve in another thread, or by its own under its
  /// leader's number. Only its wait can tell, while the requests say ESRCH.
  private func reasonBeyondReach(_ error: CureError, after failure: CureError) -> CureError? {
    var reason = failure
    switch error {
    case .ended:
      reason = error
    case .ptrace(.refused(_, _, .noSuchProcess)):
      if let ending = victim.awaitEnd() {
        reason = .ended(ending)
      } else if victim.isTraced {
        // Of a child of our own a wait says "not yet", also where its number is another thread's by now.
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

  /// The registers that the task shall have: its present ones if it left the parasite by itself.
  private func ownUnlessInside(_ saved: Saved) throws(CureError) -> Registers {
    if held.isInRegion(try victim.registers().programCounter) { return saved.own.undisturbed }
    held.leaveParasite(by: .escaped)
    return try ownRegisters()
  }

  /// How long a task that was not touched yet has to come to its stop after Ctrl-C, in nanoseconds.
  private static let grace: Int64 = 200_000_000

  /// Gets the task into a stop, if it is not in one.
  private func comeBack() throws(CureError) {
    guard !victim.isStopped else { return }
    guard case .untouched = held.hold else { return try victim.stopByInterrupt() }
    guard victim.wasInterrupted else { return try victim.stopByInterrupt(delivering: true) }
    do throws(CureError) {
      try victim.stopByInterrupt(delivering: true, within: Withdrawal.grace)
    } catch .overdue {
      // It has nothing of ours. The end of its tracer lets go of it without a stop, and the kernel forgets
      // the interrupt then.
      throw .leftUnstopped
    }
  }
}
