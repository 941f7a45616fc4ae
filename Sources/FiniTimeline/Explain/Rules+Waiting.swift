internal import FiniModel
internal import FiniProof

/// What a tracer waits for in vain, and traces that show nobody who waits.
extension Rules {
  /// A wait that hangs anywhere but at the breakpoint.
  static func hangs(_ reading: CaseReading) -> [Diagnosis] {
    for sequence in reading.tracer.missed {
      guard let event = reading.timeline.event(sequence), case .missed(let missed) = event.payload,
        event.source != .engine, missed.awaited != .breakpoint
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
    guard !reading.endedWell, reading.tracer.end == nil, let wait = reading.tracer.vainWait,
      wait.event.source != .engine
    else { return [] }
    let target = wait.call.target
    let whom = target.rawValue > 0 ? "task \(target)" : "its tasks"
    return [
      Diagnosis(
        .hangs, of: target.rawValue > 0 ? target : reading.task,
        "the tracer waited \(CaseReading.words(nanoseconds: wait.waited)) for \(whom), and no stop came",
        evidence: [Evidence(event: wait.event.sequence, reason: "the wait told of no stop")]
          + (wait.next.map { [Evidence(event: $0.sequence, reason: "what came instead")] } ?? []),
        advice: [
          "Look at State and wchan of the task: in state D, or frozen by its control group, it can't stop."
        ])
    ]
  }

  /// A trace of signals alone: who killed whom is all that it can tell.
  static func signalsAlone(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.hasNoCalls else { return [] }
    if let end = reading.tracer.end, case .killed(let signal, _) = end.ending {
      return [
        Diagnosis(
          .killed, of: end.event.tracee.rawValue > 0 ? end.event.tracee : nil,
          "the traced program was killed by \(signal); it made no ptrace call",
          evidence: [Evidence(event: end.event.sequence, reason: "killed by \(signal)")],
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

  /// A trace that somebody made of a tracer that hung already: a wait that does not end, and nothing else.
  static func waitAlone(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.tracer.calls == 1, reading.tracer.end == nil,
      let only = reading.tracer.lastStep.flatMap({ reading.timeline.event($0) }),
      case .wait(let call) = only.payload, call.result == -512, only.source != .engine
    else { return [] }
    let whom = call.target.rawValue > 0 ? "task \(call.target)" : "any of its tasks"
    return [
      Diagnosis(
        .hangs, .possible, of: call.target.rawValue > 0 ? call.target : nil,
        "the tracer waits for \(whom) as long as the trace goes, and the trace shows nothing before that",
        evidence: [Evidence(event: only.sequence, reason: "the wait did not end")],
        advice: [
          "TracerPid in /proc/*/status names its tasks: see their State, wchan and program counter.",
          "If one runs its own code with DR7 armed, the breakpoint before rt_sigreturn never fired: try"
            + " CRIU_FAULT=130.",
          "A trace from the beginning (strace -ttt -o FILE TRACER ...), or the log, tells where it came to.",
        ])
    ]
  }
}
