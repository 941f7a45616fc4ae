internal import FiniModel
internal import FiniProof

/// Turns the facts of fini into a judgement with reasons.
struct Judge {
  let machine: CureMachine
  let events: [Event]
  let phaseOfEvent: PhaseIndex
  let addresses: AddressBook
  let signals: [SignalHistory]
  let finalRegisters: Registers?
  /// What an observed tracer left in the task.
  let remnants: [Finding]

  private var facts: FiniLedger { machine.ledger }

  var judgement: Judgement {
    let verdict = machine.ledger.verdict
    let evidence = self.evidence
    var judgement = Judgement(
      verdict: verdict, caught: verdict == .landed ? machine.ledger.caught : nil,
      evidence: evidence,
      intervention: intervention, findings: findings, summary: "")
    let words = sentence(for: judgement)
    // One event may prove two things.
    let proof = Set(evidence.map { $0.event }).sorted().map { "\($0)" }.joined(separator: ", ")
    judgement.summary = proof.isEmpty ? words : "\(words) (\(proof))"
    return judgement
  }

  // MARK: Evidence

  private var evidence: [Evidence] {
    let armedAddress = facts.armedAddress.map { addresses.name($0) } ?? "an unknown address"
    let catchesDirectly =
      (machine.ledger.parked || machine.ledger.caught == .direct) || facts.sigreturnCancelled != nil
    var all: [Evidence] = []
    func add(_ event: UInt32?, _ reason: String) {
      guard let event else { return }
      all.append(Evidence(event: event, reason: reason))
    }
    add(facts.interrupt, "PTRACE_INTERRUPT begins fini")
    // A foreign tracer's commands are not seen.
    add(facts.finiSent, facts.parked ? "PARK sent" : "FINI sent")
    add(facts.addressPoked, "DR0 = \(armedAddress) poked")
    add(facts.armed, "DR7 armed")
    if let intervention { add(intervention.stop, reason(of: intervention)) }
    add(facts.hit, "\(hitWords) \(armedAddress)")
    add(
      facts.missed,
      machine.ledger.capabilities.contains(.showsOwnSigreturn)
        ? "rt_sigreturn left with no stop" : "the wait ended at its deadline")
    add(facts.disarmed, "DR7 disarmed")
    add(
      facts.sigreturnEntry,
      machine.ledger.hasTakenUnseen
        ? "syscall-entry, taken for rt_sigreturn by the tracer (its number is not shown)"
        : "syscall-entry is rt_sigreturn")
    add(facts.sigreturnCancelled, "rt_sigreturn cancelled: it would lose a restart block")
    add(facts.sigreturnExit, "syscall-exit of rt_sigreturn")
    add(facts.registersVerified, "registers are the saved ones")
    add(facts.registersDiffer, "registers are not the saved ones")
    add(
      facts.secondArrival, "registers and mask are not the saved ones: it ran its own code before")
    // After rt_sigreturn the unmap writes them once more, which proves nothing.
    if catchesDirectly || machine.ledger.isMended {
      add(facts.registersWritten, "saved registers written")
    }
    if machine.ledger.verdict == .undetermined {
      add(facts.hiddenSigreturn, "only a stopped task takes this, and no stop was seen")
    }
    add(
      facts.gap ?? (machine.ledger.verdict == .undetermined ? machine.ledger.loss : nil),
      "events lost")
    add(facts.ended, ending)
    if machine.ledger.tracerEnded != facts.ended {
      add(machine.ledger.tracerEnded, "the tracer ended")
    }
    add(facts.detached, facts.detachedArmed ? "detached with DR7 armed" : "detached")
    return all.sorted { $0.event < $1.event }
  }

  /// What the breakpoint was told by: not every tracer asks for the siginfo.
  private var hitWords: String {
    guard let hit = facts.hit, case .stop(let stop) = event(hit)?.payload, stop.info == nil else {
      return "TRAP_HWBKPT at pc ="
    }
    return stop.programCounter == nil ? "SIGTRAP while DR0 was" : "SIGTRAP at pc ="
  }

  private func reason(of intervention: Intervention) -> String {
    guard let signal = intervention.signal else { return "\(intervention.stopClass.name) came" }
    return "\(intervention.stopClass.name) of \(signal) came"
  }

  private var ending: String {
    switch facts.ending {
    case .exited(let code): "the task exited with \(code)"
    case .killed(let signal, _): "the task was killed by \(signal)"
    case nil: "the task ended"
    }
  }

  private var intervention: Intervention? {
    guard let stop = facts.intervening, let stopClass = facts.interveningClass else { return nil }
    var signal = facts.interveningSignal?.signal
    if signal == nil, stopClass == .signalDelivery || stopClass == .groupStop,
      case .stop(let record) = event(stop)?.payload
    {
      signal = record.signal
    }
    if signal == nil, case .log(let line) = event(stop)?.payload,
      case .unexpectedState(let status) = line.fact,
      case .stopped(let announced) = WaitStatus(rawValue: status)
    {
      signal = announced
    }
    // The siginfo of an event stop is the stop's own, not that of a signal.
    let isOwn = stopClass == .interrupt
    let history = isOwn ? nil : signals.first { $0.signal == signal }
    let since = history?.firstPending.flatMap { $0 < stop ? $0 : nil }
    return Intervention(
      stop: stop, stopClass: stopClass, signal: isOwn ? nil : signal,
      info: isOwn ? nil : facts.interveningSignal ?? history?.info, pendingSince: since)
  }

  // MARK: Findings

  private var findings: [Finding] {
    var found = remnants
    for event in events {
      switch event.payload {
      case .putBack(let item) where !item.succeeded:
        found.append(
          Finding(kind: .putBackFailed, event: event.sequence, sentence: sentence(for: item)))
      case .fallback(let fallback):
        found.append(
          Finding(
            kind: .fallback, event: event.sequence,
            sentence:
              "\(fallback.to.name) was taken instead of \(fallback.from.name): "
              + fallback.reason.name))
      case .gap(let lost) where event.sequence != facts.gap:
        found.append(
          Finding(kind: .gap, event: event.sequence, sentence: "\(Judge.events(lost)) lost"))
      default:
        break
      }
    }
    if let event = machine.ledger.selfCured {
      found.append(
        Finding(
          kind: .selfCured, event: event,
          sentence: "the task went back to its own registers by itself"))
    }
    if let event = facts.registersDiffer {
      found.append(
        Finding(
          kind: machine.ledger.isMended ? .registersMended : .registersDiffer, event: event,
          sentence: differences(at: event)
            + (machine.ledger.isMended ? "; the tracer wrote the saved ones afterwards" : "")))
    }
    if let detached = facts.detached, facts.detachedArmed {
      found.append(
        Finding(
          kind: .detachedArmed, event: detached,
          sentence:
            "detached with DR7 armed: the task will be killed by SIGTRAP when it comes to \(armedAt)"
        ))
    } else if machine.ledger.isArmed, facts.detached == nil,
      facts.ended == nil || machine.ledger.tracerEnded != nil, let armed = facts.armed
    {
      found.append(
        Finding(
          kind: .leftArmed, event: armed,
          sentence:
            "the trace ends with DR7 armed: without its tracer the task will be killed by SIGTRAP"
            + " when it comes to \(armedAt)"))
    }
    if machine.ledger.verdict == .landed, let intervention {
      found.append(
        Finding(
          kind: .intervention, event: intervention.stop,
          sentence: "\(reason(of: intervention)) first, and fini landed all the same"))
    }
    return found.sorted { $0.event < $1.event }
  }

  private var armedAt: String {
    facts.armedAddress.map { addresses.name($0) } ?? "its address"
  }

  private func sentence(for item: PutBack) -> String {
    if let error = Errno(result: item.result) { return "\(item.item.name) not put back: \(error)" }
    if item.result < 0 { return "\(item.item.name) not put back: result \(item.result)" }
    return "\(item.item.name) put back, but \(item.differing) still differ"
  }

  private func differences(at event: UInt32) -> String {
    guard let saved = machine.ledger.saved, let found = self.event(event)?.registers else {
      return "registers after rt_sigreturn are not the saved ones"
    }
    // An observer in the kernel sees no segment bases and data segments.
    let unseen: Set<Registers.Name> =
      machine.ledger.capabilities.contains(.showsOwnSigreturn)
      ? [.fsBase, .gsBase, .ds, .es, .fs, .gs] : []
    let names = found.differencesAfterSigreturn(from: saved).filter { !unseen.contains($0) }
      .map { $0.text }
    return "registers after rt_sigreturn are not the saved ones: "
      + names.joined(separator: ", ")
  }

  // MARK: Words shared with the sentence

  func event(_ sequence: UInt32) -> Event? { events.place(of: sequence).map { events[$0] } }

  static func events(_ count: UInt64) -> String {
    count == 1 ? "1 event" : "\(count) events"
  }
}
