package import FiniModel

/// The one ladder: what a ledger proves, from any machine. docs/Decisions/0028 has the cases in which the
/// ladders of the sources once differed.
extension FiniLedger {
  /// How the stop was caught, if the whole proof of one way is there.
  ///
  /// The ways exclude each other by what was written: a debug register that was touched forbids the proof
  /// by system calls alone, and registers written by the tracer forbid one by rt_sigreturn, unless that was
  /// cancelled for it. Otherwise a trace that lacks one event of one proof could pass for another.
  package var caught: FiniStrategy? {
    guard registersDiffer == nil || isMended, secondArrival == nil, hiddenSigreturn == nil else {
      return nil
    }
    guard capabilities.contains(.showsStops) else { return caughtByLog }
    guard interrupt != nil else { return nil }
    if capabilities.contains(.tellsCommands), finiSent == nil { return nil }
    if parked || isUntouched && sigreturnEntry == nil && sigreturnLeft == nil {
      return isDirect ? .direct : nil
    }
    guard isRestored else { return nil }
    if isUntouched { return isLeftBySigreturn ? .syscall : nil }
    guard isBefore(armed, hit) else { return nil }
    // A tracer that leaves it armed does harm, and its stop was where it should be all the same. Ours never does,
    // and beside a loss only the whole proof counts.
    if catchesBeyondSigreturn || capabilities.contains(.tellsCommands) || sawLoss {
      guard isBefore(hit, disarmed) else { return nil }
    }
    if catchesBeyondSigreturn { return sigreturnEntry == nil ? .breakpointAfter : nil }
    // CRIU disarms at the breakpoint, libcompel 3.17 after rt_sigreturn.
    guard isBefore(hit, sigreturnEntry), otherEntries == 0, isLeftBySigreturn else { return nil }
    return .breakpoint
  }

  /// Whether a hit of the breakpoint lies after rt_sigreturn.
  package var catchesBeyondSigreturn: Bool {
    if capabilities.contains(.tellsCommands) { return armedAddress != sigreturnAddress }
    if capabilities.contains(.showsOwnSigreturn) {
      return hit.map { hit in sigreturnLeft.map { $0 < hit } ?? false } ?? false
    }
    return sigreturnEntry == nil
  }

  /// Whether the tracer wrote the registers itself and let the task never come to rt_sigreturn.
  private var isDirect: Bool {
    guard isUntouched, sigreturnEntry == nil, sigreturnLeft == nil, registersWritten != nil,
      missed == nil
    else { return false }
    // The way out of a fini that failed writes them too: only the engine of fini-trace says that it meant to.
    return capabilities.contains(.tellsCommands) ? parked : intervening == nil
  }

  private var isUntouched: Bool { addressPoked == nil && armed == nil }

  /// Whether the task is known to have its own registers back.
  private var isRestored: Bool {
    // What is written proves nothing about rt_sigreturn, unless that was cancelled so that it could be.
    if sigreturnCancelled != nil { return registersWritten != nil }
    if registersVerified != nil || isMended { return true }
    // A foreign tracer may never read the registers there; then only the kernel can show them.
    if capabilities.contains(.tellsCommands) { return false }
    // A task that a checkpoint is restored into has nothing to be compared with.
    return capabilities.contains(.showsOwnSigreturn) ? !isInfected && sigreturnLeft != nil : true
  }

  private var isLeftBySigreturn: Bool { isBefore(sigreturnEntry, sigreturnExit) }

  private func isBefore(_ first: UInt32?, _ second: UInt32?) -> Bool {
    guard let first, let second else { return false }
    return first < second
  }

  /// A log shows no debug register: what the task entered next is the proof.
  private var caughtByLog: FiniStrategy? {
    guard intervening == nil, ended == nil, isLeftBySigreturn else { return nil }
    if goesWithoutBreakpoints || otherEntries > 0 { return .syscall }
    // `was trapped` alone does not say by what.
    return hit != nil && interrupt != nil ? .breakpoint : .syscall
  }

  /// The verdict on what was observed so far.
  package var verdict: Verdict { loss == nil ? seemingVerdict : seemingVerdict.besideLoss }

  private var seemingVerdict: Verdict {
    // A gap inside fini can hide anything: it forbids "landed" before all else.
    if gap != nil { return .undetermined }
    if missed != nil || secondArrival != nil { return .missed }
    guard hasBegun else { return verdictBeforeFini }
    let isCaught = caught != nil
    // What a dump ends by itself was cured before, and so was a task that is killed after that.
    if isCaught, isOver || !capabilities.contains(.showsStops) { return .landed }
    if tracerEnded != nil { return .unfinished }
    if ended != nil, detached == nil, !endedByIntervention { return .lost }
    if intervening != nil, isOver || !capabilities.contains(.showsStops) {
      return interventionIsUncertain ? .undetermined : .intervened
    }
    return isOver ? .undetermined : .unfinished
  }

  /// Whether the tracer has turned to fini.
  package var hasBegun: Bool {
    // An interrupt without FINI is the way out of a cure that failed before.
    if capabilities.contains(.tellsCommands) {
      return finiSent != nil || interrupt != nil && detached == nil
    }
    return interrupt != nil || leaving != nil || sigreturnEntry != nil
  }

  private var verdictBeforeFini: Verdict {
    if capabilities.contains(.showsStops) {
      // The task runs on registers that its tracer does not come back for.
      if tracerEnded != nil, isInfected { return .unfinished }
      // Without a step of a tracer there is no view, and so no claim.
      return sawStep || capabilities.contains(.tellsCommands) ? .neverReached : .undetermined
    }
    // A log that says little may be of a run that went well.
    if conclusion?.isGood == true { return .undetermined }
    if ended != nil { return .lost }
    if intervening != nil { return interventionIsUncertain ? .undetermined : .intervened }
    guard hasError || conclusion != nil else { return sawStep ? .unfinished : .undetermined }
    return sawStep ? .neverReached : .undetermined
  }

  /// Whether nothing more can come of this fini.
  package var isOver: Bool {
    detached != nil || ended != nil || tracerEnded != nil || conclusion != nil
  }

  /// Whether nothing came between the stop in place of the awaited one and the task's end: then that stop is
  /// what happened, and the end is what came of it.
  private var endedByIntervention: Bool {
    guard let intervening else { return false }
    // What a SIGTRAP was that nothing tells of may have been the breakpoint.
    if interveningClass == .unknown, interveningSignal == nil, otherEntries == 0 { return false }
    return !isBefore(intervening, hit) && !isBefore(intervening, sigreturnEntry)
  }
}
