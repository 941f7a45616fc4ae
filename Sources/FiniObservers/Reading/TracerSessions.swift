package import FiniModel
internal import FiniProof

/// The sessions of all tracers of a machine: which of them each thing that the kernel saw belongs to, and the events that
/// it makes of them.
///
/// A session is the work of one process: from its first ptrace call to its end, or until it holds no tracee and has made no
/// ptrace call for ``quiet``. Pure: it reads one record after the other, in the order of the ring, and is told the time.
/// What it keeps grows with the sessions and tasks that are open, not with what they did.
package struct TracerSessions {
  /// A session, by its place among all.
  package typealias ID = Int

  /// Why a session is over.
  package enum Ending: Hashable, Sendable {
    /// Its process has ended.
    case exited
    /// It holds nothing, and asked for nothing for ``TracerSessions/quiet``.
    case quiet
    /// Nobody watches any more.
    case interrupted
  }

  /// What the kernel says of a process that begins to trace.
  package struct Caller: Hashable, Sendable {
    /// The name of the thread that called; empty where that is not known.
    package var name = ""
    /// The words of its command line, perhaps not all of them.
    package var words: [String] = []
  }

  /// What is to be done for a session.
  package enum Step: Hashable, Sendable {
    /// A tracer has begun.
    case begin(ID, tracer: TaskID, at: Instant, Caller)
    /// A tracer has begun and is only counted. If nobody asked for it, it is to be ignored.
    case turnAway(tracer: TaskID, Caller)
    /// These are its next events; the tasks are those that they are the first to speak of.
    case add(ID, [Event], naming: [TaskID])
    /// It is over, and so many events are missing in it. The tasks are those that it touched and that live.
    case end(ID, tracer: TaskID, Ending, at: Instant, lost: UInt64, tracees: [TaskID])
  }

  /// A child that asked to be traced, as long as its tracer is not known: that is the one that waits for it.
  private struct Orphan {
    var records: [KernelRecord] = []
    static let mostRecords = 64
  }

  /// After how many nanoseconds without a call and without a tracee a session is over.
  let quiet: UInt64
  /// How many sessions are recorded at once.
  let mostOpen: Int
  /// How many children wait for their tracers at most.
  static let mostOrphans = 4096
  /// How long one of them waits, in nanoseconds.
  static let orphanage: UInt64 = 60_000_000_000

  /// The processes whose sessions are open, those that are not recorded among them.
  package var openTracers: [TaskID] { Array(open.keys) }

  private var open: [TaskID: TracerSession] = [:]
  private var recorded = 0
  private var nextID = 0
  /// Whose session a tracee's own doings belong to.
  private var owners: [TaskID: TaskID] = [:]
  private var orphans: [TaskID: Orphan] = [:]
  /// Tracers that nobody asked for.
  private var ignored: Set<TaskID> = []
  private var gone: [(task: TaskID, at: Instant)] = []
  private var lost: UInt64 = 0
  private var skipped: UInt64 = 0
  private var steps: [Step] = []

  /// No tracer is known yet.
  ///
  /// - Parameters:
  ///   - quiet: after how many nanoseconds without a call and without a tracee a session is over.
  ///   - mostOpen: how many sessions are recorded at once; of more it is said that they are turned away.
  package init(quiet: UInt64 = 5_000_000_000, mostOpen: Int = 1024) {
    self.quiet = quiet
    self.mostOpen = mostOpen
  }

  // MARK: In

  /// Takes what was read from the ring at once.
  ///
  /// - Parameters:
  ///   - records: in their order.
  ///   - skipped: how many may be missing beside those that are known to be lost.
  mutating func take(_ records: [KernelRecord], skipped: UInt64 = 0) -> [Step] {
    self.skipped = max(self.skipped, skipped)
    for record in records {
      self.lost = max(self.lost, record.lost)
      take(record)
    }
    for process in open.keys { flush(process) }
    return takeSteps()
  }

  /// Ends what is over by now.
  ///
  /// - Parameter lost: how many records were known to be lost before the ring was read to its end.
  mutating func look(at now: Instant, lost: UInt64 = 0) -> [Step] {
    self.lost = max(self.lost, lost)
    for (process, session) in open where session.isQuiet(at: now, for: quiet) {
      end(process, session.hasEnded ? .exited : .quiet, at: now)
    }
    let deadline = now.rawValue &- min(now.rawValue, TracerSessions.orphanage)
    orphans = orphans.filter { $0.value.records[0].left.rawValue >= deadline }
    return takeSteps()
  }

  /// Ends the session of a process that is known to be gone, or that is watched no longer.
  package mutating func end(_ process: TaskID, as ending: Ending, at now: Instant) -> [Step] {
    end(process, ending, at: now)
    return takeSteps()
  }

  /// Takes back a session that nobody asked for; its process is not looked at until it runs another program.
  package mutating func ignore(_ process: TaskID) {
    ignored.insert(process)
    guard let session = open.removeValue(forKey: process) else { return }
    if session.isRecorded { recorded -= 1 }
    disown(session)
  }

  /// The tasks that had ended by a moment and that were not handed out yet.
  package mutating func takeGone(until moment: Instant) -> [TaskID] {
    let count = gone.firstIndex { $0.at > moment } ?? gone.count
    defer { gone.removeFirst(count) }
    return gone[..<count].map(\.task)
  }

  // MARK: Records

  private mutating func take(_ record: KernelRecord) {
    switch record.fact {
    case .tracer(let name, let words):
      // It was not known, so a session of this number is that of a process that has ended.
      ignored.remove(record.process)
      end(record.process, .exited, at: record.entered)
      begin(record.process, at: record.entered, Caller(name: name, words: words))
    case .call(let call):
      switch CallReading(call) {
      case .request(let call, let tracee): take(call, of: tracee, record)
      case .wait(let call, let keepsState): take(call, keepsState, record)
      case .send, .other: break
      }
    case .generated(let signal): give(record, about: signal.target)
    case .delivered, .sigreturn: give(record, about: record.task)
    case .forked(let child): takeFork(child, record)
    case .executed:
      ignored.remove(record.process)
      give(record, about: record.task)
    case .ended(_, let isTracer): takeEnd(isTracer, record)
    case .unknown: break
    }
  }

  private mutating func take(_ call: RequestCall, of tracee: TaskID, _ record: KernelRecord) {
    if call.request == .traceMe {
      guard call.error == nil else { return give(record, about: record.task) }
      owners[record.task] = nil
      guard orphans.count < TracerSessions.mostOrphans else { return }
      orphans[record.task] = Orphan(records: [record])
      return
    }
    let process = record.process
    guard !ignored.contains(process) else { return }
    begin(process, at: record.entered)
    claim(tracee, by: process, record.task)
    guard var session = open.removeValue(forKey: process) else { return }
    session.last = max(session.last, record.left)
    session.take(record)
    if call.error == nil {
      if call.request == .detach {
        session.held[tracee] = nil
      } else {
        session.held[tracee] = record.task
        session.touched.insert(tracee)
        owners[tracee] = process
      }
    }
    open[process] = session
  }

  private mutating func take(_ call: WaitCall, _ keepsState: Bool, _ record: KernelRecord) {
    let process = record.process
    let tracee = TaskID(Int32(truncatingIfNeeded: max(0, call.result)))
    let orphan = orphans[tracee]?.records.first
    guard !ignored.contains(process) else {
      orphans[tracee] = nil
      return
    }
    if let orphan { begin(process, at: orphan.entered) }
    claim(tracee, by: process, record.task)
    guard var session = open.removeValue(forKey: process) else { return }
    session.take(record)
    if !keepsState, let status = call.status.map({ WaitStatus(rawValue: $0) }), status.isEnd {
      session.held[tracee] = nil
      session.touched.remove(tracee)
      if owners[tracee] == process { owners[tracee] = nil }
    } else if call.result > 0, owners[tracee] == process {
      session.held[tracee] = record.task
    }
    open[process] = session
  }

  private mutating func takeFork(_ child: TaskID, _ record: KernelRecord) {
    // The number is used again.
    orphans[child] = nil
    owners[child] = nil
    guard let process = owners[record.task] else { return give(record, about: record.task) }
    owners[child] = process
    open[process]?.touched.insert(child)
    open[process]?.take(record)
  }

  private mutating func takeEnd(_ isTracer: Bool, _ record: KernelRecord) {
    let task = record.task
    give(record, about: task)
    gone.append((task, record.left))
    if let owner = owners.removeValue(forKey: task) {
      open[owner]?.held[task] = nil
      open[owner]?.touched.remove(task)
      if let session = open[owner], session.isOver { end(owner, .exited, at: record.left) }
    }
    guard isTracer else { return }
    let process = record.process
    if task == process { ignored.remove(process) }
    guard var session = open.removeValue(forKey: process) else { return }
    session.take(record)
    // What a thread traces is let go when it ends, whatever its process does.
    session.held = session.held.filter { $0.value != task }
    if task == process { session.hasEnded = true }
    open[process] = session
    if session.isOver { end(process, .exited, at: record.left) }
  }

  /// Hands a tracee's own doing to the session that holds it.
  private mutating func give(_ record: KernelRecord, about task: TaskID) {
    if let owner = owners[task] {
      open[owner]?.take(record)
    } else if let count = orphans[task]?.records.count, count < Orphan.mostRecords {
      orphans[task]?.records.append(record)
    }
  }

  /// The parent of a child that asked to be traced is found.
  private mutating func claim(_ tracee: TaskID, by process: TaskID, _ tracer: TaskID) {
    guard let orphan = orphans.removeValue(forKey: tracee) else { return }
    for record in orphan.records { open[process]?.take(record) }
    open[process]?.held[tracee] = tracer
    open[process]?.touched.insert(tracee)
    if let last = orphan.records.last { open[process]?.last = last.left }
    owners[tracee] = process
  }

  // MARK: Sessions

  private mutating func begin(_ process: TaskID, at moment: Instant, _ caller: Caller = Caller()) {
    guard open[process] == nil else { return }
    let isRecorded = recorded < mostOpen
    open[process] = TracerSession(
      id: nextID, at: moment, lost: lost, skipped: skipped, isRecorded: isRecorded)
    guard isRecorded else {
      steps.append(.turnAway(tracer: process, caller))
      return
    }
    recorded += 1
    steps.append(.begin(nextID, tracer: process, at: moment, caller))
    nextID += 1
  }

  private mutating func flush(_ process: TaskID) {
    guard let step = open[process]?.flush() else { return }
    steps.append(step)
  }

  private mutating func end(_ process: TaskID, _ ending: Ending, at moment: Instant) {
    guard var session = open.removeValue(forKey: process) else { return }
    disown(session)
    guard session.isRecorded else { return }
    recorded -= 1
    steps += session.end(process, ending, at: moment, lost: lost, skipped: skipped)
  }

  private mutating func disown(_ session: TracerSession) {
    for task in session.touched { owners[task] = nil }
  }

  private mutating func takeSteps() -> [Step] {
    defer { steps = [] }
    return steps
  }
}
