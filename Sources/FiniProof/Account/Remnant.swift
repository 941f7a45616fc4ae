package import FiniModel

/// One thing that a tracer changed in a task and did not put back before it let go.
package struct Remnant: Hashable, Sendable {
  /// What was left.
  package enum What: Hashable, Sendable {
    /// A word of memory was written, and what was there before was not written back.
    case word(RemoteAddress)
    /// Registers for code of the tracer's were written, and not the task's own after it. These were read here.
    case registers(ownEvent: UInt32)
    /// A register was written by hand, and not the task's own after it, before the task could run.
    ///
    /// - own: what it was, and where that was read; a tracer that did not read it first can't put it back.
    case changedRegister(Registers.Name, UInt64, own: UInt64?, ownEvent: UInt32?)
    /// The task stopped by an int3 of the tracer's, and goes on one byte after it: in the middle of the instruction
    /// that is there without it.
    case pastBreakpoint(RemoteAddress)
    /// Memory was mapped and not unmapped, or only in part: of a whole, this is left.
    ///
    /// - isHeld: the task ran nothing after that but calls that are shown, so it did not unmap it by itself.
    case mapping(RemoteRange, of: RemoteRange, isHeld: Bool)
    /// A call that the task made for the tracer changed something in it, and no other one changed that back.
    case call(CallEffects.Change)
    /// The task was about to make a system call, and its tracer took that away.
    case skippedCall(SkippedCalls.Skipped)
    /// The floating-point or extended state was written, and not what was read here.
    case extendedState(ownEvent: UInt32)
    /// State of this register set was written, and the tracer had never read any: what the task had in it is lost.
    case unreadState(set: UInt64)
    /// So many bytes from this address on were written, and the tracer had not read what was there.
    case unreadBytes(PatchedWords.Unread)
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
