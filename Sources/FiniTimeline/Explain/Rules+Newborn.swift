internal import FiniModel
internal import FiniProof

/// A task that another one made, and that is traced from its birth: PTRACE_O_TRACEFORK, TRACEVFORK and TRACECLONE.
struct Birth {
  /// The stop that told of it.
  var stop: Event
  /// The event of that stop.
  var kind: PtraceEvent
  /// The new task, if the tracer asked for its number, or a SIGCHLD named it.
  var child: TaskID?
  /// The task that made it.
  var parent: TaskID { stop.tracee }
}

extension CaseReading {
  /// The tasks that traced ones made, in order.
  var births: [Birth] {
    events.compactMap { event in
      guard case .stop(let record) = event.payload, case .event(let kind) = record.stopClass,
        [.fork, .vfork, .clone].contains(kind)
      else { return nil }
      let child = message(at: event).map { TaskID(Int32(truncatingIfNeeded: $0)) }
      return Birth(stop: event, kind: kind, child: child.flatMap { $0.rawValue > 0 ? $0 : nil })
    }
  }

  /// What PTRACE_GETEVENTMSG told at a stop: all that was asked about a stop comes before it is told.
  func message(at stop: Event) -> UInt64? {
    for event in events.reversed() where event.tracee == stop.tracee {
      if event.sequence >= stop.sequence { continue }
      switch event.payload {
      case .stop, .wait: return nil
      case .request(let call):
        if call.request == .getEventMessage, call.error == nil, call.detail != .notSeen {
          return call.data
        }
        if call.error == nil, call.request.resumes { return nil }
      default: break
      }
    }
    return nil
  }

  /// The options that a tracer had set for a task, before an event.
  func options(of task: TaskID, before event: Event) -> UInt64 {
    var options: UInt64 = 0
    for other in events where other.tracee == task && other.sequence < event.sequence {
      guard case .request(let call) = other.payload, call.error == nil else { continue }
      if call.request == .seize || call.request.kind == .options { options = call.data }
      if call.request == .attach || call.request == .detach { options = 0 }
    }
    return options
  }

  /// Whether a task was taken by PTRACE_SEIZE: its children begin with another stop than SIGSTOP then.
  func isSeized(_ task: TaskID) -> Bool {
    events.contains {
      guard $0.tracee == task, case .request(let call) = $0.payload, call.error == nil else {
        return false
      }
      // The last two are for no other tasks.
      return [.seize, .interrupt, .listen].contains(call.request)
    }
  }

  /// Whether it is shown how a tracer came to trace a task: it took it, or met it in a stop, as a child of its own.
  fileprivate func showsTaking(of task: TaskID) -> Bool {
    if tracer.taken[task] != nil { return true }
    let first = events.first { $0.tracee == task && $0.kind != .log && $0.kind != .phase }
    guard let first, case .wait = first.payload else { return false }
    return true
  }
}

extension Rules {
  /// A child that is traced from its birth, and that its tracer never waited for.
  static func newbornLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard reading.source == .strace else { return [] }
    if !reading.endedWell { return newbornStands(reading) }
    guard let end = reading.tracer.end, case .exited = end.ending else { return [] }
    let unknown = reading.tracer.reportedStops.filter { task, _ in !reading.isTouched(task) }
    let births = reading.births
    for var birth in births where birth.stop.tracer == end.event.tracer {
      if birth.child == nil, births.count == 1, unknown.count == 1 {
        birth.child = unknown.first?.key
      }
      // A thread ends with its process, and no wait tells of one that ended before its first stop.
      guard let child = birth.child, !reading.isTouched(child), reading.waits(after: birth.stop),
        birth.kind != .clone || !reading.isEnded(birth.parent)
      else { continue }
      let evidence = [
        Evidence(event: birth.stop.sequence, reason: "\(birth.words) of task \(birth.parent)"),
        Evidence(event: end.event.sequence, reason: "the tracer ended"),
      ]
      let name = "task \(child), which task \(birth.parent) made,"
      if reading.options(of: birth.parent, before: birth.stop) & PtraceOption.exitKill != 0 {
        return [
          Diagnosis(
            .killed, of: child,
            "\(name) was killed as its tracer ended (PTRACE_O_EXITKILL): it was never waited for",
            evidence: evidence, advice: [adviceForNewborns])
        ]
      }
      // One of a task that was seized has no SIGSTOP: it goes on when its tracer is gone.
      if reading.isSeized(birth.parent) || !reading.showsTaking(of: birth.parent) { continue }
      return [
        Diagnosis(
          .stopLeft, of: child,
          "\(name) is traced from its birth and was never waited for: it stays stopped (SIGSTOP)",
          evidence: evidence,
          advice: [adviceForNewborns, "`kill -CONT \(child)` lets it go on."])
      ]
    }
    return []
  }

  private static let adviceForNewborns =
    "A tracer with PTRACE_O_TRACEFORK, TRACEVFORK or TRACECLONE must wait for each new task, and let it run or go."

  /// The same of a tracer that did not end well: the task stands still, and others may wait for it.
  private static func newbornStands(_ reading: CaseReading) -> [Diagnosis] {
    for birth in reading.births {
      guard let child = birth.child, child != birth.parent, !reading.isTouched(child),
        birth.kind != .clone || !reading.isEnded(birth.parent)
      else { continue }
      let end = reading.tracer.end.map {
        [Evidence(event: $0.event.sequence, reason: "the tracer ended")]
      }
      return [
        Diagnosis(
          .hangs, of: child,
          "task \(child), which task \(birth.parent) made, is traced from its birth and was never waited for: it stands still",
          evidence: [
            Evidence(event: birth.stop.sequence, reason: "\(birth.words) of task \(birth.parent)")
          ] + (end ?? []),
          advice: [adviceForNewborns])
      ]
    }
    return []
  }
}

extension Birth {
  fileprivate var words: String { StopClass.event(kind).name }
}

extension CaseReading {
  /// Whether anything that its tracer did with a task, or was told of it, is there.
  fileprivate func isTouched(_ task: TaskID) -> Bool { events.contains { $0.tracee == task } }

  fileprivate func isEnded(_ task: TaskID) -> Bool {
    tracer.reportedEnd(of: task) != nil
      || events.contains {
        guard $0.tracee == task, case .ended = $0.payload else { return false }
        return true
      }
  }

  /// Whether waits of the tracer are shown: one told of the stop.
  fileprivate func waits(after stop: Event) -> Bool {
    events.contains {
      guard $0.tracee == stop.tracee, $0.tracer == stop.tracer, case .wait = $0.payload else {
        return false
      }
      return true
    }
  }
}
