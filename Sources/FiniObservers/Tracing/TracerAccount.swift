internal import FiniModel
internal import FiniProof

/// Makes events of the calls of a tracer that is traced, as far as they are about a given process.
struct TracerAccount {
  /// Tasks that events name for the first time since the last call of ``takeMentioned()``.
  private(set) var mentioned: [TaskID] = []
  /// The tracees among the tasks of interest that the tracer holds.
  private(set) var held: Set<TaskID> = []
  /// The task that traced one of them last.
  private(set) var lastTracer: TaskID?
  /// Whether a request was made of one of them.
  private(set) var hasSeenRequest = false
  /// How often the tracer let go of the subject.
  private(set) var releases = 0

  private let subject: TaskID?
  /// The process of the tracer.
  private let process: TaskID
  private var stream = ForeignStream(source: .ptraceObserver)
  private var tracees: TraceeSet
  private var reader = VictimReader()
  private var known: Set<TaskID> = []
  /// Waits that a signal broke off: whether they go on shows only by what their tracer does next.
  private var brokenOff: [TaskID: (call: WaitCall, moment: ForeignStream.Moment)] = [:]

  /// Starts before the first call.
  init(subject: TaskID?, tracer process: TaskID) {
    self.subject = subject
    self.process = process
    tracees = TraceeSet(of: subject)
  }

  // MARK: In

  /// Takes a call that has returned.
  mutating func take(_ call: SeenCall, _ moment: ForeignStream.Moment) {
    switch CallReading(call) {
    case .request(let call, let tracee): take(call, on: tracee, moment)
    case .wait(let call, let keepsState): take(call, keepsState: keepsState, moment)
    case .send:
      guard let sent = SentSignal(call, by: process), tracees.contains(sent.target) else { return }
      stream.take(.signal(sent.record), about: sent.target, moment)
    case .other: break
    }
  }

  /// Notes that a task of the tracer makes another call.
  mutating func goesOn(_ task: TaskID) {
    guard let wait = brokenOff.removeValue(forKey: task) else { return }
    stream.take(wait.call, wait.moment)
  }

  /// Takes the end of a task of the tracer.
  ///
  /// - Parameter call: what it was in.
  mutating func end(of task: TaskID, in call: SeenCall?, since entered: Instant, at time: Instant) {
    var open: (target: TaskID, moment: ForeignStream.Moment)?
    if let wait = brokenOff.removeValue(forKey: task) {
      open = (wait.call.target, wait.moment)
    } else if let call, case .wait(let wait, _) = CallReading(call) {
      open = (
        wait.target, ForeignStream.Moment(tracer: task, entered: entered, left: time)
      )
    }
    if let open, concerns(open.target) {
      stream.takeOpenWait(
        for: open.target, open.moment, waited: open.moment.left - open.moment.entered)
    }
  }

  /// Takes the end of the tracer, which lets go of all that it holds.
  mutating func end(_ ending: Ending, at time: Instant) {
    if let subject, held.contains(subject) { releases += 1 }
    held = []
    stream.take(
      .ended(ending), about: process,
      ForeignStream.Moment(tracer: process, entered: time, left: time))
  }

  /// Makes an event of a snapshot of a task.
  mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) {
    stream.take(
      .snapshot(snapshot), about: task,
      ForeignStream.Moment(tracer: lastTracer ?? process, entered: time, left: time))
  }

  /// Nothing more comes.
  mutating func end() {
    for task in brokenOff.keys.sorted() { goesOn(task) }
    stream.end()
  }

  private mutating func take(
    _ call: RequestCall, on tracee: TaskID, _ moment: ForeignStream.Moment
  ) {
    let attaches = call.request.kind == .seize || call.request.kind == .attach
    if attaches { tracees.askAgain(for: tracee) }
    // PTRACE_TRACEME is about the tracer itself.
    guard call.request.kind != .traceMe, tracees.contains(tracee) else { return }
    lastTracer = moment.tracer
    hasSeenRequest = true
    if call.error == nil {
      if call.request == .detach {
        if tracee == subject { releases += 1 }
        held.remove(tracee)
        reader.forget(tracee)
      } else {
        held.insert(tracee)
      }
    }
    stream.take(call, on: tracee, moment)
  }

  private mutating func take(
    _ call: WaitCall, keepsState: Bool, _ moment: ForeignStream.Moment
  ) {
    guard call.result > 0 else {
      guard concerns(call.target) else { return }
      if call.isBrokenOff {
        brokenOff[moment.tracer] = (call, moment)
      } else {
        stream.take(call, moment)
      }
      return
    }
    let tracee = TaskID(Int32(truncatingIfNeeded: call.result))
    let status = call.status.map { WaitStatus(rawValue: $0) }
    guard tracees.contains(tracee) else {
      if status?.isEnd == true { tracees.askAgain(for: tracee) }
      return
    }
    stream.take(call, moment)
    guard !keepsState, let status else { return }
    if status.isStop {
      held.insert(tracee)
      stream.sight(reader.read(tracee), of: tracee)
    } else if status.isEnd {
      held.remove(tracee)
      reader.forget(tracee)
    }
  }

  /// Whether a wait that reported no task was for one of the tasks.
  private mutating func concerns(_ target: TaskID) -> Bool {
    target.rawValue > 0 ? tracees.contains(target) : !held.isEmpty
  }

  // MARK: Out

  /// Hands over the events that are settled.
  mutating func drain() -> [Event] {
    var events: [Event] = []
    stream.drain { events.append($0) }
    for event in events {
      for task in [event.tracer, event.tracee] where known.insert(task).inserted {
        mentioned.append(task)
      }
    }
    return events
  }

  /// The tasks that were mentioned first since this was last asked.
  mutating func takeMentioned() -> [TaskID] {
    defer { mentioned = [] }
    return mentioned
  }
}

extension WaitCall {
  /// Whether a signal broke it off: the kernel may start it again, unseen by its caller.
  fileprivate var isBrokenOff: Bool {
    // EINTR, and the four by which the kernel tells itself to start a call again.
    switch result {
    case -4, -512, -513, -514, -516: true
    default: false
    }
  }
}
