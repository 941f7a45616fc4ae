import FiniTestSupport
import Synchronization

/// When something must be over, and what is to be said if it is not.
final class SharedEnd: Sendable {
  private let state = Mutex<(end: UInt64, report: String)>((.max, ""))

  /// Sets both.
  func set(_ end: UInt64, _ report: String) { state.withLock { $0 = (end, report) } }

  /// The report, once the time is over.
  var overdue: String? {
    let (end, report) = state.withLock { $0 }
    return Doors.milliseconds > end ? report : nil
  }
}
