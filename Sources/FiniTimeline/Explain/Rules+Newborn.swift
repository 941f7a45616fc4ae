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
  /// The options that its tracer had set for the task that made it.
  var options: UInt64
  /// The task that made it.
  var parent: TaskID { stop.tracee }
}

/// What the rules ask of all tasks of a run together, in one pass: a storm has thousands of them.
struct Births {
  /// The tasks that traced ones made, in order.
  private(set) var all: [Birth] = []
  /// The tasks with which a tracer did something, or of which it was told something.
  private(set) var touched: Set<TaskID> = []
  /// Those that were seen to end.
  private(set) var ended: Set<TaskID> = []
  /// What PTRACE_GETEVENTMSG told at the present stop of each task: all that was asked about a stop comes before it is told.
  private var messages: [TaskID: UInt64] = [:]
  private var options: [TaskID: UInt64] = [:]

  init(in events: [Event]) {
    for event in events { observe(event) }
  }

  private mutating func observe(_ event: Event) {
    let task = event.tracee
    touched.insert(task)
    switch event.payload {
    case .ended: ended.insert(task)
    case .wait: messages[task] = nil
    case .stop(let record):
      if case .event(let kind) = record.stopClass, [.fork, .vfork, .clone].contains(kind) {
        let child = messages[task].map { TaskID(Int32(truncatingIfNeeded: $0)) }
        all.append(
          Birth(
            stop: event, kind: kind, child: child.flatMap { $0.rawValue > 0 ? $0 : nil },
            options: options[task] ?? 0))
      }
      messages[task] = nil
    case .request(let call) where call.error == nil:
      if call.request == .seize || call.request.kind == .options { options[task] = call.data }
      if call.request == .attach || call.request == .detach { options[task] = nil }
      if call.request == .getEventMessage, call.detail != .notSeen { messages[task] = call.data }
      if call.request.resumes { messages[task] = nil }
    default: break
    }
  }
}

extension CaseReading {
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
    let births = Births(in: reading.events)
    let unknown = reading.tracer.reportedStops.filter { task, _ in !births.touched.contains(task) }
    for var birth in births.all where birth.stop.tracer == end.event.tracer {
      if birth.child == nil, births.all.count == 1, unknown.count == 1 {
        birth.child = unknown.first?.key
      }
      // A thread ends with its process, and no wait tells of one that ended before its first stop.
      guard let child = birth.child, !births.touched.contains(child),
        birth.kind != .clone || !reading.hasEnded(birth.parent, births),
        reading.waits(after: birth.stop)
      else { continue }
      let evidence = [
        Evidence(event: birth.stop.sequence, reason: "\(birth.words) of task \(birth.parent)"),
        Evidence(event: end.event.sequence, reason: "the tracer ended"),
      ]
      let name = "task \(child), which task \(birth.parent) made,"
      if birth.options & PtraceOption.exitKill != 0 {
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
    let births = Births(in: reading.events)
    for birth in births.all {
      guard let child = birth.child, child != birth.parent, !births.touched.contains(child),
        birth.kind != .clone || !reading.hasEnded(birth.parent, births)
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
  fileprivate func hasEnded(_ task: TaskID, _ births: Births) -> Bool {
    tracer.reportedEnd(of: task) != nil || births.ended.contains(task)
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
