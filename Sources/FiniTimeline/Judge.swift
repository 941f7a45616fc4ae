internal import FiniModel
internal import FiniProof

/// Turns the facts of fini into a judgement with reasons.
struct Judge {
  let task: TaskJudge
  let course: RunCourse
  /// What fini showed.
  let facts: FiniLedger
  let addresses: AddressBook

  init(task: TaskJudge, course: RunCourse) {
    self.task = task
    self.course = course
    facts = task.machine.ledger
    addresses = AddressBook(blob: task.account.memory.blob)
  }

  var judgement: Judgement {
    let verdict = facts.verdict
    let evidence = self.evidence
    var judgement = Judgement(
      verdict: verdict, caught: verdict == .landed ? facts.caught : nil,
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
    facts.evidence.map { Evidence(event: $0.event, reason: reason(for: $0.proof)) }
  }

  private func reason(for proof: Proof) -> String {
    let armedAddress = facts.armedAddress.map { addresses.name($0) } ?? "an unknown address"
    switch proof {
    case .interrupt: return "PTRACE_INTERRUPT begins fini"
    case .commandSent: return facts.parked ? "PARK sent" : "FINI sent"
    case .addressPoked: return "DR0 = \(armedAddress) poked"
    case .armed: return "DR7 armed"
    case .intervened: return intervention.map { reason(of: $0) } ?? "another stop came"
    case .hit: return "\(hitWords) \(armedAddress)"
    case .missed:
      return facts.capabilities.contains(.showsOwnSigreturn)
        ? "rt_sigreturn left with no stop" : "the wait ended at its deadline"
    case .disarmed: return "DR7 disarmed"
    case .sigreturnEntered:
      return facts.hasTakenUnseen
        ? "syscall-entry, taken for rt_sigreturn by the tracer (its number is not shown)"
        : "syscall-entry is rt_sigreturn"
    case .sigreturnCancelled: return "rt_sigreturn cancelled: it would lose a restart block"
    case .sigreturnLeft: return "syscall-exit of rt_sigreturn"
    case .registersVerified: return "registers are the saved ones"
    case .registersDiffer: return "registers are not the saved ones"
    case .secondArrival:
      return "registers and mask are not the saved ones: it ran its own code before"
    case .registersWritten: return "saved registers written"
    case .unseenStop: return "only a stopped task takes this, and no stop was seen"
    case .loss: return "events lost"
    case .ended: return ending
    case .tracerEnded: return "the tracer ended"
    case .detached: return facts.detachedArmed ? "detached with DR7 armed" : "detached"
    }
  }

  /// What the breakpoint was told by.
  private var hitWords: String {
    switch facts.hitSign {
    case .siginfo: "TRAP_HWBKPT at pc ="
    case .programCounter: "SIGTRAP at pc ="
    case .armed: "SIGTRAP while DR0 was"
    }
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
    let signal = facts.interveningSignal?.signal ?? facts.announcedSignal
    // The siginfo of an event stop is the stop's own, not that of a signal.
    let isOwn = stopClass == .interrupt
    let history = isOwn ? nil : task.signals.histories.first { $0.signal == signal }
    let since = history?.firstPending.flatMap { $0 < stop ? $0 : nil }
    return Intervention(
      stop: stop, stopClass: stopClass, signal: isOwn ? nil : signal,
      info: isOwn ? nil : facts.interveningSignal ?? history?.info, pendingSince: since)
  }

  // MARK: Findings

  private var findings: [Finding] {
    var found = task.remnants
    for mishap in course.mishaps {
      switch mishap.what {
      case .notPutBack(let item):
        found.append(
          Finding(kind: .putBackFailed, event: mishap.event, sentence: sentence(for: item)))
      case .fallback(let fallback):
        found.append(
          Finding(
            kind: .fallback, event: mishap.event,
            sentence:
              "\(fallback.to.name) was taken instead of \(fallback.from.name): "
              + fallback.reason.name))
      case .lost(let count) where mishap.event != facts.gap:
        found.append(
          Finding(kind: .gap, event: mishap.event, sentence: "\(Judge.events(count)) lost"))
      case .lost: break
      }
    }
    if let event = facts.selfCured {
      found.append(
        Finding(
          kind: .selfCured, event: event,
          sentence: "the task went back to its own registers by itself"))
    }
    if let event = facts.registersDiffer {
      found.append(
        Finding(
          kind: facts.isMended ? .registersMended : .registersDiffer, event: event,
          sentence: differences
            + (facts.isMended ? "; the tracer wrote the saved ones afterwards" : "")))
    }
    if let detached = facts.detached, facts.detachedArmed {
      found.append(
        Finding(
          kind: .detachedArmed, event: detached,
          sentence:
            "detached with DR7 armed: the task will be killed by SIGTRAP when it comes to \(armedAt)"
        ))
    } else if facts.isArmed, facts.detached == nil,
      facts.ended == nil || facts.tracerEnded != nil, let armed = facts.armed
    {
      found.append(
        Finding(
          kind: .leftArmed, event: armed,
          sentence:
            "the trace ends with DR7 armed: without its tracer the task will be killed by SIGTRAP"
            + " when it comes to \(armedAt)"))
    }
    if facts.verdict == .landed, let intervention {
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

  private var differences: String {
    guard let saved = facts.saved, let found = facts.differing else {
      return "registers after rt_sigreturn are not the saved ones"
    }
    // An observer in the kernel sees no segment bases and data segments.
    let unseen: Set<Registers.Name> =
      facts.capabilities.contains(.showsOwnSigreturn)
      ? [.fsBase, .gsBase, .ds, .es, .fs, .gs] : []
    let names = found.differencesAfterSigreturn(from: saved).filter { !unseen.contains($0) }
      .map { $0.text }
    return "registers after rt_sigreturn are not the saved ones: "
      + names.joined(separator: ", ")
  }

  // MARK: Words shared with the sentence

  /// The phase in which an event lies.
  func phase(of event: UInt32) -> Phase? { task.phases.phase(of: event) }

  static func events(_ count: UInt64) -> String {
    count == 1 ? "1 event" : "\(count) events"
  }
}
