/// A moment on `CLOCK_MONOTONIC`, in nanoseconds; see clock_gettime(2).
public struct Instant: RawRepresentable, Hashable, Comparable, Sendable {
  /// Nanoseconds since the clock's start (boot, on Linux).
  public var rawValue: UInt64

  /// Wraps nanoseconds.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Wraps nanoseconds.
  public init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

  /// Orders by time.
  public static func < (left: Instant, right: Instant) -> Bool { left.rawValue < right.rawValue }

  /// Nanoseconds from `start` to `end`; negative if `end` came first.
  public static func - (end: Instant, start: Instant) -> Int64 {
    Int64(bitPattern: end.rawValue &- start.rawValue)
  }

  /// The moment `nanoseconds` later.
  public func advanced(by nanoseconds: Int64) -> Instant {
    Instant(rawValue: rawValue &+ UInt64(bitPattern: nanoseconds))
  }
}
