package import FiniModel

/// A time during which a breakpoint was armed; the numbers are sequences of events.
package struct BreakpointSpan: Hashable, Sendable {
  /// The address in DR0, or `nil` if its write was not seen.
  package var address: RemoteAddress?
  /// The write to DR7 that armed it.
  package var armed: UInt32
  /// The write to DR7 that disarmed it, or `nil` if none came.
  package var disarmed: UInt32?
  /// The breakpoint stops in between.
  package var hits: [UInt32] = []
}
