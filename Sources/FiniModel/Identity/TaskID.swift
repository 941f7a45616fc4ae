/// The number of a task (a thread) as the kernel shows it: a tid.
///
/// The kernel uses these numbers again. To name a task after its end, use a ``TaskIdentity``. The
/// corresponding C type is `pid_t`; see gettid(2).
@usableFromInline
package struct TaskID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  @usableFromInline package var rawValue: Int32

  /// Wraps a number.
  @inlinable
  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// Wraps a number.
  @inlinable
  package init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// The decimal number.
  @usableFromInline package var description: String { "\(rawValue)" }

  /// Whether it is the same number; inlined in other modules, which compare tasks for each event.
  @inlinable
  package static func == (left: TaskID, right: TaskID) -> Bool { left.rawValue == right.rawValue }

  /// Orders by number.
  @inlinable
  package static func < (left: TaskID, right: TaskID) -> Bool { left.rawValue < right.rawValue }
}

/// A task that cannot be mistaken for a later one with the same number.
///
/// The start time is field 22 of `/proc/<tid>/stat`, in clock ticks since boot; see
/// proc_pid_stat(5).
package struct TaskIdentity: Hashable, Sendable {
  /// The tid.
  package var task: TaskID
  /// The thread group that the task belongs to, if known.
  package var group: TaskID?
  /// Start time in clock ticks since boot, or `nil` where it could not be read.
  package var startTicks: UInt64?
  /// The task's name (`comm`), raw and unescaped as the process chose it.
  package var name: String

  package init(task: TaskID, group: TaskID? = nil, startTicks: UInt64?, name: String) {
    self.task = task
    self.group = group
    self.startTicks = startTicks
    self.name = name
  }
}
