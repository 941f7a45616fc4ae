import FiniTestSupport
import Foundation
import Synchronization

/// Ends the program with a report when a cure takes too long.
final class Watchdog: Sendable {
  private let state = Mutex<(end: UInt64, report: String)>((.max, ""))

  /// Starts watching.
  init(_ recent: Recent) {
    Thread.detachNewThread { [self] in
      while true {
        usleep(100_000)
        let (end, report) = state.withLock { $0 }
        guard Doors.milliseconds > end else { continue }
        print(report)
        print(recent.lines(last: 60).joined(separator: "\n"))
        fflush(nil)
        exit(1)
      }
    }
  }

  /// Allows this many milliseconds from now.
  func allow(_ milliseconds: UInt64, report: String) {
    let end = Doors.milliseconds + milliseconds
    state.withLock { $0 = (end, report) }
  }
}
