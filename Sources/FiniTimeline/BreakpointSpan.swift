public import FiniModel

/// A time during which a breakpoint was armed; the numbers are sequences of events.
public struct BreakpointSpan: Hashable, Sendable {
  /// The address in DR0, or `nil` if its write was not seen.
  public var address: RemoteAddress?
  /// The write to DR7 that armed it.
  public var armed: UInt32
  /// The write to DR7 that disarmed it, or `nil` if none came.
  public var disarmed: UInt32?
  /// The breakpoint stops in between.
  public var hits: [UInt32] = []
}
