internal import FiniCatalogue
internal import FiniModel
internal import FiniProof

/// What a tracer leaves in a task.
extension Rules {
  /// The tracer ended while it held the task.
  static func tracerDied(_ reading: CaseReading) -> [Diagnosis] {
    if let found = logBreaksOff(reading) { return [found] }
    guard let task = reading.task, reading.facts.detached == nil,
      reading.facts.ended == nil || reading.tracerDiedFirst,
      reading.tracer.reportedEnd(of: task) == nil, reading.vanished == nil
    else { return [] }
    let isHeld = reading.subjects.all.contains { $0.task == task }
    if let end = reading.tracer.end, isHeld {
      let how: String
      switch end.ending {
      case .killed(let signal, _): how = "was killed by \(signal)"
      case .exited(let code): how = "exited with \(code)"
      }
      // A task of which a tracer only read is let go by the kernel, as it was.
      if case .exited(code: 0) = end.ending, reading.account.changed == nil, !reading.facts.isArmed
      {
        return []
      }
      // It gave up, after what was refused to it.
      if case .exited = end.ending,
        !neverStopped(reading).isEmpty || !askedWhileRunning(reading).isEmpty
          || !wrongCaller(reading).isEmpty
      {
        return []
      }
      // It never got it to stop: see stopOverdue. It hung before it was ended: see newbornLeft.
      if reading.overdueStop != nil || isHung(reading) { return [] }
      let phase = reading.tracer.steps[task]
        .flatMap { reading.timeline.phase(of: $0.upperBound)?.name }
      let armed =
        reading.facts.isArmed
        ? reading.facts.armedAddress.map { ", with a breakpoint at \($0) armed" } : nil
      return [
        Diagnosis(
          .tracerDied, of: task,
          "the tracer \(how) while it held task \(task)"
            + (reading.showsCure ? phase.map { ", in \($0)" } ?? "" : armed ?? ""),
          evidence: [Evidence(event: end.event.sequence, reason: "the tracer \(how)")]
            + last(of: task, reading),
          consequences: leftovers(reading), advice: adviceForLeftovers(reading))
      ]
    }
    // A log that stops in fini: its writer stopped as well, or hangs.
    guard let line = reading.line({ if case .leaving = $0 { true } else { false } }),
      reading.line({ $0 == .failed || $0 == .finished }) == nil, reading.facts.hit == nil,
      reading.facts.sigreturnExit == nil, reading.facts.intervening == nil, !isHeld
    else { return [] }
    return [
      Diagnosis(
        .tracerDied, .possible, of: task,
        "the log ends in fini: the tracer was killed there, or hangs",
        evidence: [reading.evidence(line.event, "the last thing that it tells")],
        advice: [
          "If the task was killed by SIGTRAP afterwards, the tracer died with the breakpoint armed."
        ])
    ]
  }

  /// A log without an end, of a tracer that had begun.
  private static func logBreaksOff(_ reading: CaseReading) -> Diagnosis? {
    guard reading.subjects.all.isEmpty, let last = reading.lines.last,
      reading.line({ $0 == .failed || $0 == .finished || $0 == .timedOut }) == nil,
      // It shows a whole fini, and what a dump does after it is of no account here.
      reading.timeline.judgement.verdict != .landed, !reading.hasFailed,
      outOfMemory(reading).isEmpty,
      // What a program that starts CRIU warns of is no log of CRIU's.
      !reading.told.allSatisfy({ $0.isOfWrapper && $0.match?.entry.kind == .warning })
    else { return nil }
    if reading.parasiteLeftByItself,
      let line = reading.line({ if case .leaving = $0 { true } else { false } })
    {
      return Diagnosis(
        .tracerDied, .possible, of: reading.task,
        "the parasite left by itself, before its tracer asked it to: the tracer ended, or its socket was closed",
        evidence: [reading.evidence(line.event, "the parasite leaves")],
        advice: ["The parasite has put the task back by itself; its memory stays mapped there."],
        collect: [
          "The kernel's log, or the end of an strace of the tracer, tells what ended the tracer."
        ])
    }
    guard reading.lines.allSatisfy({ $0.record.severity != .error }),
      reading.line({ if case .leaving = $0 { true } else { false } }) == nil,
      reading.lines.contains(where: { $0.record.fact.isStep || $0.record.severity == .info })
    else { return nil }
    let held = onTheirWay(reading)
    let strange = trappedInPlace(reading)
    return Diagnosis(
      .tracerDied, .possible, of: held.first ?? reading.task,
      strange.map {
        "task \($0.trapped) was trapped where the tracer waited for task \($0.awaited), and the log ends there"
      }
        ?? (held.isEmpty
          ? "the log ends\(lastWords(reading)): the tracer was killed, hangs, or the log is not whole"
          : "the log ends with \(held.count == 1 ? "task" : "tasks")"
            + " \(held.prefix(8).map { "\($0)" }.joined(separator: ", ")) on the way through rt_sigreturn:"
            + " the tracer waits for a stop, or was killed there"),
      evidence: [reading.evidence(last.event, "the last thing that it tells")],
      collect: [
        "The end of an strace of the tracer tells whether it was killed.",
        "While it hangs: its stack (gdb -p), and State and wchan of the task.",
      ])
  }

  /// What the log tells last, for a headline.
  private static func lastWords(_ reading: CaseReading) -> String {
    guard let last = reading.told.last, !last.message.text.isEmpty else { return " in the middle" }
    return " after \"\(ToldLine.cut(last.message.text, to: 48))\""
  }

  /// A task that was trapped although another one was waited for, and that one was not: one outside of the tree, that
  /// another tracer or the same control group has brought in.
  private static func trappedInPlace(
    _ reading: CaseReading
  ) -> (trapped: TaskID, awaited: TaskID)? {
    let awaited = reading.lines.compactMap {
      $0.record.fact == .waitsForTrap && $0.event.tracee.rawValue > 0 ? $0.event.tracee : nil
    }
    let trapped = reading.lines.compactMap {
      $0.record.fact == .trapped && $0.event.tracee.rawValue > 0 ? $0.event.tracee : nil
    }
    guard let last = awaited.last, !trapped.contains(last),
      let strange = trapped.last(where: { !awaited.contains($0) })
    else { return nil }
    return (strange, last)
  }

  /// The tasks that were trapped on their way out and are not told to have come through.
  private static func onTheirWay(_ reading: CaseReading) -> [TaskID] {
    var found: [TaskID] = []
    for (event, record) in reading.lines where event.tracee.rawValue > 0 {
      switch record.fact {
      case .trapped where !found.contains(event.tracee): found.append(event.tracee)
      case .stoppedAtExit: found.removeAll { $0 == event.tracee }
      default: break
      }
    }
    return found
  }

  private static func last(of task: TaskID, _ reading: CaseReading) -> [Evidence] {
    guard let steps = reading.tracer.steps[task],
      let last = reading.timeline.event(steps.upperBound)
    else { return [] }
    var words = "the last step: \(last.kind.name)"
    // A wait that came back with nothing was still under way when the tracer's end came.
    if case .wait(let call) = last.payload, call.result < 0,
      let end = reading.tracer.end?.event.entered.rawValue,
      end > last.entered.rawValue + 1_000_000_000
    {
      let waited = CaseReading.words(nanoseconds: Int64(end - last.entered.rawValue))
      words += ", which had lasted \(waited) and told of no stop"
    }
    return [Evidence(event: last.sequence, reason: words)]
  }

  private static func leftovers(_ reading: CaseReading) -> [Evidence] {
    var found: [Evidence] = []
    if let armed = reading.timeline.breakpoints.last, armed.disarmed == nil {
      found.append(
        Evidence(
          event: armed.armed,
          reason: "the breakpoint was armed: the task dies by SIGTRAP when it gets there"))
    }
    if reading.tracerDiedFirst, let ended = reading.facts.ended, let ending = reading.facts.ending {
      let how: String
      switch ending {
      case .exited(let code): how = "exited with \(code)"
      case .killed(let signal, _): how = "was killed by \(signal)"
      }
      found.append(Evidence(event: ended, reason: "without its tracer the task \(how)"))
    }
    return found
  }

  private static func adviceForLeftovers(_ reading: CaseReading) -> [String] {
    guard let armed = reading.timeline.breakpoints.last, armed.disarmed == nil else { return [] }
    return ["A breakpoint outlives its tracer: only another tracer can disarm it (DR7 = 0)."]
  }

  /// SIGTRAP was blocked when the breakpoint forced it.
  static func trapBlocked(_ reading: CaseReading) -> [Diagnosis] {
    guard let trap = reading.account.blockedTrap else { return [] }
    return [
      Diagnosis(
        .trapBlocked, of: reading.task,
        "SIGTRAP was blocked while the breakpoint was armed: the kernel forces it all the same,"
          + " and sets the task's own handler of SIGTRAP back to the default",
        evidence: [
          Evidence(event: trap.mask, reason: "the mask has SIGTRAP in it"),
          Evidence(event: trap.resumed, reason: "let run with the breakpoint armed"),
        ],
        advice: [
          "SigCgt in /proc/PID/status loses bit 4: programs with a SIGTRAP handler (Java virtual machines)"
            + " die later. Tracers newer than 2021 leave SIGTRAP unblocked."
        ])
    ]
  }

  static func detachedArmed(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.facts.detachedArmed, let detached = reading.facts.detached else { return [] }
    let name = reading.task.map { "task \($0)" } ?? "the task"
    return [
      Diagnosis(
        .detachedArmed, of: reading.task,
        "\(name) was let go with the breakpoint armed: it is killed by SIGTRAP if it gets there",
        evidence: [
          reading.facts.armed.map { Evidence(event: $0, reason: "DR7 armed") },
          Evidence(event: detached, reason: "detached; DR7 was not cleared"),
        ].compactMap { $0 },
        advice: ["A tracer must write DR7 = 0 on every way out."])
    ]
  }
}
