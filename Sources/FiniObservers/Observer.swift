package import FiniModel

/// What watches a tracer and hands out events.
///
/// Not an enum of the two: both own resources that can't be copied, and an enum would have to be unpacked and
/// packed again for each call.
package protocol Observer: ~Copyable {
  /// Waits for at most `timeout` ms and hands out what was seen; perhaps nothing.
  mutating func next(timeout: Int32) -> [Event]
  /// Whether more was seen than the last call handed out.
  var hasMore: Bool { get }
  /// Everything that was seen until now, and what it leaves open; the last call.
  mutating func finish() -> [Event]
  /// Makes an event of a snapshot of a task.
  mutating func note(_ snapshot: Snapshot, of task: TaskID, at time: Instant) -> [Event]
  /// The tasks that events spoke of for the first time since this was last asked.
  mutating func takeMentioned() -> [TaskID]
  /// How many events were lost.
  var lost: UInt64 { get }
  /// Whether a tracer made a request of a watched task; without a subject, of any.
  var hasSeenRequest: Bool { get }
  /// How often a tracer let go of the subject.
  var releases: Int { get }
  /// The tracees that are held by a tracer now.
  var held: [TaskID] { get }
  /// The task that traced the subject last.
  var lastTracer: TaskID? { get }
  /// What this run in particular does not show, if there is such a thing.
  var shortcoming: String? { get }
  /// The calls that have not returned. A tracer that hangs is in one of them.
  var callsUnderWay: [CallUnderWay] { get }
}

/// A system call that a task is in.
package struct CallUnderWay: Hashable, Sendable {
  /// The task.
  package var task: TaskID
  /// When it entered the call.
  package var entered: Instant
  /// The call's number on x86-64.
  package var number: UInt64
  /// The task that the call is about, or -1 for any.
  package var target: TaskID
}
