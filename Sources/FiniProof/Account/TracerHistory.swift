package import FiniModel

/// What the events tell of a tracer: how far it came, what was refused to it, what it waited for in vain, and
/// its end. Pure, and in one pass over all events of a run; each fact has the event that proves it.
///
/// Where a run has several tracers they are one: what they did to its tasks is asked, not which one did it.
/// (TracerHistoryTests.)
package struct TracerHistory: Sendable {
  /// The first and the last call on a task, by their sequence numbers.
  package typealias Steps = ClosedRange<UInt32>

  /// A call that failed.
  package struct Refusal: Hashable, Sendable {
    /// The event of the call.
    package var event: Event
    /// The call.
    package var call: RequestCall
  }

  /// How a task ended, the tracer itself included.
  package struct End: Hashable, Sendable {
    /// The event that tells it.
    package var event: Event
    /// How.
    package var ending: Ending
  }

  /// A wait that told of no stop.
  package struct VainWait: Hashable, Sendable {
    /// The event of the wait.
    package var event: Event
    /// The wait.
    package var call: WaitCall
    /// What its tracer did next, if it did anything.
    package var next: Event?

    /// How long the tracer waited, in nanoseconds. Where a trace has no durations, what the tracer did next tells.
    package var waited: Int64 {
      max(event.duration, next.map { $0.entered - event.entered } ?? 0)
    }

    fileprivate var hangs: Bool { waited >= ForeignStream.hang }
  }

  /// What a tracer came to.
  package enum Outcome: Hashable, Sendable {
    /// Its own log says so, or it exited with 0 and its log has no error.
    case succeeded
    /// Its own log says so, or has an error, or it exited with another status.
    case failed
    /// It was killed, and its log says nothing of its end.
    case killed(Signal)
    /// Nothing tells of its end.
    case notSeen
  }

  // MARK: Progress

  /// The number of its calls: requests and waits.
  package private(set) var calls = 0
  /// Whether it made a request, and not only waits.
  package private(set) var hasRequests = false
  /// The last call that it made.
  package private(set) var lastStep: UInt32?
  /// The calls on each task.
  package private(set) var steps: [TaskID: Steps] = [:]
  /// The tasks that made calls.
  package private(set) var callers: Set<TaskID> = []
  /// The tasks that it took hold of, or that asked to be traced, by the call.
  package private(set) var taken: [TaskID: UInt32] = [:]

  /// The tasks that it took hold of and neither let go nor saw end.
  package private(set) var held: Set<TaskID> = []
  /// Whether it let go of a task.
  package private(set) var hasLetGo = false

  // MARK: Trouble

  /// The calls that failed, in order.
  package private(set) var refusals: [Refusal] = []
  /// The calls that had not returned when the trace ended, in order.
  package private(set) var unreturned: [Refusal] = []
  /// The stops that it awaited and that never came, in order.
  package private(set) var missed: [UInt32] = []
  /// What becomes of its own SIGSTOPs.
  package private(set) var ownStops = OwnStops()
  /// The first and the last loss of events.
  package private(set) var gaps: ClosedRange<UInt32>?

  // MARK: Ends

  /// Its own end: that of the task which took hold of others, and not that of a child which it only let itself
  /// be traced by. Where no task took hold of any, the last end that is told.
  ///
  /// A thread of a tracer may end before the others: the end of the one that made a call after that is the tracer's.
  package var end: End? {
    guard let holder else { return lastEnd }
    guard let end = ends[holder], let after = lastCaller, after != holder,
      lastCall > end.event.sequence, let later = ends[after]
    else { return ends[holder] }
    return later
  }
  /// Whether the end of any task is told, its own included.
  package private(set) var showsEnds = false
  /// The first line of its log that tells of success.
  package private(set) var saidFinished: UInt32?
  /// The first line of its log that tells that it failed.
  package private(set) var saidFailed: UInt32?
  /// The first line of its log that is an error.
  package private(set) var saidError: UInt32?

  /// The ends of tasks that made calls, or that nothing else is told of.
  private var ends: [TaskID: End] = [:]
  private var lastEnd: End?
  /// The task that made the last request, and that.
  private var lastCaller: TaskID?
  private var lastCall: UInt32 = 0
  /// The task that took hold of another one last.
  package private(set) var holder: TaskID?
  private var reported: [TaskID: End] = [:]
  /// The last SIGCHLD that told of a stop of a child.
  package private(set) var reportedStops: [TaskID: UInt32] = [:]
  /// The first of the waits without a stop that took long and that something follows.
  private var closedWait: VainWait?
  /// For each caller, a wait without a stop that nothing of it follows yet.
  private var openWaits: [TaskID: VainWait] = [:]

  /// Nothing is known yet.
  package init() {}

  /// Reads a run.
  package init(of events: some Sequence<Event>) {
    for event in events { observe(event) }
  }

  /// What it came to. Its own word counts before its exit status: that may be a wrapper's.
  package var outcome: Outcome {
    // A `criu check` that looks good, in the same text as a dump that failed, is another run.
    if saidFailed != nil { return .failed }
    if saidFinished != nil { return .succeeded }
    switch end?.ending {
    // Errors that it went on after.
    case .exited(let code)?: return code == 0 ? .succeeded : .failed
    case .killed(let signal, _)?: return saidError == nil ? .killed(signal) : .failed
    case nil: return saidError == nil ? .notSeen : .failed
    }
  }

  /// Whether the trace is one of this task too: it shows calls of it, or its end.
  package func isOfTrace(_ task: TaskID) -> Bool { callers.contains(task) || ends[task] != nil }

  /// The end of a task of which SIGCHLD told the tracer.
  package func reportedEnd(of task: TaskID) -> End? { reported[task] }

  /// The first wait that took as long as one that hangs, and told of no stop.
  package var vainWait: VainWait? {
    (openWaits.values.filter(\.hangs) + [closedWait].compactMap { $0 })
      .min { $0.event.sequence < $1.event.sequence }
  }

  // MARK: Events

  /// Takes an event of the run.
  package mutating func observe(_ event: Event) {
    let sequence = event.sequence
    closeWait(before: event)
    if event.isCall { noteStep(event) }
    switch event.payload {
    case .request(let call):
      hasRequests = true
      if call.request != .traceMe { (lastCaller, lastCall) = (event.tracer, sequence) }
      if call.request != .traceMe, call.error == nil || holder == nil { holder = event.tracer }
      if call.isUnreturned {
        unreturned.append(Refusal(event: event, call: call))
      } else if call.error == nil {
        if call.request.takesHold { taken[event.tracee] = taken[event.tracee] ?? sequence }
        noteHold(call, event.tracee)
        ownStops.observe(call, on: event.tracee, by: event.tracer, at: sequence)
      } else if !call.isEndOfFilters {
        refusals.append(Refusal(event: event, call: call))
      }
    case .wait(let call) where call.result < 0 && Errno(result: call.result) != .noChild:
      openWaits[event.tracer] = VainWait(event: event, call: call)
    case .stop(let stop): ownStops.observe(stop, of: event.tracee, by: event.tracer, at: sequence)
    case .signal(let record): observe(record, event)
    case .missed: missed.append(sequence)
    case .gap: gaps = (gaps?.lowerBound ?? sequence)...sequence
    case .ended(let ending):
      showsEnds = true
      held.remove(event.tracee)
      if event.tracee == event.tracer {
        ownStops.end(tracer: event.tracer, at: sequence)
        lastEnd = End(event: event, ending: ending)
        ends[event.tracer] = lastEnd
      }
    case .log(let record): observe(record, at: sequence)
    default: break
    }
  }

  /// Lets go of failed calls in the middle, where there are very many: the first and the last stay, so many each.
  package mutating func passOverMiddle(beyond most: Int) {
    TracerHistory.cut(&refusals, to: most)
    TracerHistory.cut(&unreturned, to: most)
    TracerHistory.cut(&missed, to: most)
  }

  private static func cut<Element>(_ all: inout [Element], to most: Int) {
    // Each cut moves what comes after it, so there is one for many events.
    guard all.count > 3 * most else { return }
    all.removeSubrange(most..<(all.count - most))
  }

  private mutating func noteHold(_ call: RequestCall, _ task: TaskID) {
    if call.request.takesHold { held.insert(task) }
    guard call.request == .detach else { return }
    held.remove(task)
    hasLetGo = true
  }

  private mutating func noteStep(_ event: Event) {
    calls += 1
    lastStep = event.sequence
    steps[event.tracee] =
      (steps[event.tracee]?.lowerBound ?? event.sequence)...event.sequence
    callers.insert(event.tracer)
  }

  private mutating func closeWait(before event: Event) {
    guard !openWaits.isEmpty, var wait = openWaits.removeValue(forKey: event.tracer) else { return }
    wait.next = event
    // One of another tracer may have begun before it.
    if wait.hangs, closedWait.map({ wait.event.sequence < $0.event.sequence }) ?? true {
      closedWait = wait
    }
  }

  private mutating func observe(_ record: SignalRecord, _ event: Event) {
    switch record.fate {
    case .generated where record.info.sender == event.tracer:
      ownStops.send(record.info.signal, to: event.tracee, at: event.sequence)
    case .delivered where record.info.signal == .child:
      guard let child = record.info.sender, event.tracee != child, reported[child] == nil else {
        return
      }
      guard let ending = record.info.childStatus?.ending else {
        reportedStops[child] = event.sequence
        return
      }
      held.remove(child)
      reported[child] = End(event: event, ending: ending)
    default: break
    }
  }

  private mutating func observe(_ record: LogRecord, at sequence: UInt32) {
    switch record.fact {
    case .finished: saidFinished = saidFinished ?? sequence
    case .failed: saidFailed = saidFailed ?? sequence
    default: break
    }
    if record.severity == .error { saidError = saidError ?? sequence }
  }
}
