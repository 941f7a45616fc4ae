internal import FiniModel
internal import FiniProof

/// What becomes of a task by the way in which its tracer leaves it.
extension Rules {
  /// Let go with a signal that is not the task's own: the fourth argument of PTRACE_DETACH.
  static func signalGiven(_ reading: CaseReading) -> [Diagnosis] {
    guard let given = reading.account.givenSignal, let task = reading.task,
      reading.source != .engine, !reading.isProbe(task), given.signal != .continue
    else { return [] }
    let what: String
    switch given.signal {
    case .kill: what = "it dies of it"
    case .stop: what = "it stays stopped"
    default: what = "it dies of it unless it handles or ignores it"
    }
    return [
      Diagnosis(
        .signalGiven, of: task,
        "task \(task) was let go with \(given.signal), a signal that its tracer gave it: \(what)",
        evidence: [
          Evidence(event: given.stop, reason: "what it had stopped for"),
          Evidence(event: given.detached, reason: "PTRACE_DETACH with \(given.signal)"),
        ])
    ]
  }

  /// Let go at an address where nothing is mapped.
  static func sentNowhere(_ reading: CaseReading) -> [Diagnosis] {
    guard let sent = reading.account.sentNowhere, reading.account.isLetGo, let task = reading.task,
      !reading.isProbe(task), reading.facts.sigreturnExit == nil
    else { return [] }
    return [
      Diagnosis(
        .registersLeft, of: task,
        "task \(task) was let go at \(sent.address), where nothing is mapped: it dies of SIGSEGV",
        evidence: [Evidence(event: sent.event, reason: "its registers were written")])
    ]
  }

  /// A call that the task made for its tracer, and that failed: a note where the tracer went on and ended well.
  static func callFailed(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.endedWell, reading.source == .strace, reading.facts.interrupt == nil,
      let failure = reading.account.memory.lastFailure, let task = reading.task,
      errorTakenForAddress(reading).isEmpty
    else { return [] }
    let name = failure.name

    return [
      Diagnosis(
        .requestRefused, of: task,
        "\(name), which task \(task) called for its tracer, failed (\(failure.error))",
        evidence: [Evidence(event: failure.event, reason: "its result")], isHarmless: true)
    ]
  }

  /// PTRACE_O_EXITKILL, and the tracer ended while it held the task.
  static func diesWithTracer(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.account.diesWithTracer, let task = reading.task, !reading.isProbe(task),
      case .tracerEnded(let end) = reading.account.fate, reading.facts.ended == nil,
      reading.tracer.reportedEnd(of: task) == nil,
      // What its tracer hung on before it was ended comes first.
      !isHung(reading)
    else { return [] }
    return [
      Diagnosis(
        .killed, of: task,
        "task \(task) was killed as its tracer ended: PTRACE_O_EXITKILL was set, and it was not let go",
        evidence: [Evidence(event: end, reason: "the tracer ended")])
    ]
  }

  /// Taken by PTRACE_SEIZE, never stopped, and asked for what only a stopped task does.
  static func neverStopped(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.tracer.end != nil, let task = reading.task, !reading.isProbe(task),
      reading.account.seized != nil, reading.account.firstStop == nil,
      reading.facts.ended == nil, reading.tracer.reportedEnd(of: task) == nil,
      reading.tracer.taken[task] != nil
    else { return [] }
    let refused = reading.refusals.filter {
      $0.event.tracee == task && $0.call.error == .noSuchProcess
    }
    guard let first = refused.first else { return [] }
    return [
      Diagnosis(
        .requestRefused, of: task,
        "\(first.call.request) found task \(task) not stopped (ESRCH): its tracer took it and did not wait for a stop",
        evidence: refused.prefix(4).map {
          Evidence(event: $0.event.sequence, reason: "\($0.call.request) = ESRCH")
        },
        advice: reading.isSeized(task)
          ? [
            "After PTRACE_SEIZE a task runs on: PTRACE_INTERRUPT stops it, and waitpid tells of the stop."
          ]
          : [
            "PTRACE_ATTACH sends a SIGSTOP, and waitpid tells of the stop: wait for that before the next request.",
            "Its SIGSTOP may have come after the tracer was gone: `kill -CONT \(task)`, if its State is T.",
          ])
    ]
  }

  /// A request on a task that no tracer of this trace has taken hold of.
  static func neverTaken(_ reading: CaseReading) -> [Diagnosis] {
    // The whole of a trace: what it does not show was not done.
    guard reading.tracer.end != nil, reading.source == .strace, !reading.isInfected,
      reading.facts.interrupt == nil, !reading.tracer.taken.isEmpty
    else { return [] }
    let refused = reading.refusals.first { refusal in
      let task = refusal.event.tracee
      switch refusal.call.request.kind {
      case .seize, .attach, .traceMe: return false
      default: break
      }
      return refusal.call.error == .noSuchProcess && task.rawValue > 0
        && reading.tracer.taken[task] == nil
        && !reading.refusals.contains {
          $0.event.tracee == task && [.seize, .attach].contains($0.call.request.kind)
        }
        && !reading.events.contains { $0.tracee == task && $0.kind == .stop }
    }
    guard let refused else { return [] }
    let task = refused.event.tracee
    return [
      Diagnosis(
        .requestRefused, of: task,
        "\(refused.call.request) of task \(task) was refused (ESRCH): its tracer had not taken hold of that task",
        evidence: [
          Evidence(event: refused.event.sequence, reason: "\(refused.call.request) = ESRCH")
        ],
        advice: ["Each thread is traced by itself: take hold of the one that is meant."])
    ]
  }

  /// What was refused to a tracer that only watches and went on after it: a note.
  static func refusedOnTheWay(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.endedWell, reading.source == .strace, !reading.isInfected,
      reading.facts.interrupt == nil
    else { return [] }
    let told = Set(
      wrongState(reading).map(\.first)
        + heldByAnother(reading).flatMap { $0.evidence.map(\.event) })
    let refused = reading.refusals.first { refusal in
      guard let error = refusal.call.error, error != .noSuchProcess,
        reading.tracer.taken[refusal.event.tracee].map({ $0 < refusal.event.sequence }) ?? false
      else { return false }
      return !reading.isProbe(refusal.event.tracee) && !told.contains(refusal.event.sequence)
    }
    guard let refused, let error = refused.call.error else { return [] }
    let task = refused.event.tracee
    let isHeld = [.seize, .attach].contains(refused.call.request.kind)
    return [
      Diagnosis(
        .requestRefused, of: task,
        isHeld
          ? "\(refused.call.request) of task \(task) was refused (\(error)): this tracer holds it already"
          : "\(refused.call.request) of task \(task) was refused (\(error)), and the tracer went on",
        evidence: [
          Evidence(
            event: refused.event.sequence, reason: "\(refused.call.request) = \(error)")
        ], isHarmless: true)
    ]
  }
}
