internal import FiniModel

/// Makes events of what the kernel saw: each wait gets its stop, each stop its class.
///
/// Pure: it looks at one record after the other, in the order of the ring, and at nothing else. A
/// stop is told just before the tracer does something about it, so that what the tracer read in
/// between helps to classify it; docs/Decisions/0018 tells why.
struct EventMaker {
  /// The task that the recording is about: losses and waits for nobody are told as its.
  let subject: TaskID
  /// Tasks that events speak of, since somebody last asked.
  private(set) var mentioned: [TaskID] = []
  /// The tracees that somebody holds.
  var held: [TaskID] { ledgers.filter { $0.value.holder != nil }.map { $0.key } }
  /// Who traced the subject last, or anybody else before the subject was traced.
  private(set) var lastTracer: TaskID?
  /// Whether a tracer made a request of a watched task; without a subject, of any.
  private(set) var hasSeenRequest = false
  /// How often a tracer let go of the subject.
  private(set) var releases = 0
  /// How many lost records have been told of.
  private(set) var lost: UInt64 = 0
  /// The tasks that are watched: the subject, its threads, what is below it.
  var watched: Set<TaskID> = []

  private var ledgers: [TaskID: TraceeLedger] = [:]
  /// Those of which a stop was reported and no resume since.
  private var stopped: Set<TaskID> = []
  private var known: Set<TaskID> = []
  private var lastTracee: [TaskID: TaskID] = [:]
  private var tracers: Set<TaskID> = []
  private var sequence: UInt32 = 0
  private var events: [Event] = []
  private var end = Instant(rawValue: 0)

  /// Starts before the first record.
  ///
  /// - Parameter holder: who traces the subject already.
  init(subject: TaskID, holder: TaskID? = nil) {
    self.subject = subject
    lastTracer = holder
    if let holder { ledgers[subject] = TraceeLedger(holder: holder) }
  }

  /// Takes records; returns the events that they make.
  mutating func take(_ records: [KernelRecord]) -> [Event] {
    for record in records { take(record) }
    defer { events = [] }
    return events
  }

  /// Says what is still open at the end of the recording.
  ///
  /// - Parameters:
  ///   - total: how many records were lost in all.
  ///   - skipped: how many more may be missing. They count where a tracee is still held: what is missing may be
  ///     that it was let go.
  mutating func finish(lost total: UInt64, skipped: UInt64 = 0) -> [Event] {
    let isOpen = !held.isEmpty
    for task in ledgers.keys.sorted() {
      closeStop(of: task)
      letRun(task)
      tellTraps(of: task)
    }
    tellLoss(total + (isOpen ? skipped : 0), at: end)
    defer { events = [] }
    return events
  }

  /// Makes an event of a look at a task from outside.
  mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) -> Event {
    let before = events
    events = []
    defer { events = before }
    var snapshot = snapshot
    if let known = ledgers[task]?.debugRegisters {
      snapshot.dr0 = known.dr0
      snapshot.dr7 = known.dr7
    }
    add(.snapshot(snapshot), of: task, by: holder(of: task), time, time)
    return events[0]
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
      ledgers[record.task]?.early.append(record)
      return
    }
    switch record.fact {
    case .call(let call):
      switch CallReading(call) {
      case .request(let call, let tracee):
        take(call, of: call.request == .traceMe ? record.task : tracee, record)
      case .wait(let call, let keepsState): take(call, keepsState, record)
      case .send, .other: break
      }
    case .generated(let signal): take(signal, record)
    case .delivered(let info):
      tell(
        .signal(SignalRecord(fate: .delivered, info: info)), of: record.task,
        by: holder(of: record.task), record)
    case .forked(let child):
      watched.insert(child)
      guard let parent = ledgers[record.task], parent.tracesChildren else { return }
      ledgers[child, default: TraceeLedger()].holder = parent.holder
      ledgers[child]?.marksSyscalls = parent.marksSyscalls
      ledgers[child]?.tracesChildren = true
    case .ended(let status, let isTracer): takeEnd(status, isTracer, record)
    case .sigreturn(let sigreturn):
      tell(.sigreturn(sigreturn), of: record.task, by: holder(of: record.task), record)
    case .executed, .unknown: break
    }
  }

  private mutating func take(_ call: RequestCall, of tracee: TaskID, _ record: KernelRecord) {
    if !call.request.onlyLooks { closeStop(of: tracee) }
    lastTracee[record.task] = tracee
    tracers.insert(record.task)
    if tracee == subject || lastTracer == nil { lastTracer = record.task }
    if subject.rawValue == 0 || watched.contains(tracee) { hasSeenRequest = true }
    tell(.request(call), of: tracee, by: record.task, record)
    ledgers[tracee, default: TraceeLedger()].look(call, until: record.left)
    guard call.error == nil else { return }
    switch call.debugRegisterWrite {
    case .address(0, let address)?: ledgers[tracee]?.debugRegisters.dr0 = address.rawValue
    case .control(let control)?: ledgers[tracee]?.debugRegisters.dr7 = control.rawValue
    case .address, .status, nil: break
    }
    switch call.request {
    case .seize, .attach:
      ledgers[tracee] = TraceeLedger(holder: record.task)
      takeOptions(call.request == .seize ? call.data : 0, of: tracee)
    case .traceMe:
      // Its tracer is its parent, which shows with the first call that it makes.
      ledgers[tracee] = TraceeLedger()
      takeOptions(0, of: tracee)
    case .setOptions, .setOldOptions:
      takeOptions(call.data, of: tracee)
    case .detach:
      if tracee == subject { releases += 1 }
      tellTraps(of: tracee)
      ledgers[tracee]?.holder = nil
      ledgers[tracee]?.resume = TraceeLedger.Resume(request: call.request, data: call.data)
      letRun(tracee)
    case _ where call.request.resumes:
      ledgers[tracee]?.holder = record.task
      ledgers[tracee]?.resume = TraceeLedger.Resume(request: call.request, data: call.data)
      letRun(tracee)
    default:
      ledgers[tracee]?.holder = record.task
    }
  }

  /// A call is told at its return, and a tracee on another processor may have gone far by then: what it
  /// did follows the call that let it run.
  private mutating func letRun(_ tracee: TaskID) {
    stopped.remove(tracee)
    let early = ledgers[tracee]?.early ?? []
    ledgers[tracee]?.early = []
    for record in early { take(record) }
  }

  /// PTRACE_O_TRACESYSGOOD is bit 0, TRACEFORK, TRACEVFORK and TRACECLONE are the next three.
  private mutating func takeOptions(_ word: UInt64, of tracee: TaskID) {
    ledgers[tracee]?.marksSyscalls = word & 1 != 0
    ledgers[tracee]?.tracesChildren = word & 0b1110 != 0
  }

  private mutating func take(_ call: WaitCall, _ keepsState: Bool, _ record: KernelRecord) {
    let tracee: TaskID
    if call.result > 0 {
      tracee = TaskID(Int32(truncatingIfNeeded: call.result))
    } else {
      tracee = call.target.rawValue > 0 ? call.target : lastTracee[record.task] ?? subject
    }
    if call.result > 0 {
      closeStop(of: tracee)
      letRun(tracee)
    }
    tell(.wait(call), of: tracee, by: record.task, record)
    guard call.result > 0, !keepsState, let status = call.status else { return }
    lastTracee[record.task] = tracee
    let word = WaitStatus(rawValue: status)
    if word.isStop {
      ledgers[tracee, default: TraceeLedger()].open = TraceeLedger.OpenStop(
        status: status, tracer: record.task, at: record.left)
      stopped.insert(tracee)
      ledgers[tracee]?.hasEnded = false
    } else if word.isEnd {
      tellEnd(word, of: tracee, by: record.task, at: record.left)
    }
  }

  private mutating func take(_ signal: KernelRecord.Generated, _ record: KernelRecord) {
    let target = signal.target
    if signal.info.signal == .trap, signal.outcome == .queued, ledgers[target]?.holder != nil {
      ledgers[target]?.keep(signal)
      // A trap of the kernel's is told by its stop.
      if signal.info.code.rawValue > 0 { return }
    }
    tell(signal, at: record.left)
  }

  private mutating func tell(_ signal: KernelRecord.Generated, at time: Instant) {
    func tell(_ fate: SignalRecord.Fate) {
      add(
        .signal(SignalRecord(fate: fate, info: signal.info, toProcess: signal.toProcess)),
        of: signal.target, by: holder(of: signal.target), time, time)
    }
    tell(.generated)
    switch signal.outcome {
    case .coalesced: tell(.coalesced)
    case .ignored, .overflowed: tell(.discarded)
    case .queued, .queuedWithoutInfo, .unknown: break
    }
  }

  private mutating func takeEnd(_ status: UInt32?, _ isTracer: Bool, _ record: KernelRecord) {
    let task = record.task
    if isTracer || tracers.contains(task) {
      // The kernel lets go of its tracees.
      for tracee in ledgers.keys.sorted() where ledgers[tracee]?.holder == task {
        closeStop(of: tracee)
        letRun(tracee)
        tellTraps(of: tracee)
        ledgers[tracee]?.holder = nil
        if tracee == subject { releases += 1 }
      }
    }
    closeStop(of: task)
    letRun(task)
    tellTraps(of: task)
    guard let status else { return }
    // A tracer's own end is told as something that happened to itself.
    let by = isTracer ? task : holder(of: task)
    tellEnd(WaitStatus(rawValue: status), of: task, by: by, at: record.left)
    ledgers[task]?.holder = nil
  }

  private mutating func tellEnd(
    _ status: WaitStatus, of task: TaskID, by tracer: TaskID, at time: Instant
  ) {
    guard ledgers[task]?.hasEnded != true else { return }
    ledgers[task, default: TraceeLedger()].hasEnded = true
    if let ending = status.ending { add(.ended(ending), of: task, by: tracer, time, time) }
  }

  // MARK: Events

  private func holder(of task: TaskID) -> TaskID {
    ledgers[task]?.holder ?? lastTracer ?? TaskID(0)
  }

  private mutating func closeStop(of task: TaskID) {
    guard let stop = ledgers[task]?.close() else { return }
    add(.stop(stop.record), of: task, by: stop.tracer, stop.at, stop.at)
  }

  private mutating func tellTraps(of task: TaskID) {
    for trap in ledgers[task]?.takeTraps() ?? [] { tell(trap, at: end) }
  }

  private mutating func tellLoss(_ total: UInt64, at time: Instant) {
    // Two processors may hand in their records in another order than they read the count.
    guard total > lost else { return }
    // Among what was lost may be what let them run.
    for task in stopped.sorted() { letRun(task) }
    add(
      .gap(lost: total - lost), of: subject, by: lastTracer ?? TaskID(0), time, time)
    lost = total
  }

  private mutating func tell(
    _ payload: Event.Payload, of tracee: TaskID, by tracer: TaskID, _ record: KernelRecord
  ) {
    add(payload, of: tracee, by: tracer, record.entered, record.left)
  }

  private mutating func add(
    _ payload: Event.Payload, of tracee: TaskID, by tracer: TaskID, _ entered: Instant,
    _ left: Instant
  ) {
    for task in [tracer, tracee] where known.insert(task).inserted { mentioned.append(task) }
    sequence += 1
    events.append(
      Event(
        sequence: sequence, source: .bpf, entered: entered, left: left, tracer: tracer,
        tracee: tracee, payload: payload))
  }
}
