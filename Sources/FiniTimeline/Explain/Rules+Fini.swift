internal import FiniModel

/// What goes wrong between the interrupt of fini and the exit of rt_sigreturn.
extension Rules {
  /// Armed, let run, and no stop came.
  static func breakpointMissed(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    if let missed = facts.missed, facts.addressPoked != nil || facts.armed != nil, facts.hit == nil
    {
      return [
        lostBreakpoint(
          .yes, reading, [poked(facts), Evidence(event: missed, reason: "the wait did not end")])
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

  private static func poked(_ facts: FiniMachine.Facts) -> Evidence {
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
      $0.call.debugRegisterWrite != nil && !reading.isProbe($0.event.tracee)
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
          error == .noSuchProcess
            ? "The task is gone, or not stopped any more: look for what came before."
            : "Somebody else may hold the debug registers (perf), or the address is not allowed."
        ])
    ]
  }

  /// A stopping or a fatal signal came where the breakpoint or rt_sigreturn was awaited.
  static func stopInFini(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard let stop = facts.intervening, let event = reading.timeline.event(stop),
      case .stop(let record) = event.payload, let signal = signal(of: record),
      record.stopClass == .signalDelivery || record.stopClass == .groupStop, signal != .trap
    else { return [] }
    // Behind the entry of rt_sigreturn no code of the parasite runs: see badFrame.
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
        "the parasite crashed by \(signal) in \(name), on its way to rt_sigreturn",
        evidence: evidence + lastEntry(before: event, reading), consequences: consequences,
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
        "Try again when nobody sends \(signal): shells, job control and container managers do.",
        "Whether the signal was lost: compare the state of the task afterwards with a stopped one.",
      ])
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

  /// The tracer took another stop for its breakpoint and went on.
  static func takenForBreakpoint(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard let stop = facts.intervening, let event = reading.timeline.event(stop) else { return [] }
    var what: String
    switch event.payload {
    case .stop(let record):
      guard record.stopClass != .groupStop, signal(of: record) == .trap else { return [] }
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
    return [
      Diagnosis(
        .falseBreakpoint, isSure ? .yes : .possible, of: task,
        isSure
          ? "\(what) was taken for the breakpoint in \(name): the tracer noticed nothing"
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
            "The breakpoint did not fire; fini went on by tracing system calls, slower and otherwise well.",
          ]
          : [
            "The beginning of the log tells the version: from 2.10 until 3.18 CRIU uses no breakpoints, and"
              + " `Force no-breakpoints` says so too."
          ],
        isHarmless: !isSure && reading.endedWell)
    ]
  }

  /// The tracee ended in fini, or before it while it was traced.
  static func endedInFini(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard facts.detached == nil, facts.sigreturnExit == nil, let task = reading.task,
      !reading.isProbe(task)
    else { return [] }
    // Of a child that it only tried something with a tracer may hear no more than that.
    let reported = reading.isInfected ? reading.reportedEnd(of: task) : nil
    guard let event = facts.ended.flatMap({ reading.timeline.event($0) }) ?? reported?.event else {
      return vanished(task, reading)
    }
    let ended = event.sequence
    let phase = phaseName(before: event, of: task, reading)
    switch facts.ending ?? reported?.ending {
    case .killed(let signal, _):
      // What becomes of the tracer's own children is its own affair.
      guard reading.isTaken || reading.isInfected else { return [] }
      return [
        Diagnosis(
          .killed, of: task, "task \(task) was killed by \(signal) in \(phase)",
          evidence: [Evidence(event: ended, reason: "killed by \(signal)")]
            + sender(before: event, reading),
          consequences: reading.consequences(after: event),
          advice: signal == .kill
            ? ["The kernel's log tells whether it was out of memory."] : [])
      ]
    case .exited(let code):
      // Who only watches a program lets it come to its end.
      guard reading.isInfected else { return [] }
      return [
        Diagnosis(
          .exited, of: task, "task \(task) exited with \(code) in \(phase)",
          evidence: [Evidence(event: ended, reason: "exited")],
          consequences: reading.consequences(after: event))
      ]
    case nil: return []
    }
  }

  /// A tracee that was stopped, and then was not there any more.
  private static func vanished(_ task: TaskID, _ reading: CaseReading) -> [Diagnosis] {
    guard let (event, call) = reading.vanished(task) else { return [] }
    let phase = phaseName(before: event, of: task, reading)
    return [
      Diagnosis(
        .killed, .possible, of: task,
        "task \(task) was stopped and then gone, in \(phase): most likely it was killed",
        evidence: [
          Evidence(event: event.sequence, reason: "\(call.request) = ESRCH on a stopped task")
        ],
        consequences: reading.consequences(after: event),
        advice: ["The kernel's log tells whether it was out of memory."])
    ]
  }

  private static func phaseName(
    before event: Event, of task: TaskID, _ reading: CaseReading
  ) -> String {
    let last = reading.events.last { $0.tracee == task && $0.sequence <= event.sequence }
    return last.flatMap { reading.timeline.phase(of: $0.sequence)?.name } ?? "the middle of it"
  }

  /// A surprise in fini of which only the log tells.
  static func logStops(_ reading: CaseReading) -> [Diagnosis] {
    guard
      let line = reading.line({ if case .unexpectedState = $0 { true } else { false } }),
      case .unexpectedState(let status) = line.record.fact,
      !isInTrace(reading)
    else { return [] }
    let word = "0x" + String(status, radix: 16)
    let evidence = [reading.evidence(line.event, "wait status \(word)")]
    switch WaitStatus(rawValue: status) {
    case .stopped(let signal), .event(_, let signal):
      return [interveningSignal(signal, reading, line.event, evidence)]
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

  /// Whether the trace itself shows the stop that the log complains of.
  private static func isInTrace(_ reading: CaseReading) -> Bool {
    guard let stop = reading.facts.intervening, let event = reading.timeline.event(stop) else {
      return false
    }
    return event.kind == .stop
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

  /// A wait that hangs anywhere but at the breakpoint.
  static func hangs(_ reading: CaseReading) -> [Diagnosis] {
    for event in reading.events {
      guard case .missed(let missed) = event.payload, event.source != .engine,
        missed.awaited != .breakpoint
      else { continue }
      let since =
        missed.waited > 0 ? " for \(CaseReading.words(nanoseconds: Int64(missed.waited)))" : ""
      return [
        Diagnosis(
          .hangs, missed.waited > 0 ? .yes : .possible, of: event.tracee,
          "the tracer waits\(since) for task \(event.tracee): no \(missed.awaited.name) came",
          evidence: [Evidence(event: event.sequence, reason: "the wait did not end")],
          advice: ["Look at State, wchan and the program counter of the task while it hangs."])
      ]
    }
    return []
  }

  /// A wait that something else than a stop ended, after a long time: an alarm, a Ctrl-C.
  static func interruptedWait(_ reading: CaseReading) -> [Diagnosis] {
    guard !reading.endedWell, reading.tracerEnd == nil else { return [] }
    for (index, event) in reading.events.enumerated() {
      guard case .wait(let call) = event.payload, call.result < 0, call.result != -10,
        event.source != .engine
      else { continue }
      // Without -T the next thing that the tracer does tells how long it was.
      let next = reading.events[index...].dropFirst().first { $0.tracer == event.tracer }
      let waited = max(event.duration, next.map { $0.entered - event.entered } ?? 0)
      guard waited >= ForeignStream.hang else { continue }
      let whom = call.target.rawValue > 0 ? "task \(call.target)" : "its tasks"
      return [
        Diagnosis(
          .hangs, of: call.target.rawValue > 0 ? call.target : reading.task,
          "the tracer waited \(CaseReading.words(nanoseconds: waited)) for \(whom), and no stop came",
          evidence: [Evidence(event: event.sequence, reason: "the wait told of no stop")]
            + (next.map { [Evidence(event: $0.sequence, reason: "what came instead")] } ?? []),
          advice: [
            "Look at State and wchan of the task: in state D, or frozen by its control group, it can't stop."
          ])
      ]
    }
    return []
  }

  /// A trace of signals alone: who killed whom is all that it can tell.
  static func signalsAlone(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.hasNoCalls else { return [] }
    if let (event, ending) = reading.tracerEnd, case .killed(let signal, _) = ending {
      return [
        Diagnosis(
          .killed, of: event.tracee.rawValue > 0 ? event.tracee : nil,
          "the traced program was killed by \(signal); it made no ptrace call",
          evidence: [Evidence(event: event.sequence, reason: "killed by \(signal)")],
          advice: signal == .trap
            ? [
              "A tracer that let it go with a breakpoint armed, or that lost its handler of SIGTRAP, leaves it"
                + " like that: DR7, and bit 4 of SigCgt in /proc/PID/status, would tell."
            ] : [])
      ]
    }
    let killed = reading.events.first {
      guard case .signal(let record) = $0.payload else { return false }
      return record.fate == .generated && record.info.signal == .kill
    }
    guard let killed, case .signal(let record) = killed.payload else { return [] }
    let from = record.info.sender.map { " by task \($0)" } ?? " by the kernel"
    return [
      Diagnosis(
        .killed, .possible, of: killed.tracee,
        "SIGKILL was sent to task \(killed.tracee)\(from); the trace shows signals alone",
        evidence: [Evidence(event: killed.sequence, reason: "SIGKILL sent\(from)")],
        advice: ["An strace of the tracer beside it shows what it did until then."])
    ]
  }
}
