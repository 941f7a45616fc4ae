import FiniTestSupport
import Synchronization

/// A deadline, and the report to print if it passes.
final class SharedEnd: Sendable {
  private let state = Mutex<(end: UInt64, report: String)>((.max, ""))

  /// Sets both.
  func set(_ end: UInt64, _ report: String) { state.withLock { $0 = (end, report) } }

  /// The report, once the deadline has passed.
  var overdue: String? {
    let (end, report) = state.withLock { $0 }
    return Doors.milliseconds > end ? report : nil
  }
}
