internal import FiniModel
internal import FiniProof

extension Judge {
  /// The verdict in a sentence, without its events.
  func sentence(for judgement: Judgement) -> String {
    switch judgement.verdict {
    case .landed: landed(judgement.caught)
    case .intervened: intervened(judgement.intervention)
    case .missed: missed
    case .lost: "lost: \(endingWords) in \(endingPhase), before it was cured"
    case .unfinished: unfinished
    case .undetermined: undetermined
    case .neverReached: neverReached
    }
  }

  private func landed(_ caught: FiniStrategy?) -> String {
    let address = facts.armedAddress.map { addresses.name($0) } ?? "an unknown address"
    switch caught {
    case .breakpoint: return "landed before rt_sigreturn: breakpoint at \(address)"
    case .breakpointAfter: return "landed after rt_sigreturn: breakpoint at \(address)"
    case .syscall: return "landed at rt_sigreturn: system calls traced"
    case .direct: return "landed without rt_sigreturn: saved registers written by the tracer"
    case nil: return "landed"
    }
  }

  private func intervened(_ intervention: Intervention?) -> String {
    guard let intervention else { return "intervened" }
    let awaited = awaitedWords
    guard let signal = intervention.signal else {
      return "intervened: \(intervention.stopClass.name) came in place of \(awaited)"
    }
    var words = "intervened: \(signal)"
    if let info = intervention.info {
      words += " (\(info.code.name(for: signal))"
      if let sender = info.sender, sender.rawValue > 0 { words += " from \(sender)" }
      words += ")"
    }
    if let since = intervention.pendingSince { words += ", pending since event \(since)," }
    return words + " stopped the task in place of \(awaited)"
  }

  private var awaitedWords: String {
    if let stop = facts.intervening, let armed = facts.armed, armed < stop,
      facts.hit.map({ stop < $0 }) ?? true
    {
      return "the breakpoint"
    }
    if case .own = task.machine, facts.finiSent == nil { return "the interrupt-stop" }
    return "rt_sigreturn"
  }

  private var missed: String {
    if facts.capabilities.contains(.showsOwnSigreturn) {
      let what =
        facts.armed == nil
        ? "the breakpoint was not armed" : "it was armed and never fired"
      return "missed: the task left rt_sigreturn with no stop"
        + (facts.addressPoked == nil ? "" : "; \(what)")
    }
    if facts.secondArrival != nil {
      return "missed: the task ran over the breakpoint once, and was caught when it came there"
        + " again"
    }
    guard let record = facts.overdue else { return "missed" }
    if record.waited == 0 {
      return "missed: no \(record.awaited.name) came, as long as the trace goes"
    }
    return "missed: no \(record.awaited.name) within \(record.waited / 1_000_000) ms"
  }

  private var endingWords: String {
    switch facts.ending {
    case .exited(let code): "the task exited with \(code)"
    case .killed(let signal, let core): "killed by \(signal)\(core ? " (core dumped)" : "")"
    case nil: "the task ended"
    }
  }

  private var endingPhase: String {
    facts.ended.flatMap { phase(of: $0) }?.name ?? "no phase"
  }

  private var unfinished: String {
    guard let last = course.events?.upperBound, let kind = course.lastKind else {
      return "unfinished: no events"
    }
    if let ended = facts.tracerEnded {
      return "unfinished: the tracer ended in \(phase(of: ended)?.name ?? "no phase")"
    }
    let phase = phase(of: last)?.name ?? "no phase"
    return "unfinished: nothing after event \(last) (\(kind.name) in \(phase))"
  }

  private var undetermined: String {
    if let gap = facts.gap {
      guard let lost = course.lost(at: gap) else { return "undetermined: events lost" }
      return "undetermined: \(Judge.events(lost)) lost inside fini"
    }
    if let loss = facts.loss, let lost = course.lost(at: loss) {
      return "undetermined: \(Judge.events(lost)) lost, and the proof with them"
    }
    if facts.hiddenSigreturn != nil {
      return "undetermined: the stops that the tracer waited for are not all in the trace"
        + " (\(facts.unseenStopKind?.name ?? "a request") with none before it)"
    }
    if facts.capabilities.contains(.showsOwnSigreturn), facts.hit != nil,
      facts.detachedArmed
    {
      return "undetermined: the breakpoint was hit and never disarmed"
    }
    if facts.registersDiffer != nil {
      return "undetermined: the registers after rt_sigreturn are not the saved ones"
    }
    return "undetermined: the proof is incomplete"
  }

  private var neverReached: String {
    if facts.ended != nil {
      // A task that was never cured has no daemon.
      let isCure = facts.hasBegun || task.account.memory.blob != nil || facts.hasError
      return "never reached: \(endingWords)" + (isCure ? " in \(endingPhase)" : "")
    }
    guard let last = course.events?.upperBound else { return "never reached: no events" }
    guard let phase = phase(of: last) else { return "fini was never reached" }
    // A breakpoint of a debugger has none of these steps.
    if facts.withdrawn, phase != .detach { return "never reached: there was no fini in it" }
    return "never reached: last step seen: \(phase.name)"
  }
}
