internal import FiniModel
internal import FiniProof

/// What goes wrong with the breakpoint before rt_sigreturn.
extension Rules {
  /// Armed, let run, and no stop came.
  static func breakpointMissed(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    if let missed = facts.missed, facts.addressPoked != nil || facts.armed != nil, facts.hit == nil
    {
      return [
        lostBreakpoint(
          hasWaited(at: missed, reading) ? .yes : .possible, reading,
          [poked(facts), Evidence(event: missed, reason: "the wait did not end")])
      ]
    }
    guard let line = reading.line({ if case .leaving = $0 { true } else { false } }),
      !reading.parasiteLeftByItself, facts.hit == nil, facts.sigreturnEntry == nil,
      facts.intervening == nil, facts.ended == nil,
      reading.line({ $0 == .failed || $0 == .finished || $0 == .breakpointsOff }) == nil,
      reading.lines.last.map({ $0.event.sequence == line.event.sequence }) ?? false
    else { return [] }
    // The parasite was about to leave, and its tracer never wrote another line.
    return [
      lostBreakpoint(
        .possible, reading, [reading.evidence(line.event, "the last line: the parasite leaves")])
    ]
  }

  /// Whether the wait is the last that the tracer did, and not the last line of an excerpt.
  private static func hasWaited(at missed: UInt32, _ reading: CaseReading) -> Bool {
    guard case .missed(let record)? = reading.timeline.event(missed)?.payload else { return true }
    return record.waited > 0 || reading.tracer.end != nil || reading.account.seized != nil
  }

  private static func poked(_ facts: FiniLedger) -> Evidence {
    facts.armed.map { Evidence(event: $0, reason: "DR7 armed") }
      ?? Evidence(event: facts.addressPoked ?? 0, reason: "DR0 written; nothing shows that DR7 was")
  }

  private static func lostBreakpoint(
    _ certainty: Diagnosis.Certainty, _ reading: CaseReading, _ evidence: [Evidence]
  ) -> Diagnosis {
    let task = reading.task
    let name = task.map { "task \($0)" } ?? "the task"
    return Diagnosis(
      .breakpointMissed, certainty, of: task,
      certainty == .yes
        ? "the breakpoint before rt_sigreturn never fired: \(name) was let run, and no stop came"
        : reading.facts.missed != nil
          ? "the trace ends in the wait for the breakpoint in \(name): it never fired, or the trace breaks off there"
          : "the tracer waits since \(name) left the parasite: a breakpoint that never fires, or the tracer was killed there",
      evidence: evidence,
      advice: [
        "The task has most likely left the parasite already: look at its State, program counter and DR6"
          + " (0: the breakpoint was never hit).",
        "Some virtual machines lose hardware breakpoints (gdb's hbreak fails there as well): try"
          + " CRIU_FAULT=130, which traces system calls, and `criu check --feature breakpoints`.",
        "Ending the tracer lets the task go on.",
      ])
  }

  static func breakpointRefused(_ reading: CaseReading) -> [Diagnosis] {
    let refused = reading.refusals.first {
      // A task that is gone refuses everything.
      $0.call.debugRegisterWrite != nil && $0.call.error != .noSuchProcess
        && !reading.isProbe($0.event.tracee)
    }
    let said = reading.line { $0 == .breakpointRefused }
    guard let event = refused?.event ?? said?.event else { return [] }
    let error = refused?.call.error
    return [
      Diagnosis(
        .breakpointRefused, of: event.tracee.rawValue > 0 ? event.tracee : reading.task,
        "a debug register of the task could not be written\(error.map { " (\($0))" } ?? "")",
        evidence: [reading.evidence(event, "POKEUSER of a debug register was refused")],
        consequences: reading.consequences(after: event),
        advice: [
          "Something else may hold the debug registers (perf, another debugger), or the address is not allowed."
        ])
    ]
  }

  /// The tracer took another stop for its breakpoint and went on.
  static func takenForBreakpoint(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard let stop = facts.intervening, let event = reading.timeline.event(stop) else { return [] }
    var what: String
    switch event.payload {
    case .stop(let record):
      guard record.stopClass != .groupStop, record.signal == .trap else { return [] }
      // Without its siginfo it may have been the breakpoint, unless something else was entered after it.
      if record.stopClass == .unknown, record.info == nil, facts.otherEntries == 0 { return [] }
      what =
        record.stopClass == .interrupt
        ? "the notice of a SIGCONT, or a late interrupt,"
        : record.info.map { words(for: $0) } ?? "a SIGTRAP that was not the breakpoint's"
    case .log:
      guard facts.interveningClass == .unknown else { return [] }
      what = "a stop that was not the breakpoint's"
    default: return []
    }
    guard facts.otherEntries > 0 || facts.sigreturnEntry != nil || facts.disarmed != nil,
      // Before the breakpoint fired as it should, it was taken for something else.
      facts.hit == nil || facts.otherEntries > 0
    else { return [] }
    let task = event.tracee.rawValue > 0 ? event.tracee : reading.task
    let name = task.map { "task \($0)" } ?? "the task"
    let count = facts.otherEntries
    // A log that does not say which version wrote it: that one may have gone without breakpoints.
    let isSure = event.kind != .log || reading.timeline.judgement.verdict != .undetermined
    // The next surprise it met, and gave up: see logStops.
    let isNoticed =
      reading.line({ if case .unexpectedState = $0 { true } else { false } })
      .map { $0.event.sequence > stop } ?? false
    return [
      Diagnosis(
        .falseBreakpoint, isSure ? .yes : .possible, of: task,
        isSure
          ? "\(what) was taken for the breakpoint in \(name)"
            + (isNoticed ? ", which had not fired" : ": the tracer noticed nothing")
          : "\(what) may have been taken for it in \(name), or the tracer went without breakpoints",
        evidence: [Evidence(event: stop, reason: "the stop that was taken for the breakpoint")]
          + sender(before: event, reading)
          + (facts.sigreturnEntry.map {
            [
              Evidence(
                event: $0,
                reason:
                  "rt_sigreturn only here, after \(count) other \(count == 1 ? "call" : "calls")")
            ]
          } ?? []),
        advice: isSure
          ? [
            "A signal that was taken like that is swallowed: the task never gets it.",
            "The breakpoint did not fire; fini went on by tracing system calls"
              + (isNoticed ? "." : ", slower and otherwise well."),
          ]
          : [
            "The beginning of the log tells the version: from 2.10 until 3.18 CRIU uses no breakpoints, and"
              + " `Force no-breakpoints` says so too."
          ],
        isHarmless: !isSure && reading.endedWell)
    ]
  }

  /// The breakpoint was the right one, and the task entered something else before rt_sigreturn.
  static func wrongCall(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard facts.armed != nil, let hit = facts.hit, facts.intervening == nil,
      facts.otherEntries > 0, let task = reading.task
    else { return [] }
    let entry = reading.events.first {
      guard $0.tracee == task, $0.sequence > hit, case .stop(let record) = $0.payload,
        record.stopClass == .syscallEntry, let call = record.syscall
      else { return false }
      return !call.isSigreturn
    }
    guard let entry, case .stop(let record) = entry.payload, let call = record.syscall else {
      return []
    }
    let isNamed = call.abi == nil || call.abi == .x86_64
    let name = (isNamed ? SyscallNumber.name(call.number) : nil) ?? "call \(call.number)"
    return [
      Diagnosis(
        .wrongCall, of: task,
        "task \(task) entered \(name) after the breakpoint, where rt_sigreturn has to come",
        evidence: [
          Evidence(event: hit, reason: "the breakpoint"),
          Evidence(event: entry.sequence, reason: "syscall-entry of \(name)"),
        ],
        advice: [
          "The breakpoint stands at the wrong place, or the parasite is not the one that its tracer knows."
        ])
    ]
  }
}
