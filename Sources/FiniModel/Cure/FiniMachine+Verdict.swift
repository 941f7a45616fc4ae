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
  ///
  /// The ways exclude each other by what was written: a debug register that was touched forbids
  /// the proof by system calls alone, and only PARK leads to the direct way. Otherwise a trace
  /// that lacks one event of one proof could pass for another.
  public var caught: Catch? {
    guard facts.registersDiffer == nil, facts.secondArrival == nil, facts.interrupt != nil,
      facts.finiSent != nil
    else { return nil }
    if facts.parked { return isDirect ? .direct : nil }
    // The registers there are the ones saved. Written ones prove nothing about rt_sigreturn,
    // unless it was cancelled so that they could be written.
    let areRestored =
      facts.sigreturnCancelled == nil
      ? facts.registersVerified != nil : facts.registersWritten != nil
    guard areRestored else { return nil }
    if facts.addressPoked == nil, facts.armed == nil {
      return isLeftBySigreturn ? .syscallTracing : nil
    }
    guard let armed = facts.armed, let hit = facts.hit, let disarmed = facts.disarmed,
      armed < hit, hit < disarmed
    else { return nil }
    if facts.armedAddress == sigreturnAddress {
      guard let entry = facts.sigreturnEntry, disarmed < entry, facts.otherEntries == 0,
        isLeftBySigreturn
      else { return nil }
      return .breakpoint
    }
    return facts.sigreturnEntry == nil ? .breakpointAfter : nil
  }

  private var isLeftBySigreturn: Bool {
    guard let entry = facts.sigreturnEntry, let exit = facts.sigreturnExit else { return false }
    return entry < exit
  }

  private var isDirect: Bool {
    facts.addressPoked == nil && facts.armed == nil && facts.sigreturnEntry == nil
      && facts.registersWritten != nil
  }

  /// The verdict on what was observed so far.
  public var verdict: Verdict {
    // A gap inside fini can hide anything: it forbids "landed" before all else.
    if facts.gap != nil { return .undetermined }
    if facts.missed != nil || facts.secondArrival != nil { return .missed }
    if facts.ended != nil, facts.detached == nil {
      return facts.interrupt == nil && facts.finiSent == nil ? .neverReached : .lost
    }
    if caught != nil, facts.detached != nil { return .landed }
    if facts.intervening != nil, facts.detached != nil { return .intervened }
    // An interrupt without FINI is the way out of a cure that failed before.
    if facts.finiSent == nil, facts.interrupt == nil || facts.detached != nil {
      return .neverReached
    }
    if facts.detached == nil { return .unfinished }
    return .undetermined
  }

  /// The events that prove the verdict, in order.
  public var evidence: [UInt32] {
    let all: [UInt32?] = [
      facts.interrupt, facts.finiSent, facts.addressPoked, facts.armed, facts.intervening,
      facts.hit, facts.missed, facts.disarmed, facts.sigreturnEntry, facts.sigreturnExit,
      facts.sigreturnCancelled, facts.registersVerified, facts.registersDiffer,
      facts.secondArrival, facts.registersWritten, facts.gap,
      facts.ended, facts.detached,
    ]
    return all.compactMap { $0 }.sorted()
  }
}
