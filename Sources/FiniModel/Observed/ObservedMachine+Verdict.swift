extension ObservedMachine {
  /// How the stop was caught, if the whole proof of one way is there; see ``FiniMachine/caught``.
  public var caught: FiniMachine.Catch? {
    guard facts.registersDiffer == nil || isMended, facts.interrupt != nil else { return nil }
    let isUntouched = facts.addressPoked == nil && facts.armed == nil
    if isUntouched, facts.sigreturnEntry == nil, sigreturnLeft == nil {
      // No rt_sigreturn at all: the tracer wrote the registers itself.
      return facts.registersWritten == nil || facts.missed != nil ? nil : .direct
    }
    guard isRestored else { return nil }
    if isUntouched { return isLeftBySigreturn ? .syscallTracing : nil }
    guard let armed = facts.armed, let hit = facts.hit, let disarmed = facts.disarmed,
      armed < hit, hit < disarmed
    else { return nil }
    if let sigreturnLeft, sigreturnLeft < hit {
      return facts.sigreturnEntry == nil ? .breakpointAfter : nil
    }
    // libcompel 3.17 disarms after the exit of rt_sigreturn, later ones right after the hit.
    guard facts.sigreturnEntry != nil, facts.otherEntries == 0, isLeftBySigreturn
    else { return nil }
    return .breakpoint
  }

  private var isRestored: Bool {
    if facts.sigreturnCancelled != nil { return facts.registersWritten != nil }
    // A task that a checkpoint is restored into has nothing to be compared with.
    return facts.registersVerified != nil || isMended || (!isInfected && sigreturnLeft != nil)
  }

  private var isLeftBySigreturn: Bool {
    guard let entry = facts.sigreturnEntry, let exit = facts.sigreturnExit else { return false }
    return entry < exit
  }

  /// The verdict on what was observed so far.
  public var verdict: Verdict { loss == nil ? seemingVerdict : seemingVerdict.besideLoss }

  private var seemingVerdict: Verdict {
    if facts.gap != nil { return .undetermined }
    if facts.missed != nil { return .missed }
    if tracerEnded != nil, state != .own, caught == nil { return .unfinished }
    if facts.interrupt == nil { return .neverReached }
    if caught != nil, isLeft { return .landed }
    if facts.intervening != nil, isLeft { return .intervened }
    if facts.ended != nil, facts.detached == nil { return .lost }
    return isLeft ? .undetermined : .unfinished
  }

  // A tracer may kill a task that it has dumped, which is no failure of fini; or end without a word.
  private var isLeft: Bool { facts.detached != nil || facts.ended != nil || tracerEnded != nil }

  /// The events that prove the verdict, in order.
  public var evidence: [UInt32] {
    let all: [UInt32?] = [
      facts.interrupt, facts.addressPoked, facts.armed, facts.intervening, facts.hit, facts.missed,
      facts.disarmed, facts.sigreturnEntry, facts.sigreturnCancelled, facts.sigreturnExit,
      facts.registersVerified,
      facts.registersDiffer,
      isMended || facts.sigreturnCancelled != nil ? facts.registersWritten : nil,
      facts.gap ?? (verdict == .undetermined ? loss : nil), facts.ended, facts.detached,
      tracerEnded,
    ]
    return Set(all.compactMap { $0 }).sorted()
  }
}

extension Registers {
  /// Whether rt_sigreturn gave these back for the saved ones, in one of the ways to treat an
  /// interrupted system call: issued again, ended with EINTR, or left as it was.
  public func isGivenBack(from saved: Registers) -> Bool {
    func comparable(_ registers: Registers) -> Registers {
      var registers = registers
      // RF is set by a breakpoint; the last six words are not seen from inside the kernel.
      registers[.eflags] &= ~0x10000
      registers[.origRAX] = .max
      for name in [Name.fsBase, .gsBase, .ds, .es, .fs, .gs] { registers[name] = 0 }
      return registers
    }
    let found = comparable(self)
    if found == comparable(saved) || found == comparable(saved.forSigframe) { return true }
    guard saved.restart != .none else { return false }
    var interrupted = saved
    interrupted[.rax] = UInt64(bitPattern: -4)
    return found == comparable(interrupted)
  }
}
