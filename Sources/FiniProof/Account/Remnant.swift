package import FiniModel

/// One thing that a tracer changed in a task and did not put back before it let go.
package struct Remnant: Hashable, Sendable {
  /// What was left.
  package enum What: Hashable, Sendable {
    /// A word of memory was written, and what was there before was not written back.
    case word(RemoteAddress)
    /// Registers for code of the tracer's were written, and not the task's own after it. These were read here.
    case registers(ownEvent: UInt32)
    /// Memory was mapped and not unmapped.
    ///
    /// - isHeld: the task ran nothing after that but calls that are shown, so it did not unmap it by itself.
    case mapping(RemoteRange, isHeld: Bool)
    /// A signal was taken at a stop, and the task was resumed without it.
    case signal(Signal, resumed: UInt32)
    /// Another signal mask was set than the task had.
    case mask(own: SignalSet, ownEvent: UInt32, left: SignalSet)
    /// Nearly all signals were blocked, and no other mask was set; what the task had was not read.
    case wideMask(SignalSet)
    /// The task had handlers for these signals and has none now.
    case handlers(SignalSet)
  }

  /// What was left.
  package var what: What
  /// The event that proves it.
  package var event: UInt32
  /// Whether all that proves it was seen: no events were lost in between that may have closed it.
  package var isSure: Bool
}
