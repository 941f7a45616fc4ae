internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What goes wrong between the interrupt of fini and the exit of rt_sigreturn.
extension Rules {
  /// A stopping or a fatal signal came where the breakpoint or rt_sigreturn was awaited.
  static func stopInFini(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard let stop = facts.intervening, let event = reading.timeline.event(stop),
      case .stop(let record) = event.payload, let signal = record.signal,
      record.stopClass == .signalDelivery || record.stopClass == .groupStop, signal != .trap
    else { return [] }
    // After the entry of rt_sigreturn no code of the parasite runs: see badFrame.
    if signal == .segmentation, facts.sigreturnEntry.map({ $0 < stop }) ?? false { return [] }
    return [
      interveningSignal(
        signal, reading, event,
        [
          Evidence(
            event: stop,
            reason:
              "\(record.stopClass.name) of \(signal), wait status \(String(record.status, radix: 16))"
          )
        ] + sender(before: event, reading) + pending(signal, reading))
    ]
  }

  private static func pending(_ signal: Signal, _ reading: CaseReading) -> [Evidence] {
    guard let since = reading.timeline.judgement.intervention?.pendingSince else { return [] }
    return [Evidence(event: since, reason: "\(signal) pending since here")]
  }

  private static func interveningSignal(
    _ signal: Signal, _ reading: CaseReading, _ event: Event, _ evidence: [Evidence]
  ) -> Diagnosis {
    let task = event.tracee.rawValue > 0 ? event.tracee : reading.task
    let name = task.map { "task \($0)" } ?? "the task"
    var consequences = reading.consequences(after: event)
    if reading.facts.detachedArmed, let detached = reading.facts.detached {
      consequences.append(
        Evidence(
          event: detached,
          reason: "detached with the breakpoint armed: \(name) dies by SIGTRAP when it gets there"))
    }
    if isCrash(signal) {
      return Diagnosis(
        .parasiteCrashed, of: task,
        "\(reading.isRestore ? "CRIU's restorer" : "the parasite") crashed by \(signal) in \(name), on its way to rt_sigreturn",
        evidence: evidence + place(of: event, reading) + lastEntry(before: event, reading),
        consequences: consequences,
        advice: [
          "The program counter and si_addr of that stop, and the bytes there, tell what it was about to do."
        ])
    }
    let cause: Cause = signal.stopsTheGroup ? .stopSignalInFini : .signalInFini
    return Diagnosis(
      cause, of: task,
      "\(signal) stopped \(name) in fini, where its tracer awaited \(awaited(reading, at: event)), and was not foreseen",
      evidence: evidence, consequences: consequences + lateNotice(reading, after: event),
      advice: [
        "Try again when no \(signal) is sent: shells, job control and container managers send it.",
        "Whether the signal was lost: compare the state of the task afterwards with a stopped one.",
      ] + armedInSilence(reading, event))
  }

  /// A log does not tell of DR7; a tracer that uses breakpoints had armed it where the surprise came.
  private static func armedInSilence(_ reading: CaseReading, _ event: Event) -> [String] {
    guard event.kind == .log, reading.facts.armed == nil,
      reading.line({ $0 == .breakpointsOff }) == nil
    else { return [] }
    return [
      "If the tracer used a breakpoint (no `Force no-breakpoints` in its log), it may have let go with that"
        + " armed: the task dies by SIGTRAP then."
    ]
  }

  /// Where a task stood when it crashed, and what was there, as far as the tracer looked.
  static func place(of event: Event, _ reading: CaseReading) -> [Evidence] {
    guard case .stop(let record) = event.payload else { return [] }
    var words: [String] = []
    if let counter = record.programCounter {
      words.append("pc \(reading.timeline.addresses.name(counter))")
    }
    if let address = record.info?.address { words.append("si_addr \(address)") }
    if let info = record.info { words.append(info.code.name(for: info.signal)) }
    var found: [Evidence] = []
    if !words.isEmpty {
      found.append(Evidence(event: event.sequence, reason: words.joined(separator: ", ")))
    }
    guard let counter = record.programCounter else { return found }
    let peek = reading.events.last {
      guard $0.tracee == event.tracee, case .request(let call) = $0.payload, call.error == nil,
        call.request.kind == .peek
      else { return false }
      return call.address <= counter.rawValue && counter.rawValue - call.address < 8
    }
    if let peek, case .request(let call) = peek.payload {
      found.append(
        Evidence(
          event: peek.sequence,
          reason: "the word at \(RemoteAddress(call.address)) is 0x\(String(call.data, radix: 16))")
      )
    }
    return found
  }

  private static func awaited(_ reading: CaseReading, at stop: Event) -> String {
    let facts = reading.facts
    if let interrupt = facts.interrupt, stop.kind == .stop,
      !reading.events.contains(where: {
        guard $0.tracee == stop.tracee, $0.sequence > interrupt, $0.sequence < stop.sequence,
          case .request(let call) = $0.payload
        else { return false }
        return call.request.resumes
      })
    {
      return "the stop of its interrupt"
    }
    // It had taken another stop for the breakpoint.
    if let disarmed = facts.disarmed, disarmed < stop.sequence { return "rt_sigreturn" }
    return facts.armed != nil || facts.addressPoked != nil ? "the breakpoint" : "rt_sigreturn"
  }

  /// The interrupt's own stop, which comes after a signal took its place, and is one more surprise.
  private static func lateNotice(_ reading: CaseReading, after event: Event) -> [Evidence] {
    let late = reading.events.first {
      guard $0.tracee == event.tracee, $0.sequence > event.sequence,
        case .stop(let record) = $0.payload
      else { return false }
      return record.stopClass == .interrupt
    }
    guard let late, reading.facts.hit == nil, reading.facts.otherEntries > 0 else { return [] }
    return [
      Evidence(
        event: late.sequence,
        reason: "the interrupt's own stop came late and was taken for the breakpoint")
    ]
  }

  /// The last system call that was seen before a crash: between it and rt_sigreturn lies the cause.
  private static func lastEntry(before event: Event, _ reading: CaseReading) -> [Evidence] {
    let last = reading.lines.last {
      guard case .willExecute = $0.record.fact else { return false }
      return $0.event.sequence < event.sequence
    }
    return last.map { [reading.evidence($0.event, "the last call before it")] } ?? []
  }

  /// A surprise in fini of which only the log tells.
  static func logStops(_ reading: CaseReading) -> [Diagnosis] {
    guard
      let line = reading.line({ if case .unexpectedState = $0 { true } else { false } }),
      case .unexpectedState(let status) = line.record.fact,
      !isInTrace(reading, status)
    else { return [] }
    let word = "0x" + String(status, radix: 16)
    let evidence = [reading.evidence(line.event, "wait status \(word)")]
    switch WaitStatus(rawValue: status) {
    case .stopped(let signal), .event(_, let signal):
      if isCrash(signal), let bug = assertion(before: line.event, reading) {
        return [
          Diagnosis(
            .parasiteCrashed, of: line.event.tracee,
            "CRIU's own code in task \(line.event.tracee) ran into an assertion (\(bug.words)), and raised \(signal)",
            evidence: [reading.evidence(bug.event, "the assertion")] + evidence,
            consequences: reading.consequences(after: line.event), advice: bug.match?.advice ?? [])
        ]
      }
      return [
        interveningSignal(
          signal, reading, line.event, evidence + sender(before: line.event, reading))
      ]
    case .killed(let signal, _):
      return [
        Diagnosis(
          .killed, of: line.event.tracee,
          "task \(line.event.tracee) was killed by \(signal) in fini", evidence: evidence,
          consequences: reading.consequences(after: line.event))
      ]
    case .exited(let code):
      return [
        Diagnosis(
          .exited, of: line.event.tracee, "task \(line.event.tracee) exited with \(code) in fini",
          evidence: evidence, consequences: reading.consequences(after: line.event))
      ]
    default:
      return [
        Diagnosis(
          .signalInFini, .possible, of: line.event.tracee,
          "fini met a wait status that it did not expect: \(word)", evidence: evidence,
          consequences: reading.consequences(after: line.event))
      ]
    }
  }

  /// CRIU's own word of an assertion that failed in a task, after which it raises a fault on purpose.
  private static func assertion(before event: Event, _ reading: CaseReading) -> ToldLine? {
    reading.told.last {
      $0.event.sequence < event.sequence && $0.match?.entry.name == "criu-assertion"
        && ($0.message.task == nil || $0.message.task == event.tracee)
    }
  }

  /// Whether the trace itself shows the stop that the log complains of as the one that came in between. It may be a
  /// later one, when the first was taken for the breakpoint (FailedDumpTests.storm).
  private static func isInTrace(_ reading: CaseReading, _ status: UInt32) -> Bool {
    guard let stop = reading.facts.intervening, let event = reading.timeline.event(stop),
      case .stop(let record) = event.payload
    else { return false }
    return record.status == status || reading.facts.disarmed == nil
  }

  static func outsideOfParasite(_ reading: CaseReading) -> [Diagnosis] {
    guard let line = reading.line({ $0 == .outsideOfBlob }) else { return [] }
    return [
      Diagnosis(
        .outsideOfParasite, of: line.event.tracee,
        "the interrupt of fini found task \(line.event.tracee) outside of the parasite",
        evidence: [reading.evidence(line.event, "it is not in the blob")],
        consequences: reading.consequences(after: line.event),
        advice: ["The parasite left by itself: its socket was closed, or it crashed before."])
    ]
  }

}
