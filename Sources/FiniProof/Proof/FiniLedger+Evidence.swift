internal import FiniModel

/// What one event of the evidence proves; the words for it are the reader's.
package enum Proof: Hashable, Sendable {
  case interrupt
  case commandSent
  case addressPoked
  case armed
  case intervened
  case hit
  case missed
  case disarmed
  case sigreturnEntered
  case sigreturnCancelled
  case sigreturnLeft
  case registersVerified
  case registersDiffer
  case secondArrival
  case registersWritten
  case unseenStop
  case loss
  case ended
  case tracerEnded
  case detached
}

extension FiniLedger {
  /// The events that the verdict rests on, in order, each with what it proves; one event may prove two things.
  package var evidence: [(event: UInt32, proof: Proof)] {
    let verdict = verdict
    let isWrittenBack = parked || caught == .direct || sigreturnCancelled != nil || isMended
    let isOpen = verdict == .undetermined
    let all: [(UInt32?, Proof)] = [
      (interrupt, .interrupt),
      // A foreign tracer's commands are not seen.
      (finiSent, .commandSent),
      (addressPoked, .addressPoked),
      (armed, .armed),
      (interveningClass == nil ? nil : intervening, .intervened),
      (hit, .hit),
      (missed, .missed),
      (disarmed, .disarmed),
      (sigreturnEntry, .sigreturnEntered),
      (sigreturnCancelled, .sigreturnCancelled),
      (sigreturnExit, .sigreturnLeft),
      (registersVerified, .registersVerified),
      (registersDiffer, .registersDiffer),
      (secondArrival, .secondArrival),
      // After rt_sigreturn the unmap writes them once more, which proves nothing.
      (isWrittenBack ? registersWritten : nil, .registersWritten),
      (isOpen ? hiddenSigreturn : nil, .unseenStop),
      (gap ?? (isOpen ? loss : nil), .loss),
      (ended, .ended),
      (tracerEnded == ended ? nil : tracerEnded, .tracerEnded),
      (detached, .detached),
    ]
    var found: [(event: UInt32, proof: Proof)] = []
    for (event, proof) in all {
      if let event { found.append((event, proof)) }
    }
    return found.sorted { $0.event < $1.event }
  }

  /// Whether an event proves something, now or beside what may still come (JudgedAsItPassesTests).
  package func names(_ sequence: UInt32) -> Bool {
    // All that ``evidence`` may name, and nothing that grows with the events.
    sequence == interrupt || sequence == finiSent || sequence == addressPoked
      || sequence == armed || sequence == intervening || sequence == hit || sequence == missed
      || sequence == disarmed || sequence == sigreturnEntry || sequence == sigreturnCancelled
      || sequence == sigreturnExit || sequence == registersVerified
      || sequence == registersDiffer || sequence == secondArrival
      || sequence == registersWritten || sequence == unseenStop || sequence == gap
      || sequence == loss || sequence == ended || sequence == tracerEnded
      || sequence == detached
  }
}
