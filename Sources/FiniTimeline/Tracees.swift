internal import FiniModel
internal import FiniProof

/// What is read of each task that a tracer traced.
protocol TraceeReading: Sendable {
  /// What fini showed.
  var ledger: FiniLedger { get }

  /// The reading of a task that comes later: what was lost before may have been its own.
  func starting(with task: TaskID) -> Self

  /// Takes an event of the task, a loss, or the end of another task.
  mutating func observe(_ event: Event)

  /// Takes a line that may be of any task.
  mutating func observe(line sequence: UInt32, left: Instant)

  /// Takes that a tracer made a request, of whichever task.
  mutating func noteStep()
}

/// The tasks of a run, in one pass: what is kept grows with the tasks, and with nothing else.
struct Tracees<Reading: TraceeReading>: Sendable {
  private var order: [TaskID] = []
  private(set) var readings: [Reading] = []
  /// What has no task that is known yet.
  private(set) var unnamed: Reading
  // The place of a task in both, and of the one that was met last.
  private var places: [TaskID: Int] = [:]
  private var last: (task: TaskID, place: Int)?
  private var isTraced: [Bool] = []
  // Few: a list is the shorter way.
  private var tracers: [TaskID] = []
  private var killed: Set<TaskID> = []
  /// The tasks that SIGKILL was seen to be sent to, by whomever.
  private var isSentKill: Set<TaskID> = []
  /// Whether a tracer did more with the task than take hold of it and stop it.
  private var isTried: [Bool] = []
  /// Whether another task was traced while this one was: a child that a tracer only tries something with is the only one
  /// until it is killed.
  private var isBesideOthers: [Bool] = []
  /// The places of the tasks that a tracer holds, and of those among them that no other one was beside.
  private var held: Set<Int> = []
  private var heldAlone: Set<Int> = []
  /// Whether a tracer took hold of the task: a child that asks to be traced is taken without a call of its tracer.
  private var isTaken: [Bool] = []
  /// Whether the task was seen to stop.
  private var hasStopped: [Bool] = []
  /// Whether a tracer was seen to end, and whether one ended otherwise than by exit(0).
  private var hasEnded = false
  private var hasFailed = false
  private var hasEndedWell: Bool { hasEnded && !hasFailed }
  /// The last task that a tracer wanted and did not get.
  private(set) var refused: TaskID?
  /// The last line that may be of any task. No task hears of it before its next event: there may be many
  /// lines and many tasks.
  private var line: (sequence: UInt32, left: Instant)?

  init(startingWith unnamed: Reading) { self.unnamed = unnamed }

  /// Takes the next event of the run.
  mutating func observe(_ event: Event) {
    let task = event.tracee
    switch event.payload {
    case .gap:
      for place in readings.indices { deliver(event, to: place) }
      unnamed.observe(event)
      return
    case .log where task.rawValue == 0:
      line = (event.sequence, event.left)
      return
    case .log, .unparsed:
      // A line is not what makes a task one of the run's.
      if let place = places[task] { deliver(event, to: place) }
      return
    default: break
    }
    let place = place(of: task)
    // The kernel shows who sent a signal only for the tasks that the recording is of, and their children: who killed a
    // child that a tracer tried something with is not seen (RealCriuTests).
    if event.source == .bpf, case .ended(.killed(.kill, _)) = event.payload,
      !isSentKill.contains(task)
    {
      killed.insert(task)
    }
    switch event.payload {
    case .request(let call) where call.error != nil:
      unnamed.noteStep()
      if [.seize, .attach].contains(call.request.kind) { refused = task }
    case .request(let call):
      unnamed.noteStep()
      if !isTraced[place] { noteHeld(place) }
      if call.request == .detach { noteEnd(of: place) }
      isTraced[place] = true
      if call.request.takesHold, call.request != .traceMe { isTaken[place] = true }
      if call.request == .seize { killed.remove(task) }
      if call.triesSomething { isTried[place] = true }
    case .stop: hasStopped[place] = true
    case .signal(let record) where record.fate == .generated && record.info.signal == .kill:
      isSentKill.insert(task)
      if record.info.sender == event.tracer {
        killed.insert(task)
        noteEnd(of: place)
      }
    case .signal(let record) where record.fate == .delivered && record.info.signal == .child:
      if let child = record.info.sender, child != task, let other = places[child] {
        deliver(event, to: other)
      }
    case .ended(let ending) where event.tracer == task || tracers.contains(task):
      noteEnd(of: place)
      if ending != .exited(code: 0) { hasFailed = true }
      hasEnded = true
      for other in readings.indices where other != place { deliver(event, to: other) }
      unnamed.observe(event)
    case .ended: noteEnd(of: place)
    default: break
    }
    if event.isCall, tracers.last != event.tracer, !tracers.contains(event.tracer) {
      tracers.append(event.tracer)
    }
    deliver(event, to: place)
  }

  /// A task that is traced for the first time, while others are that a tracer holds.
  private mutating func noteHeld(_ place: Int) {
    if !held.isEmpty {
      for other in heldAlone { isBesideOthers[other] = true }
      heldAlone = []
      isBesideOthers[place] = true
    } else {
      heldAlone.insert(place)
    }
    held.insert(place)
  }

  private mutating func noteEnd(of place: Int) {
    held.remove(place)
    heldAlone.remove(place)
  }

  private mutating func place(of task: TaskID) -> Int {
    if let last, last.task == task { return last.place }
    let place = places[task] ?? order.count
    if place == order.count {
      order.append(task)
      readings.append(unnamed.starting(with: task))
      isTraced.append(false)
      isTried.append(false)
      hasStopped.append(false)
      isBesideOthers.append(false)
      isTaken.append(false)
      places[task] = place
    }
    last = (task, place)
    return place
  }

  private mutating func deliver(_ event: Event, to place: Int) {
    if let line { readings[place].observe(line: line.sequence, left: line.left) }
    readings[place].observe(event)
  }

  /// All tracees, in the order in which they were first touched.
  var verdicts: [TraceeVerdict] {
    let all = order.indices.filter { isTraced[$0] }
    // A child that the tracer only tries something with is killed by it, and another task is what the run is about. The
    // only one, killed on its way to its breakpoint, is no such child.
    // One that is killed after rt_sigreturn was cured, and a dump ends its tasks by that; but not in the middle of the cure
    // (SubjectsTests).
    let hasLanded = hasEndedWell && all.contains { readings[$0].ledger.verdict == .landed }
    let isProbe = all.map {
      let ledger = readings[$0].ledger
      // A trace without kill(2) does not show who did it: a tracer that was content did it itself.
      let isKilled =
        killed.contains(order[$0]) || hasLanded && ledger.interrupt != nil && ledger.isKilled
      return isKilled && (isTried[$0] || !hasStopped[$0])
        && (ledger.sigreturnExit == nil || ledger.verdict == .lost)
        && !(isBesideOthers[$0] && isTaken[$0])
    }
    let isAlone = !isProbe.contains(false)
    return zip(all, isProbe).map { place, isProbe in
      let ledger = readings[place].ledger
      let isVictim =
        isAlone
        && (ledger.interrupt != nil && ledger.armed != nil && ledger.hit == nil
          || all.count == 1 && isTaken[place])
      return TraceeVerdict(
        task: order[place], verdict: ledger.verdict, hasFini: ledger.interrupt != nil,
        isProbe: isProbe && !isVictim)
    }
  }

  /// What was read of a task; of one that is not there, what has no task.
  func reading(of task: TaskID?) -> Reading {
    guard let task, let place = places[task] else { return unnamed }
    var reading = readings[place]
    if let line { reading.observe(line: line.sequence, left: line.left) }
    return reading
  }
}

extension FiniLedger {
  /// Whether SIGKILL ended the task.
  fileprivate var isKilled: Bool {
    if case .killed(.kill, _)? = ending { true } else { false }
  }
}

extension RequestCall {
  /// Whether a tracer that makes this call on a child may only find out what the kernel can do.
  fileprivate var triesSomething: Bool {
    switch request.kind {
    case .seize: data & PtraceOption.suspendSeccomp != 0
    case .attach, .interrupt, .detach, .signalInfoRead, .cont: false
    default: true
    }
  }
}
