internal import FiniModel
internal import FiniProof

/// What a tracer waits for in vain, what was refused to it, and traces without a tracer.
extension Rules {
  /// A wait that hangs anywhere but at the breakpoint.
  static func hangs(_ reading: CaseReading) -> [Diagnosis] {
    if !newbornLeft(reading).isEmpty || !noSignal(reading).isEmpty || !goneByExec(reading).isEmpty {
      return []
    }
    for sequence in reading.tracer.missed {
      guard let event = reading.timeline.event(sequence), case .missed(let missed) = event.payload,
        event.source != .engine, missed.awaited != .breakpoint
      else { continue }
      let since =
        missed.waited > 0 ? " for \(CaseReading.words(nanoseconds: Int64(missed.waited)))" : ""
      if let found = listens(event, missed, since: since, reading) { return [found] }
      // What it waited for is known of a tracer that changes its task.
      let what =
        reading.account.changed == nil && missed.awaited != .interruptStop
        ? "further stop" : missed.awaited.name
      return [
        Diagnosis(
          .hangs, missed.waited > 0 ? .yes : .possible, of: event.tracee,
          missed.waited == 0 && reading.account.changed != nil && reading.source == .strace
            && reading.tracer.end == nil
            ? "the log ends while the tracer waits for task \(event.tracee), which is changed: it hangs, or the log is cut off"
            : "the tracer waits\(since) for task \(event.tracee): no \(what) came",
          evidence: [Evidence(event: event.sequence, reason: "the wait did not end")],
          collect: ["State, wchan and the program counter of the task while it hangs, from /proc."])
      ]
    }
    return []
  }

  /// A wait for a task that PTRACE_LISTEN left in its group-stop: only a SIGCONT ends that.
  private static func listens(
    _ wait: Event, _ missed: Missed, since: String, _ reading: CaseReading
  ) -> Diagnosis? {
    let before = reading.events.filter {
      $0.tracee == wait.tracee && $0.sequence < wait.sequence
    }
    let resumed = before.last {
      guard case .request(let call) = $0.payload, call.error == nil else { return false }
      return call.request.resumes || call.request == .listen
    }
    guard let resumed, case .request(let call) = resumed.payload, call.request == .listen,
      let stop = before.last(where: { $0.kind == .stop && $0.sequence < resumed.sequence }),
      case .stop(let record) = stop.payload
    else { return nil }
    let signal = record.signal ?? .stop
    let sent = before.last {
      guard case .signal(let record) = $0.payload else { return false }
      return record.fate == .generated && record.info.signal == signal
        && record.info.sender == $0.tracer
    }
    return Diagnosis(
      .hangs, missed.waited > 0 ? .yes : .possible, of: wait.tracee,
      "the tracer waits\(since) for task \(wait.tracee), which PTRACE_LISTEN left stopped by \(sent == nil ? "\(signal)" : "the tracer's own \(signal)")",
      evidence: [
        Evidence(event: stop.sequence, reason: "group-stop by \(signal)"),
        Evidence(event: resumed.sequence, reason: "PTRACE_LISTEN"),
        Evidence(event: wait.sequence, reason: "the wait did not end"),
      ]
        + (sent.map { [Evidence(event: $0.sequence, reason: "\(signal) sent by the tracer")] } ?? []),
      advice: [
        "A SIGCONT ends the stop: `kill -CONT \(wait.tracee)`. PTRACE_CONT in place of PTRACE_LISTEN lets it run at once."
      ])
  }

  /// Seized, asked to stop, and never seen stopped until the tracer gave up.
  static func stopOverdue(_ reading: CaseReading) -> [Diagnosis] {
    guard let wait = reading.overdueStop, let end = reading.tracer.end, endedInVain(reading).isEmpty
    else { return [] }
    let task = wait.event.tracee.rawValue > 0 ? wait.event.tracee : reading.task
    let name = task.map { "task \($0)" } ?? "the task"
    let how: String
    switch end.ending {
    case .exited: how = "gave up"
    case .killed(let signal, _): how = "was ended by \(signal)"
    }
    return [
      Diagnosis(
        .notStopped, of: task,
        "\(name) could not be stopped within \(CaseReading.words(nanoseconds: wait.waited)), and the tracer \(how)",
        evidence: [Evidence(event: wait.event.sequence, reason: "the wait told of no stop")],
        consequences: [Evidence(event: end.event.sequence, reason: "the tracer ended")],
        advice: [
          "State D is likely (the parent of a vfork, a disk, NFS, FUSE): see State, wchan and stack in"
            + " /proc/\(task.map { "\($0)" } ?? "PID")/."
        ])
    ]
  }

  /// A request that had not returned when the trace ended.
  static func unreturnedCall(_ reading: CaseReading) -> [Diagnosis] {
    guard let last = reading.tracer.unreturned.last, reading.tracer.end == nil else { return [] }
    let task = last.event.tracee.rawValue > 0 ? last.event.tracee : nil
    return [
      Diagnosis(
        .hangs, .possible, of: task,
        "\(last.call.request) of \(task.map { "task \($0)" } ?? "a task") had not returned when the trace ended",
        evidence: [Evidence(event: last.event.sequence, reason: "no result")],
        advice: [
          "The trace was cut off there, or the call hangs: see State, wchan and stack of the task and of its tracer."
        ])
    ]
  }

  /// A request that was refused, where nothing else tells of trouble.
  static func requestRefused(_ reading: CaseReading) -> [Diagnosis] {
    guard !reading.endedWell, wrongState(reading).isEmpty, errorTakenForAddress(reading).isEmpty,
      noSignal(reading).isEmpty,
      let refused = reading.refusals.last(where: { refusal in
        switch refusal.call.request.kind {
        case .seize, .attach, .traceMe, .detach: return false
        default:
          guard let error = refusal.call.error, error != .noSuchProcess else { return false }
          // What a later call of the kind was granted did not stop the tracer.
          return !reading.isProbe(refusal.event.tracee)
            && refusal.call.debugRegisterWrite == nil
            && !reading.events.contains {
              guard $0.sequence > refusal.event.sequence, $0.tracee == refusal.event.tracee,
                case .request(let call) = $0.payload
              else { return false }
              return call.error == nil && call.request.kind != .detach
            }
        }
      }), let error = refused.call.error
    else { return [] }
    let task = refused.event.tracee.rawValue > 0 ? refused.event.tracee : reading.task
    let isSet = [.getRegisterSet, .setRegisterSet].contains(refused.call.request)
    let set = RegisterSet.name(refused.call.address).map { " (\($0))" } ?? ""
    return [
      Diagnosis(
        .requestRefused, of: task,
        "\(refused.call.request)\(isSet ? set : "") of \(task.map { "task \($0)" } ?? "the task") was refused: \(error)"
          + (error.meaning.isEmpty ? "" : ", \(error.meaning)"),
        evidence: [
          Evidence(event: refused.event.sequence, reason: "\(refused.call.request) = \(error)")
        ],
        advice: [
          error == .invalidArgument || error == .noSuchDevice || error == .ioError
            ? "This kernel, or this kind of task, does not have it: compare uname -r and the machine with what the"
              + " tracer needs."
            : "See errno(3) and ptrace(2) for what \(error) means there."
        ])
    ]
  }

  /// A wait that something else than a stop ended, after a long time: an alarm, a Ctrl-C.
  static func interruptedWait(_ reading: CaseReading) -> [Diagnosis] {
    guard !reading.endedWell, reading.tracer.end == nil, let wait = reading.tracer.vainWait,
      wait.event.source != .engine
    else { return [] }
    let target = wait.call.target
    let name = target.rawValue > 0 ? "task \(target)" : "its tasks"
    return [
      Diagnosis(
        .hangs, of: target.rawValue > 0 ? target : reading.task,
        "the tracer waited \(CaseReading.words(nanoseconds: wait.waited)) for \(name), and no stop came",
        evidence: [Evidence(event: wait.event.sequence, reason: "the wait told of no stop")]
          + (wait.next.map { [Evidence(event: $0.sequence, reason: "what came instead")] } ?? []),
        advice: [
          "Look at State and wchan of the task: in state D, or frozen by its control group, it can't stop."
        ])
    ]
  }

  /// A trace of signals alone: which task killed which is all that it can tell.
  static func signalsAlone(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.hasNoCalls else { return [] }
    if let end = reading.tracer.end, case .killed(let signal, _) = end.ending {
      if let crash = ownFault(of: end, reading) { return [crash] }
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
        collect: ["An strace of the tracer beside it shows what it did until then."])
    ]
  }

  /// A trace of a tracer that hung already when it was begun: a wait that does not end, and nothing else.
  static func waitAlone(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.tracer.calls == 1, reading.tracer.end == nil, reading.tracer.unreturned.isEmpty,
      let only = reading.tracer.lastStep.flatMap({ reading.timeline.event($0) }),
      case .wait(let call) = only.payload, call.result == -512, only.source != .engine
    else { return [] }
    let name = call.target.rawValue > 0 ? "task \(call.target)" : "any of its tasks"
    return [
      Diagnosis(
        .hangs, .possible, of: call.target.rawValue > 0 ? call.target : nil,
        "the tracer waits for \(name) as long as the trace goes, and the trace shows nothing before that",
        evidence: [Evidence(event: only.sequence, reason: "the wait did not end")],
        advice: [
          "TracerPid in /proc/*/status names its tasks: see their State, wchan and program counter.",
          "If one runs its own code with DR7 armed, the breakpoint before rt_sigreturn never fired: try"
            + " CRIU_FAULT=130.",
        ],
        collect: [
          "A trace from the beginning (strace -ttt -o FILE TRACER ...), or the log, tells where it came to."
        ])
    ]
  }
}
