internal import FiniModel
internal import FiniProof

/// What becomes of the SIGSTOP by which a tracer takes hold of a task, and of a stop of the task's own.
extension Rules {
  /// A signal had stopped the task, and its tracer let it run: after PTRACE_SEIZE it needs PTRACE_LISTEN to stay so.
  static func stopUndone(_ reading: CaseReading) -> [Diagnosis] {
    guard let source = reading.source, source != .engine, source != .criuLog,
      let task = reading.task, !reading.isProbe(task), !reading.isInfected,
      reading.isSeized(task)
    else { return [] }
    var stop: (event: UInt32, signal: Signal)?
    var sent: Set<Signal> = []
    for event in reading.events where event.tracee == task {
      switch event.payload {
      case .stop(let record):
        stop = nil
        if record.stopClass == .groupStop, let signal = record.signal {
          stop = (event.sequence, signal)
        }
      case .signal(let record) where record.fate == .generated:
        if record.info.signal == .continue { stop = nil }
        // By its own SIGSTOP a tracer stops a task for itself, and by another one of its own it may.
        if record.info.sender == event.tracer { sent.insert(record.info.signal) }
      case .request(let call)
      where call.error == nil && (call.request.resumes || call.request == .listen):
        guard let undone = stop else { continue }
        stop = nil
        guard call.request != .listen, call.request != .detach, call.request != .kill,
          !(undone.signal == .stop && sent.contains(.stop)), !reading.isStoppedAnew(after: event)
        else { continue }
        return [
          Diagnosis(
            .stopUndone, certainty(!sent.contains(undone.signal)), of: task,
            "task \(task) was stopped by \(undone.signal), and \(call.request) let it run on: PTRACE_LISTEN keeps it stopped",
            evidence: [
              Evidence(event: undone.event, reason: "group-stop by \(undone.signal)"),
              Evidence(event: event.sequence, reason: "let run; no SIGCONT had come"),
            ],
            advice: [
              "After PTRACE_SEIZE a group-stop is shown as an event: answer it with PTRACE_LISTEN, and wait for the SIGCONT."
            ])
        ]
      default: break
      }
    }
    return []
  }

  /// A task that was let go and stands still then, in state T.
  static func stopLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard let source = reading.source, source != .engine else { return [] }
    return reading.tracer.ownStops.left.filter { !reading.isProbe($0.task) }.map { left in
      let task = left.task
      let advice = [
        "`kill -CONT \(task)` lets it go on, if its State in /proc/\(task)/status is T."
      ]
      switch left.how {
      case .owed(let sent):
        return Diagnosis(
          .stopLeft, of: task,
          "task \(task) was let go before the tracer's own SIGSTOP had come: it stops when it meets it, and stays stopped",
          evidence: [
            Evidence(event: sent, reason: "SIGSTOP sent by the tracer; no stop tells of it"),
            Evidence(event: left.detached, reason: "let go"),
          ],
          advice: advice + [
            "A tracer that attaches must give back what else it meets first, and wait until its SIGSTOP comes."
          ])
      case .givenBack(let times):
        return Diagnosis(
          .stopLeft, of: task,
          times.count > 2
            ? "the tracer gave its own SIGSTOP back to task \(task), met it again each time, and left it stopped"
            : "task \(task) was let go with the tracer's own SIGSTOP: it stays stopped",
          evidence: times.suffix(3).map { Evidence(event: $0, reason: "SIGSTOP given back") },
          advice: advice)
      }
    }
  }

  static func unsupportedStop(_ reading: CaseReading) -> [Diagnosis] {
    for (event, record) in reading.lines {
      guard case .stopNotSupported(let signal) = record.fact else { continue }
      return [
        Diagnosis(
          .unsupportedStop, of: event.tracee.rawValue > 0 ? event.tracee : reading.task,
          "the first stop of \(reading.name(of: event)) was one by \(signal), which the tracer does not know what to do with",
          evidence: [reading.evidence(event, "stopped by \(signal)")],
          consequences: reading.consequences(after: event),
          advice: ["Let the task take its signal, or continue it, before it is dumped."])
      ]
    }
    return strangeFirstStop(reading)
  }

  /// Seized, found in a stop by an unusual signal, and let go at once.
  private static func strangeFirstStop(_ reading: CaseReading) -> [Diagnosis] {
    guard let task = reading.task, !reading.isInfected, reading.facts.interrupt == nil,
      reading.facts.detached != nil,
      reading.account.handled == nil, reading.account.interrupted != nil,
      let stop = reading.account.firstStop.flatMap({ reading.timeline.event($0) }),
      case .stop(let record) = stop.payload, let signal = record.signal,
      record.stopClass == .groupStop, signal != .stop, signal != .trap
    else { return [] }
    return [
      Diagnosis(
        .unsupportedStop, .possible, of: task,
        "task \(task) was found stopped by \(signal) and let go at once: its tracer may not know what to do with that",
        evidence: [Evidence(event: stop.sequence, reason: "group-stop by \(signal)")],
        advice: ["Let the task take its signal, or continue it, before it is dumped."])
    ]
  }
}

extension CaseReading {
  /// Whether the tracer stops a task by a signal again.
  fileprivate func isStoppedAnew(after resume: Event) -> Bool {
    events.contains {
      guard $0.tracee == resume.tracee, $0.sequence > resume.sequence,
        case .signal(let record) = $0.payload
      else { return false }
      return record.fate == .generated && record.info.signal.stopsTheGroup
        && record.info.sender == $0.tracer
    }
  }
}
