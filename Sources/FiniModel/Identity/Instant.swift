/// A moment on `CLOCK_MONOTONIC`, in nanoseconds; see clock_gettime(2).
package struct Instant: RawRepresentable, Hashable, Comparable, Sendable {
  /// Nanoseconds since the clock's start (boot, on Linux).
  package var rawValue: UInt64

  /// Wraps nanoseconds.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Wraps nanoseconds.
  package init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

  /// Orders by time.
  package static func < (left: Instant, right: Instant) -> Bool { left.rawValue < right.rawValue }

  /// Nanoseconds from `start` to `end`; negative if `end` came first.
  package static func - (end: Instant, start: Instant) -> Int64 {
    Int64(bitPattern: end.rawValue &- start.rawValue)
  }

  /// The moment `nanoseconds` later.
  package func advanced(by nanoseconds: Int64) -> Instant {
    Instant(rawValue: rawValue &+ UInt64(bitPattern: nanoseconds))
  }
}
