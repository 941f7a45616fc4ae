package import FiniModel

/// Makes events of what a foreign tracer was seen to do: it pairs waits with stops, stops with their
/// tracees, and finds the phases. All sources that show such a tracer use it: BPF, the ptrace observer, logs.
/// What a source can't show is asked of its ``Source/Capabilities``.
///
/// Some things are known only from what comes after them: whether a SIGTRAP was the breakpoint, whether
/// the tracee that was let run serves as a daemon. Until that is known the events after it wait, but
/// no more than ``patience`` of them: then it stays ``StopClass/unknown``.
package struct ForeignStream: Sendable {
  /// When, and the tracer.
  package struct Moment: Hashable, Sendable {
    /// The task that traces.
    package var tracer: TaskID
    /// Entry.
    package var entered: Instant
    /// Exit.
    package var left: Instant
    /// Whether these times are its own.
    package var isOwn: Bool

    package init(tracer: TaskID, entered: Instant, left: Instant, isOwn: Bool = true) {
      self.tracer = tracer
      self.entered = entered
      self.left = left
      self.isOwn = isOwn
    }
  }

  /// `WNOWAIT`.
  private static let noWait: UInt32 = 0x0100_0000

  /// How many events wait at most for one that is open.
  package static let patience = 4096

  private let source: Source
  private var queue = EventQueue()
  /// What is known of each tracee, and where that of which one stands.
  var states: [ForeignTracee] = []
  private(set) var places: [TaskID: Int] = [:]
  private var lastPlace: (task: TaskID, place: Int)?
  /// Places of tracees that ended.
  private var free: [Int] = []
  /// The tracee that each tracer let run last, or else asked something of.
  private var lastResumed: [TaskID: TaskID] = [:]

  /// Starts before the first call.
  package init(source: Source) { self.source = source }

  // MARK: In

  /// Takes a ptrace call.
  package mutating func take(_ call: RequestCall, on tracee: TaskID, _ moment: Moment) {
    let place = place(of: tracee)
    // A look that is refused tells something too: PTRACE_GETSIGINFO at a group-stop.
    if !call.request.onlyLooks { closeStop(place, tracee) }
    if call.error == nil {
      settle(place, before: call)
      if let phase = states[place].phase(at: call) { announce(phase, tracee, moment, place) }
      if states[place].mayStartDaemon(call) {
        states[place].daemonSlot = append(.phase(.daemon), tracee, moment.atEntry, isOpen: true)
      }
    }
    append(.request(call), tracee, moment)
    states[place].observe(call)
    if call.error == nil {
      // The tracer by PTRACE_TRACEME is its parent, which shows with the first request that it makes.
      states[place].isHeld = call.request != .detach && call.request != .traceMe
      states[place].tracer = moment.tracer
      if call.request == .detach { tellTraps(place, tracee, moment.tracer) }
      if call.request.resumes || lastResumed[moment.tracer] == nil {
        lastResumed[moment.tracer] = tracee
      }
    }
  }

  /// Takes a wait4 or waitid call; a stop that it reports follows once all that was asked about it is
  /// there.
  ///
  /// - Parameters:
  ///   - call: the call.
  ///   - target: the task that it is about if it reports none; by default the one that it waits for.
  ///   - isEndTold: an end that it reports is in the stream already.
  package mutating func take(
    _ call: WaitCall, about target: TaskID? = nil, isEndTold: Bool = false, _ moment: Moment
  ) {
    guard call.result > 0 else {
      append(.wait(call), target ?? call.target, moment)
      return
    }
    let tracee = TaskID(Int32(truncatingIfNeeded: call.result))
    // A look at what the next wait will take says nothing that the next wait does not.
    guard call.options & ForeignStream.noWait == 0 else {
      append(.wait(call), tracee, moment)
      return
    }
    let place = place(of: tracee)
    closeStop(place, tracee)
    append(.wait(call), tracee, moment)
    guard let status = call.status.map({ WaitStatus(rawValue: $0) }) else { return }
    if status.isStop {
      states[place].sighting = StopReader.Sighting(status: status.rawValue)
      states[place].sightingMoment = moment.atExit
    }
    guard status.isEnd else { return }
    if !isEndTold, let ending = status.ending { append(.ended(ending), tracee, moment.atExit) }
    giveUp(place, tracee, moment.tracer)
    forget(tracee, at: place)
  }

  /// Takes a wait that was still under way when the trace ended.
  ///
  /// - Parameters:
  ///   - target: the task waited for; for any, the one that was let run last is meant.
  ///   - waited: for how long, in nanoseconds; `nil` if that is not known.
  package mutating func takeOpenWait(for target: TaskID, _ moment: Moment, waited: Int64?) {
    let tracee = target.rawValue > 0 ? target : lastResumed[moment.tracer] ?? target
    // A wait for children that are not traced, or were let go, may take any time.
    let state = places[tracee].map { states[$0] }
    let isHeld = state.map { $0.isHeld && $0.tracer == moment.tracer } ?? false
    guard waited.map({ $0 < ForeignStream.hang }) ?? false || !isHeld else {
      let awaited = state?.awaited ?? .interruptStop
      append(
        .missed(Missed(awaited: awaited, waited: UInt64(waited ?? 0))), tracee, moment)
      return
    }
    // A tracer that ended while it waited: the kernel would have restarted the call.
    append(.wait(WaitCall(target: target, options: 0, result: -512)), tracee, moment)
  }

  /// A wait that has taken that long hangs, in nanoseconds.
  package static let hang: Int64 = 1_000_000_000

  /// Where a tracee was when it stopped, as another source than its tracer saw it.
  package mutating func sight(_ programCounter: RemoteAddress, of tracee: TaskID) {
    guard let place = places[tracee] else { return }
    states[place].sighting?.programCounter = programCounter
  }

  /// What another source than its tracer saw of a tracee that has stopped.
  package struct SeenState: Hashable, Sendable {
    /// Where it was.
    package var programCounter: RemoteAddress?
    /// The system call that it was in.
    package var callNumber: UInt64?
    /// Its signal sets.
    package var sets: SignalSets?

    package init(
      programCounter: RemoteAddress? = nil, callNumber: UInt64? = nil, sets: SignalSets? = nil
    ) {
      self.programCounter = programCounter
      self.callNumber = callNumber
      self.sets = sets
    }
  }

  /// Takes what was seen of a tracee whose stop was reported just before.
  package mutating func sight(_ seen: SeenState, of tracee: TaskID) {
    guard let place = places[tracee] else { return }
    states[place].sighting?.programCounter = seen.programCounter
    states[place].sighting?.callNumber = seen.callNumber
    states[place].sighting?.sets = seen.sets
  }

  /// Takes what is no call: a signal, a line of a log, a loss.
  package mutating func take(_ payload: Event.Payload, about tracee: TaskID, _ moment: Moment) {
    switch payload {
    case .snapshot(var snapshot):
      // A snapshot is made after a long wait: a task that was let run before it serves as a daemon.
      for place in states.indices { confirmDaemon(place) }
      // The debug registers as its tracer wrote them last: only the tracer itself could read them.
      if let reader = places[tracee].map({ states[$0].reader }) {
        snapshot.dr0 = snapshot.dr0 ?? reader.armedAddress?.rawValue
        snapshot.dr7 = snapshot.dr7 ?? reader.debugControl?.rawValue
      }
      append(.snapshot(snapshot), tracee, moment)
    case .sigreturn(let record):
      if let place = places[tracee], let phase = states[place].phase(at: record) {
        announce(phase, tracee, moment, place)
      }
      append(payload, tracee, moment)
    default:
      append(payload, tracee, moment)
    }
  }

  /// Nothing more comes: what is open stays unknown.
  package mutating func end() {
    for (task, place) in places.sorted(by: { $0.key < $1.key }) {
      closeStop(place, task)
      giveUp(place, task, states[place].tracer ?? TaskID(0))
    }
  }

  // MARK: Out

  /// Hands over the events that are settled, in order.
  package mutating func drain(_ body: (Event) -> Void) {
    queue.drain(patience: ForeignStream.patience, body)
  }

  // MARK: Tracees

  /// Where the state of a tracee stands. It is changed where it is: a copy of it is half a kilobyte.
  mutating func place(of tracee: TaskID) -> Int {
    if let lastPlace, lastPlace.task == tracee { return lastPlace.place }
    let place = places[tracee] ?? free.popLast() ?? states.count
    if place == states.count { states.append(unseen) }
    places[tracee] = place
    lastPlace = (tracee, place)
    return place
  }

  private var unseen: ForeignTracee {
    ForeignTracee(showsTraps: source.capabilities.contains(.showsTraps))
  }

  /// Frees places: a long trace has more tasks than exist at once.
  mutating func forget(_ tracee: TaskID, at place: Int) {
    states[place] = unseen
    places[tracee] = nil
    lastPlace = nil
    free.append(place)
  }

  // MARK: Inside

  @discardableResult
  mutating func append(
    _ payload: Event.Payload, _ tracee: TaskID, _ moment: Moment, isOpen: Bool = false
  ) -> Int {
    queue.append(
      Event(
        sequence: 0, source: source, entered: moment.entered, left: moment.left,
        tracer: moment.tracer, tracee: tracee, payload: payload, hasOwnTime: moment.isOwn),
      isOpen: isOpen)
  }

  private mutating func announce(
    _ phase: Phase, _ tracee: TaskID, _ moment: Moment, _ place: Int
  ) {
    append(.phase(phase), tracee, moment.atEntry)
    states[place].phase = phase
  }

  /// The stop is complete when the tracer does something that is no look at it.
  mutating func closeStop(_ place: Int, _ tracee: TaskID) {
    guard let sighting = states[place].sighting, let moment = states[place].sightingMoment else {
      return
    }
    states[place].sighting = nil
    let reading = states[place].reader.read(sighting)
    queue.drop(states[place].daemonSlot)
    states[place].daemonSlot = nil
    var record = StopRecord(
      status: sighting.status, stopClass: reading.stopClass, info: reading.info,
      programCounter: sighting.place ?? reading.trapped, syscall: reading.syscall,
      sets: sighting.sets)
    if let address = reading.info?.address, record.programCounter == nil,
      reading.stopClass == .breakpoint || reading.stopClass == .singleStep
    {
      record.programCounter = address
    }
    settleTrap(place, after: reading)
    if let phase = states[place].phase(at: record, mayBeBreakpoint: reading.mayBeBreakpoint) {
      if reading.mayBeBreakpoint {
        states[place].trapPhaseSlot = append(.phase(phase), tracee, moment, isOpen: true)
      } else {
        announce(phase, tracee, moment, place)
      }
    }
    let slot = append(.stop(record), tracee, moment, isOpen: reading.mayBeBreakpoint)
    if reading.mayBeBreakpoint { states[place].trapSlot = slot }
    states[place].stopClass = reading.stopClass
    if let sets = sighting.sets { tellPending(sets, tracee, moment, place) }
  }

  /// Which signals have come into the queues since the stop before. The sets don't say what process sent them.
  private mutating func tellPending(
    _ sets: SignalSets, _ tracee: TaskID, _ moment: Moment, _ place: Int
  ) {
    for signal in sets.allPending.subtracting(states[place].pending).signals {
      append(
        .signal(
          SignalRecord(
            fate: .pending, info: SignalInfo(signal: signal, code: .unknown),
            toProcess: !sets.pending.contains(signal))), tracee, moment)
    }
    states[place].pending = sets.allPending
  }

  /// The first system call after a SIGTRAP tells what that was: after the breakpoint the parasite
  /// has nothing to call but rt_sigreturn.
  private mutating func settleTrap(_ place: Int, after reading: StopReader.Reading) {
    guard states[place].trapSlot != nil else { return }
    switch reading.stopClass {
    case .syscallEntry:
      guard let call = reading.syscall else {
        states[place].unseenEntry = true
        return
      }
      settleTrap(place, as: call.isSigreturn ? .breakpoint : .signalDelivery)
    case .syscallExit where states[place].unseenEntry:
      states[place].unseenExit = true
    case .syscallExit, .syscallStop:
      break
    default:
      settleTrap(place, as: .unknown)
    }
  }

  private mutating func settleTrap(_ place: Int, as stopClass: StopClass) {
    guard let slot = states[place].trapSlot else { return }
    states[place].trapSlot = nil
    states[place].unseenEntry = false
    states[place].unseenExit = false
    let phaseSlot = states[place].trapPhaseSlot
    states[place].trapPhaseSlot = nil
    if let phaseSlot {
      if stopClass == .breakpoint {
        queue.settle(phaseSlot)
        states[place].phase = .sigreturn
      } else {
        queue.drop(phaseSlot)
      }
    }
    queue.settle(slot) {
      guard case .stop(var record) = $0.payload else { return }
      record.stopClass = stopClass
      $0.payload = .stop(record)
    }
  }

  private mutating func settle(_ place: Int, before call: RequestCall) {
    if states[place].unseenExit, !call.request.onlyLooks {
      // A tracer that has seen the call that it waits for traces no further one.
      settleTrap(place, as: call.request == .syscall ? .signalDelivery : .breakpoint)
    }
    if call.request == .detach { settleTrap(place, as: .unknown) }
    if call.request == .interrupt { confirmDaemon(place) }
    queue.drop(states[place].daemonSlot)
    states[place].daemonSlot = nil
  }

  private mutating func confirmDaemon(_ place: Int) {
    guard let slot = states[place].daemonSlot else { return }
    queue.settle(slot)
    states[place].phase = .daemon
    states[place].daemonSlot = nil
  }

  /// Nothing more comes of it, or of its tracer.
  mutating func giveUp(_ place: Int, _ tracee: TaskID, _ tracer: TaskID) {
    settleTrap(place, as: .unknown)
    // It was let run and its tracer did not come back: it runs as a daemon, as far as can be seen.
    confirmDaemon(place)
    tellTraps(place, tracee, tracer)
  }
}

extension ForeignStream.Moment {
  /// Its beginning.
  var atEntry: ForeignStream.Moment { .init(tracer: tracer, entered: entered, left: entered) }
  /// Its end.
  var atExit: ForeignStream.Moment { .init(tracer: tracer, entered: left, left: left) }
}
