internal import FiniModel
internal import FiniProof

/// Hands what the kernel saw to the stream of a tracer's events, in the order in which it can have happened.
///
/// Pure: it reads one record after the other, in the order of the ring, and nothing else.
struct KernelAccount {
  /// The task that the recording is about: losses, and waits that report no task, are events of it.
  let subject: TaskID
  /// Tasks that events name for the first time since the last call of ``takeMentioned()``.
  private(set) var mentioned: [TaskID] = []
  /// The tracees that are held by a tracer.
  var held: [TaskID] { stream.held() }
  /// The task that traced the subject last; before that, the one that traced any task.
  private(set) var lastTracer: TaskID?
  /// Whether a tracer made a request of a watched task; without a subject, of any.
  private(set) var hasSeenRequest = false
  /// How often a tracer let go of the subject.
  private(set) var releases = 0
  /// How many lost records have been told of.
  private(set) var lost: UInt64 = 0
  /// The tasks that are watched: the subject, its threads, what is below it.
  var watched: Set<TaskID> = []

  private var stream = ForeignStream(source: .bpf)
  /// Those of which a stop was reported and no resume since.
  private var stopped: Set<TaskID> = []
  /// What a task did itself before the return of the call that let it run was seen.
  private var early: [TaskID: [KernelRecord]] = [:]
  /// Tasks whose end is an event, and that no wait has reported since.
  private var ended: Set<TaskID> = []
  private var known: Set<TaskID> = []
  private var lastTracee: [TaskID: TaskID] = [:]
  private var tracers: Set<TaskID> = []
  private var end = Instant(rawValue: 0)

  /// Starts before the first record.
  ///
  /// - Parameters:
  ///   - subject: the task that the recording is about.
  ///   - holder: who traces the subject already.
  ///   - lost: how many records were lost before it.
  init(subject: TaskID, holder: TaskID? = nil, lost: UInt64 = 0) {
    self.subject = subject
    self.lost = lost
    lastTracer = holder
    if let holder { stream.assume(holder, of: subject) }
  }

  /// Takes records; returns the events that are settled.
  mutating func take(_ records: [KernelRecord]) -> [Event] {
    for record in records { take(record) }
    return drain()
  }

  /// Says what is still open at the end of the recording.
  ///
  /// - Parameters:
  ///   - total: how many records were lost in all.
  ///   - skipped: how many more may be missing. They count where a tracee is still held: what is missing may be
  ///     that it was let go.
  mutating func finish(lost total: UInt64, skipped: UInt64 = 0) -> [Event] {
    let isOpen = !held.isEmpty
    for task in stopped.sorted() {
      stream.close(task)
      letRun(task)
    }
    stream.end()
    tellLoss(total + (isOpen ? skipped : 0), at: end)
    return drain()
  }

  /// Makes an event of a snapshot of a task.
  mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) -> [Event] {
    stream.take(
      .snapshot(snapshot), about: task, .init(tracer: holder(of: task), entered: time, left: time))
    return drain()
  }

  /// The tasks that were mentioned first since this was last asked.
  mutating func takeMentioned() -> [TaskID] {
    defer { mentioned = [] }
    return mentioned
  }

  // MARK: Records

  private mutating func take(_ record: KernelRecord) {
    tellLoss(record.lost, at: record.entered)
    end = max(end, record.left)
    if record.isOwnDoing, stopped.contains(record.task) {
      early[record.task, default: []].append(record)
      return
    }
    let task = record.task
    switch record.fact {
    case .call(let call):
      switch CallReading(call) {
      case .request(let call, let tracee):
        take(call, of: call.request == .traceMe ? task : tracee, record)
      case .wait(let call, let keepsState): take(call, keepsState, record)
      case .send, .other: break
      }
    case .generated(let signal): stream.take(signal, record.moment(by: holder(of: signal.target)))
    case .delivered(let info):
      tell(.signal(SignalRecord(fate: .delivered, info: info)), record)
    case .sigreturn(let sigreturn): tell(.sigreturn(sigreturn), record)
    case .forked(let child):
      watched.insert(child)
      ended.remove(child)
      stream.fork(child, of: task)
    case .ended(let status, let isTracer):
      takeEnd(status.map { WaitStatus(rawValue: $0) }, isTracer, record)
    case .executed, .tracer, .unknown: break
    }
  }

  private mutating func take(_ call: RequestCall, of tracee: TaskID, _ record: KernelRecord) {
    let tracer = record.task
    lastTracee[tracer] = tracee
    tracers.insert(tracer)
    if tracee == subject || lastTracer == nil { lastTracer = tracer }
    if subject.rawValue == 0 || watched.contains(tracee) { hasSeenRequest = true }
    stream.take(call, on: tracee, record.moment(by: tracer))
    guard call.error == nil else { return }
    if call.request.takesHold {
      ended.remove(tracee)
    } else if ended.contains(tracee) {
      // It ended on another processor before the call returned.
      stream.letGo(tracee)
    }
    if call.request == .detach, tracee == subject { releases += 1 }
    if call.request.resumes || call.request == .detach { letRun(tracee) }
  }

  private mutating func take(_ call: WaitCall, _ keepsState: Bool, _ record: KernelRecord) {
    let tracer = record.task
    guard call.result > 0 else {
      let target = call.target.rawValue > 0 ? call.target : lastTracee[tracer] ?? subject
      stream.take(call, about: target, record.moment(by: tracer))
      return
    }
    let tracee = TaskID(Int32(truncatingIfNeeded: call.result))
    stream.close(tracee)
    letRun(tracee)
    let status = call.status.map { WaitStatus(rawValue: $0) }
    stream.take(call, isEndTold: ended.contains(tracee), record.moment(by: tracer))
    guard !keepsState, let status else { return }
    lastTracee[tracer] = tracee
    if status.isStop {
      stopped.insert(tracee)
      ended.remove(tracee)
    } else if status.isEnd {
      // Told by one of the two, the kernel's word on its end or this wait, whichever comes first.
      if ended.remove(tracee) == nil { ended.insert(tracee) }
    }
  }

  private mutating func takeEnd(_ status: WaitStatus?, _ isTracer: Bool, _ record: KernelRecord) {
    let task = record.task
    if isTracer || tracers.contains(task) {
      for tracee in stream.held(by: task) {
        stream.close(tracee)
        letRun(tracee)
        stream.letGo(tracee)
        if tracee == subject { releases += 1 }
      }
    }
    stream.close(task)
    letRun(task)
    // A tracer's own end is told as something that happened to itself.
    let by = isTracer ? task : holder(of: task)
    let isTold = status != nil && !ended.insert(task).inserted
    stream.end(isTold ? nil : status?.ending, of: task, record.moment(by: by))
  }

  /// A call is told at its return, and a tracee on another processor may have gone far by then: what it
  /// did follows the call that let it run.
  private mutating func letRun(_ tracee: TaskID) {
    stopped.remove(tracee)
    for record in early.removeValue(forKey: tracee) ?? [] { take(record) }
  }

  // MARK: Events

  private func holder(of task: TaskID) -> TaskID {
    stream.holder(of: task) ?? lastTracer ?? TaskID(0)
  }

  private mutating func tell(_ payload: Event.Payload, _ record: KernelRecord) {
    stream.take(payload, about: record.task, record.moment(by: holder(of: record.task)))
  }

  private mutating func tellLoss(_ total: UInt64, at time: Instant) {
    // Two processors may hand in their records in another order than they read the count.
    guard total > lost else { return }
    // Among what was lost may be what let them run.
    for task in stopped.sorted() { letRun(task) }
    stream.take(
      .gap(lost: total - lost), about: subject,
      .init(tracer: lastTracer ?? TaskID(0), entered: time, left: time))
    lost = total
  }

  private mutating func drain() -> [Event] {
    var events: [Event] = []
    stream.drain { events.append($0) }
    for event in events {
      for task in [event.tracer, event.tracee] where known.insert(task).inserted {
        mentioned.append(task)
      }
    }
    return events
  }
}

extension KernelRecord {
  fileprivate func moment(by tracer: TaskID) -> ForeignStream.Moment {
    ForeignStream.Moment(tracer: tracer, entered: entered, left: left)
  }
}
