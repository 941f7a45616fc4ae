internal import FiniModel
internal import FiniProof

/// The end of a task that is traced.
extension Rules {
  /// The tracee ended in fini, or before it while it was traced.
  static func endedInFini(_ reading: CaseReading) -> [Diagnosis] {
    let facts = reading.facts
    guard facts.detached == nil, facts.sigreturnExit == nil, let task = reading.task,
      !reading.isProbe(task), !reading.tracerDiedFirst
    else { return [] }
    // Of a task that it took hold of a tracer may hear by SIGCHLD alone.
    let reported =
      reading.isInfected || reading.account.seized != nil
      ? reading.tracer.reportedEnd(of: task) : nil
    guard let event = facts.ended.flatMap({ reading.timeline.event($0) }) ?? reported?.event else {
      return vanished(task, reading)
    }
    let ended = event.sequence
    switch facts.ending ?? reported?.ending {
    case .killed(let signal, _):
      // What becomes of the tracer's own children is its own affair.
      guard
        reading.isTaken || reading.isInfected || reading.beginsInTheMiddle
          || signal == .trap && ownTrapThatKilled(task, before: event, reading) != nil
      else { return [] }
      if signal == .kill, reading.endedTasksItself(before: event) { return [] }
      // So is what becomes of a child that it only tries something with, which SIGCHLD alone tells.
      if event.kind == .signal, !reading.isInfected, facts.armed == nil,
        reading.killSent(to: task, before: event) == nil,
        killAsked(of: task, before: event, reading) == nil
      {
        return []
      }
      let cause = cause(of: signal, task, before: event, reading)
      return [
        Diagnosis(
          .killed, of: task, "task \(task) \(cause.words)",
          evidence: [Evidence(event: ended, reason: "killed by \(signal)")] + cause.evidence
            + sender(before: event, reading),
          consequences: reading.consequences(after: event),
          advice: adviceOnDeath(by: signal, task, before: event, reading),
          collect: signal == .kill && cause.evidence.isEmpty
            ? ["The kernel's log tells whether it was out of memory."] : [])
      ]
    case .exited(let code):
      if let call = exitCalled(by: task, with: code, before: event, reading) {
        return [
          Diagnosis(
            .exited, of: task,
            "task \(task) exited with \(code): its tracer had it call \(call.name)(\(code))",
            evidence: [
              Evidence(event: call.event, reason: "the registers of that call were written"),
              Evidence(event: ended, reason: "exited"),
            ],
            consequences: reading.consequences(after: event))
        ]
      }
      // A tracer that only watches a program, or started it, lets it come to its end.
      guard reading.isInfected || facts.armed != nil, reading.isTaken,
        facts.interrupt != nil || code != 0 || !reading.lines.isEmpty
      else { return [] }
      return [
        Diagnosis(
          .exited, of: task, "task \(task) exited with \(code)\(place(event, of: task, reading))",
          evidence: [Evidence(event: ended, reason: "exited")],
          consequences: reading.consequences(after: event))
      ]
    case nil: return vanished(task, reading)
    }
  }

  /// What helps against an end by a filter of system calls.
  private static func adviceOnDeath(
    by signal: Signal, _ task: TaskID, before end: Event, _ reading: CaseReading
  ) -> [String] {
    guard signal == .badCall, reading.injectedCall(of: task, before: end) != nil else { return [] }
    return [
      "grep Seccomp /proc/PID/status: 2 is a filter.",
      "PTRACE_O_SUSPEND_SECCOMP lets a tracer with CAP_SYS_ADMIN switch it off while it traces (Linux 4.3).",
    ]
  }

  /// A tracee that was stopped, and then was not there any more.
  private static func vanished(_ task: TaskID, _ reading: CaseReading) -> [Diagnosis] {
    guard let refusal = reading.vanished else { return [] }
    let (event, request) = (refusal.event, refusal.call.request)
    return [
      Diagnosis(
        .killed, .possible, of: task,
        "task \(task) was stopped and then gone\(place(event, of: task, reading)): most likely it was killed",
        evidence: [
          Evidence(event: event.sequence, reason: "\(request) = ESRCH on a stopped task")
        ],
        consequences: reading.consequences(after: event),
        collect: ["The kernel's log tells whether it was out of memory."])
    ]
  }

  /// Where in the tracer's work something happened, as the end of a sentence; nothing of one that only watches. The
  /// phases of a cure are named only where there is a cure.
  static func place(
    _ event: Event, of task: TaskID, _ reading: CaseReading
  ) -> String {
    if reading.facts.interrupt == nil, !reading.isInfected, reading.lines.isEmpty { return "" }
    guard reading.showsCure else {
      guard let call = reading.injectedCall(of: task, before: event) else {
        return reading.isInfected ? " while it ran for its tracer" : ""
      }
      return " at the injected system call \(call.name)"
    }
    let last = reading.events.last { $0.tracee == task && $0.sequence <= event.sequence }
    let phase = last.flatMap { reading.timeline.phase(of: $0.sequence)?.name }
    return " in \(phase ?? (reading.facts.interrupt != nil ? "fini" : "the middle of it"))"
  }
}
