internal import FiniModel

/// What the kernel shows of the task itself: its rt_sigreturn, and the registers after it.
extension TracerMachine {
  /// Takes rt_sigreturn as the kernel shows it of the task itself, without a stop.
  mutating func observe(_ record: SigreturnRecord, at sequence: UInt32) {
    let givesBack = ledger.saved.map { record.registers.isGivenBack(from: $0) }
    if ledger.tracerEnded != nil || ledger.detached != nil {
      if record.passage == .left, givesBack == true, state != .own, state != .restored {
        ledger.selfCured = ledger.selfCured ?? sequence
      }
      return
    }
    guard isUnderWay else { return }
    switch record.passage {
    case .entered:
      if let unnamedEntry { ledger.sigreturnEntry = ledger.sigreturnEntry ?? unnamedEntry }
      unnamedEntry = nil
    case .left:
      ledger.sigreturnLeft = sequence
      // What is read of a task that a checkpoint is restored into is not its own yet.
      if ledger.isInfected, let givesBack {
        ledger.verify(record.registers, areSaved: givesBack, at: sequence)
      }
      // No stop catches it, unless a breakpoint comes after it.
      if ledger.sigreturnEntry == nil {
        ledger.missed = sequence
        ledger.overdue = nil
      }
    }
  }

  /// Takes registers that the task has after rt_sigreturn: whether they are those that were saved.
  mutating func verify(_ registers: Registers, at sequence: UInt32) {
    guard ledger.isInfected, ledger.sigreturnCancelled == nil, ledger.registersVerified == nil,
      let saved = ledger.saved
    else { return }
    let areSaved =
      registers.isRestored(from: saved) || registers.isGivenBack(from: saved)
    ledger.verify(registers, areSaved: areSaved, at: sequence)
  }
}
