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
    let address = machine.ledger.armedAddress.map { addresses.name($0) } ?? "an unknown address"
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
    let facts = machine.ledger
    if let stop = facts.intervening, let armed = facts.armed, armed < stop,
      facts.hit.map({ stop < $0 }) ?? true
    {
      return "the breakpoint"
    }
    if case .own = machine, facts.finiSent == nil { return "the interrupt-stop" }
    return "rt_sigreturn"
  }

  private var missed: String {
    if machine.ledger.capabilities.contains(.showsOwnSigreturn) {
      let what =
        machine.ledger.armed == nil
        ? "the breakpoint was not armed" : "it was armed and never fired"
      return "missed: the task left rt_sigreturn with no stop"
        + (machine.ledger.addressPoked == nil ? "" : "; \(what)")
    }
    if machine.ledger.secondArrival != nil {
      return "missed: the task ran over the breakpoint once, and was caught when it came there"
        + " again"
    }
    guard let sequence = machine.ledger.missed, case .missed(let record) = event(sequence)?.payload
    else { return "missed" }
    if record.waited == 0 {
      return "missed: no \(record.awaited.name) came, as long as the trace goes"
    }
    return "missed: no \(record.awaited.name) within \(record.waited / 1_000_000) ms"
  }

  private var endingWords: String {
    switch machine.ledger.ending {
    case .exited(let code): "the task exited with \(code)"
    case .killed(let signal, let core): "killed by \(signal)\(core ? " (core dumped)" : "")"
    case nil: "the task ended"
    }
  }

  private var endingPhase: String {
    machine.ledger.ended.flatMap { phaseOfEvent[$0] }?.name ?? "no phase"
  }

  private var unfinished: String {
    guard let last = events.last else { return "unfinished" }
    if let ended = machine.ledger.tracerEnded {
      return "unfinished: the tracer ended in \(phaseOfEvent[ended]?.name ?? "no phase")"
    }
    let phase = phaseOfEvent[last.sequence]?.name ?? "no phase"
    return "unfinished: nothing after event \(last.sequence) (\(last.kind.name) in \(phase))"
  }

  private var undetermined: String {
    if let gap = machine.ledger.gap {
      guard case .gap(let lost) = event(gap)?.payload else { return "undetermined: events lost" }
      return "undetermined: \(Judge.events(lost)) lost inside fini"
    }
    if let loss = machine.ledger.loss, case .gap(let lost) = event(loss)?.payload {
      return "undetermined: \(Judge.events(lost)) lost, and the proof with them"
    }
    if let unseen = machine.ledger.hiddenSigreturn {
      return "undetermined: the stops that the tracer waited for are not all in the trace"
        + " (\(event(unseen)?.kind.name ?? "a request") with none before it)"
    }
    if machine.ledger.capabilities.contains(.showsOwnSigreturn), machine.ledger.hit != nil,
      machine.ledger.detachedArmed
    {
      return "undetermined: the breakpoint was hit and never disarmed"
    }
    if machine.ledger.registersDiffer != nil {
      return "undetermined: the registers after rt_sigreturn are not the saved ones"
    }
    return "undetermined: the proof is incomplete"
  }

  private var neverReached: String {
    if machine.ledger.ended != nil { return "never reached: \(endingWords) in \(endingPhase)" }
    guard let last = events.last else { return "never reached: no events" }
    guard let phase = phaseOfEvent[last.sequence]?.name else { return "fini was never reached" }
    return "never reached: last step seen: \(phase)"
  }
}
