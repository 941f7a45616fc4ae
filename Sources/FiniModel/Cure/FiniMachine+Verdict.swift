extension FiniMachine {
  /// How a landed stop was caught.
  public enum Catch: Hashable, Sendable {
    /// By a breakpoint before rt_sigreturn.
    case breakpoint
    /// By a breakpoint after it.
    case breakpointAfter
    /// By tracing system calls.
    case syscallTracing
    /// By an interrupt inside the parasite, the registers written by the tracer.
    case direct
  }

  /// How the stop was caught, if the whole proof of one way is there.
  public var caught: Catch? {
    let restored = facts.registersVerified != nil || facts.registersWritten != nil
    guard facts.registersDiffer == nil else { return nil }
    if facts.hit != nil, facts.armed != nil, facts.disarmed != nil {
      if let entry = facts.sigreturnEntry, let exit = facts.sigreturnExit, let hit = facts.hit,
        let disarmed = facts.disarmed, hit < disarmed, disarmed < entry, entry < exit,
        facts.otherEntries == 0, restored
      {
        return .breakpoint
      }
      if facts.sigreturnEntry == nil, facts.armedAddress != sigreturnAddress, restored {
        return .breakpointAfter
      }
      return nil
    }
    if facts.armed == nil, facts.sigreturnEntry != nil, facts.sigreturnExit != nil, restored {
      return .syscallTracing
    }
    if facts.armed == nil, facts.sigreturnEntry == nil, facts.interrupt != nil,
      facts.finiSent != nil, facts.registersWritten != nil
    {
      return .direct
    }
    return nil
  }

  /// The verdict on what was observed so far.
  public var verdict: Verdict {
    // A gap inside fini can hide anything: it forbids "landed" before all else.
    if facts.gap != nil { return .undetermined }
    if facts.missed != nil { return .missed }
    if facts.ended != nil, facts.detached == nil {
      return facts.interrupt == nil && facts.finiSent == nil ? .neverReached : .lost
    }
    if caught != nil, facts.detached != nil { return .landed }
    if facts.intervening != nil, facts.hit == nil, facts.detached != nil { return .intervened }
    if facts.interrupt == nil && facts.finiSent == nil { return .neverReached }
    if facts.detached == nil { return .unfinished }
    return .undetermined
  }

  /// The events that prove the verdict, in order.
  public var evidence: [UInt32] {
    let all: [UInt32?] = [
      facts.interrupt, facts.finiSent, facts.addressPoked, facts.armed, facts.intervening,
      facts.hit, facts.missed, facts.disarmed, facts.sigreturnEntry, facts.sigreturnExit,
      facts.registersVerified, facts.registersDiffer, facts.registersWritten, facts.gap,
      facts.ended, facts.detached,
    ]
    return all.compactMap { $0 }.sorted()
  }
}
