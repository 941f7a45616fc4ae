internal import FiniModel
internal import FiniProof

/// What goes wrong because a tracer is a thread, and because an execve changes the number of one.
extension Rules {
  /// A request from a thread, or a process, that does not trace the task.
  static func wrongCaller(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    var holders = Holders()
    for event in reading.events {
      guard case .request(let call) = event.payload, call.error == .noSuchProcess else {
        holders.observe(event)
        continue
      }
      guard let holder = holders[event.tracee], holder.tracer != event.tracer,
        holder.tracer.rawValue > 0, event.tracer.rawValue > 0,
        ![.seize, .attach].contains(call.request.kind), !reading.isProbe(event.tracee)
      else { continue }
      if let end = reading.tracer.reportedEnd(of: event.tracee),
        end.event.sequence < event.sequence
      {
        continue
      }
      return [refused(call, event, holder)]
    }
    return []
  }

  private static func refused(_ call: RequestCall, _ event: Event, _ holder: Holders.Holder)
    -> Diagnosis
  {
    let task = event.tracee
    return Diagnosis(
      .requestRefused, of: task,
      holder.ended == nil
        ? "\(call.request) of task \(task) was refused (ESRCH): \(event.tracer) made it, and only its tracer \(holder.tracer) may"
        : "\(call.request) of task \(task) was refused (ESRCH): its tracer, thread \(holder.tracer), had exited, which let it go",
      evidence: [
        Evidence(event: holder.event, reason: "\(holder.tracer) holds it"),
        Evidence(event: event.sequence, reason: "\(call.request) = ESRCH, from \(event.tracer)"),
      ]
        + (holder.ended.map { [Evidence(event: $0, reason: "\(holder.tracer) ended")] } ?? []),
      advice: [
        "A tracer is a thread, and not a process: the thread that took hold of a task makes all requests of it"
          + (holder.ended == nil ? "." : ", and its end lets the task go.")
      ])
  }

  /// A task that another tracer of the same trace held when this one tried to take hold of it.
  static func heldByAnother(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    var holders = Holders()
    for event in reading.events {
      guard case .request(let call) = event.payload, call.error == .notPermitted else {
        holders.observe(event)
        continue
      }
      guard [.seize, .attach].contains(call.request.kind), let holder = holders[event.tracee],
        holder.ended == nil, holder.tracer != event.tracer,
        !reading.isProbe(event.tracee)
      else { continue }
      let isTakenLater = reading.events.contains {
        guard $0.sequence > event.sequence, $0.tracee == event.tracee,
          $0.tracer == event.tracer, case .request(let later) = $0.payload
        else { return false }
        return later.error == nil && [.seize, .attach].contains(later.request.kind)
      }
      let task = event.tracee
      // Traces without numbers do not name their tracers.
      let isNamed = event.tracer.rawValue > 0 && holder.tracer.rawValue > 0
      return [
        Diagnosis(
          .alreadyTraced, of: task,
          isNamed
            ? "\(call.request) of task \(task) by \(event.tracer) was refused (EPERM): its tracer is \(holder.tracer) already"
            : "\(call.request) of task \(task) was refused (EPERM): another tracer held it, that of the other trace",
          evidence: [
            Evidence(
              event: holder.event,
              reason: "\(isNamed ? "\(holder.tracer)" : "the other tracer") took hold of it"),
            Evidence(
              event: event.sequence,
              reason: "\(call.request) = EPERM" + (isNamed ? ", from \(event.tracer)" : "")),
          ],
          advice: [
            "A task has one tracer at most: end the other one, or let it detach first."
          ], isHarmless: isTakenLater)
      ]
    }
    return []
  }

  /// A request on a thread that an execve has ended, or has given the number of its process.
  static func goneByExec(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace, !reading.endedWell else { return [] }
    let execs = reading.events.filter(\.isExecStop)
    guard !execs.isEmpty else { return [] }
    // What is so of the first refusal after an execve is so of the others.
    var asked: Set<[UInt32]> = []
    for refusal in reading.refusals where refusal.call.error == .noSuchProcess {
      let (thread, request) = (refusal.event.tracee, refusal.call.request)
      guard ![.seize, .attach, .traceMe].contains(request.kind),
        reading.tracer.reportedEnd(of: thread) == nil,
        let exec = execs.last(where: {
          $0.sequence < refusal.event.sequence && $0.tracee != thread
            && $0.tracer == refusal.event.tracer
        }), asked.insert([UInt32(bitPattern: thread.rawValue), exec.sequence]).inserted
      else { continue }
      let own = reading.events.filter { $0.tracee == thread }
      // It was traced and let run before, and nothing of it came after.
      guard own.contains(where: { $0.sequence < exec.sequence && $0.isGranted }),
        !own.contains(where: { $0.sequence > exec.sequence && ($0.isGranted || $0.kind == .stop) }),
        !own.contains(where: { if case .ended = $0.payload { true } else { false } })
      else { continue }
      let process = exec.tracee
      let former = reading.formerNumber(at: exec)
      if let former, former != thread, former.rawValue > 0, !reading.isThread(thread, of: process) {
        continue
      }
      // The process' own number had ended as a thread, so another one has it now.
      let isTaken = former == thread || former == nil && reading.hasEndedAsThread(before: exec)
      guard isTaken || reading.isThread(thread, of: process) else { continue }
      let stands = !reading.events.contains {
        $0.tracee == process && $0.sequence > exec.sequence && $0.isGranted
      }
      let rest = stands ? "\(process), which stands stopped" : "\(process)"
      return [
        Diagnosis(
          .requestRefused,
          former == thread || isTaken && reading.isOnlyThread(thread, before: exec)
            ? .yes : .possible,
          of: process,
          isTaken
            ? "\(request) of task \(thread) was refused (ESRCH): since its execve it has the number \(rest)"
            : "\(request) of task \(thread) was refused (ESRCH): the execve of task \(process) had ended it",
          evidence: [
            Evidence(event: exec.sequence, reason: "execve of process \(process)"),
            Evidence(event: refusal.event.sequence, reason: "\(request) = ESRCH"),
          ],
          consequences: reading.consequences(after: refusal.event),
          advice: [
            "An execve ends all other threads, and the one that called it takes the number of its process:"
              + " PTRACE_GETEVENTMSG at the stop of the execve tells which number it had."
          ])
      ]
    }
    return []
  }
}

/// Which tracer holds each task, as its requests show it.
private struct Holders {
  struct Holder {
    var tracer: TaskID
    var event: UInt32
    /// It ended while it held the task, which the kernel let go.
    var ended: UInt32?
  }

  private var all: [TaskID: Holder] = [:]

  subscript(task: TaskID) -> Holder? { all[task] }

  mutating func observe(_ event: Event) {
    switch event.payload {
    case .ended:
      all[event.tracee] = nil
      for task in all.keys where all[task]?.tracer == event.tracee {
        all[task]?.ended = event.sequence
      }
    case .request(let call) where call.error == nil:
      if call.request == .detach {
        all[event.tracee] = nil
      } else if call.request != .traceMe {
        all[event.tracee] = Holder(tracer: event.tracer, event: event.sequence)
      }
    default: break
    }
  }
}

extension CaseReading {
  /// What PTRACE_GETEVENTMSG told at the stop of an execve: the number that the thread had.
  fileprivate func formerNumber(at exec: Event) -> TaskID? {
    for event in events where event.tracee == exec.tracee && event.sequence > exec.sequence {
      guard case .request(let call) = event.payload, call.error == nil else { continue }
      if call.request == .getEventMessage, call.detail != .notSeen {
        return TaskID(Int32(truncatingIfNeeded: call.data))
      }
      if call.request.resumes { return nil }
    }
    return nil
  }

  /// Whether the number of a process belonged to a thread that had ended before its execve, or was about to.
  fileprivate func hasEndedAsThread(before exec: Event) -> Bool {
    if let end = tracer.reportedEnd(of: exec.tracee), end.event.entered <= exec.entered {
      return true
    }
    let last = events.last {
      $0.tracee == exec.tracee && $0.sequence < exec.sequence && $0.kind == .stop
    }
    guard let last, case .stop(let record) = last.payload else { return false }
    return record.stopClass == .event(.exit)
  }

  /// Whether a task came by a clone of another one, as far as the tracer was told.
  fileprivate func isThread(_ thread: TaskID, of process: TaskID) -> Bool {
    Births(in: events).all.contains {
      $0.child == thread && $0.parent == process && $0.kind == .clone
    }
  }

  /// Whether no other task could have called it.
  fileprivate func isOnlyThread(_ thread: TaskID, before exec: Event) -> Bool {
    let others = events.contains {
      $0.sequence < exec.sequence && $0.kind == .stop && $0.tracee != thread
        && $0.tracee != exec.tracee
    }
    return !others
  }
}

extension Event {
  /// Whether it is the wait that told of an execve. The stop itself may be told later, when its tracer does something
  /// with the task.
  fileprivate var isExecStop: Bool {
    guard case .wait(let call) = payload, call.result > 0, let status = call.status,
      case .event(.exec, _) = WaitStatus(rawValue: status)
    else { return false }
    return true
  }

  /// Whether it is a request that was not refused.
  var isGranted: Bool {
    if case .request(let call) = payload { call.error == nil } else { false }
  }
}
