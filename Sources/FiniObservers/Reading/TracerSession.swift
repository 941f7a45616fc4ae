internal import FiniModel

/// The session of one tracer, as long as it is open.
struct TracerSession {
  private let id: TracerSessions.ID
  /// Turns what was seen into events; `nil` if the session is only counted.
  private var account: KernelAccount?
  private let lostBefore: UInt64
  private let skippedBefore: UInt64
  /// What was not turned into events yet.
  private var waiting: [KernelRecord] = []
  /// When it made its last ptrace call.
  var last: Instant
  /// The tracees that it holds, with the thread that does.
  var held: [TaskID: TaskID] = [:]
  /// The tasks that it has touched, and those below them, that have not ended.
  var touched: Set<TaskID> = []
  /// Whether the first thread of its process has ended.
  var hasEnded = false

  init(
    id: TracerSessions.ID, at moment: Instant, lost: UInt64, skipped: UInt64, isRecorded: Bool
  ) {
    self.id = id
    last = moment
    lostBefore = lost
    skippedBefore = skipped
    account = isRecorded ? KernelAccount(subject: TaskID(0), lost: lost) : nil
  }

  /// Whether it is more than counted.
  var isRecorded: Bool { account != nil }

  /// Whether its process has ended and none of its other threads holds a tracee.
  var isOver: Bool { hasEnded && held.isEmpty }

  /// Whether there was no call for so many nanoseconds, and no tracee is held by a process that is there.
  func isQuiet(at now: Instant, for quiet: UInt64) -> Bool {
    (held.isEmpty || hasEnded) && now.rawValue > last.rawValue &+ quiet
  }

  /// Takes what was seen.
  mutating func take(_ record: KernelRecord) {
    if account != nil { waiting.append(record) }
  }

  /// The events of what was taken; `nil` if there are none.
  mutating func flush() -> TracerSessions.Step? {
    guard !waiting.isEmpty, var account else { return nil }
    self.account = nil
    let events = account.take(waiting)
    waiting = []
    let tasks = account.takeMentioned()
    self.account = account
    return events.isEmpty ? nil : .add(id, events, naming: tasks)
  }

  /// The last of the events, and the end.
  mutating func end(
    _ process: TaskID, _ ending: TracerSessions.Ending, at moment: Instant, lost: UInt64,
    skipped: UInt64
  ) -> [TracerSessions.Step] {
    var steps = [flush()].compactMap { $0 }
    guard var account else { return steps }
    let events = account.finish(lost: lost, skipped: skipped - skippedBefore)
    if !events.isEmpty { steps.append(.add(id, events, naming: account.takeMentioned())) }
    steps.append(
      .end(
        id, tracer: process, ending, at: moment, lost: account.lost - lostBefore,
        tracees: touched.sorted()))
    return steps
  }
}
