/// What a cure cost; only what was done to the task that is cured counts.
package struct Costs: Hashable, Sendable {
  /// ptrace and wait calls, failed ones included.
  package var calls = 0
  /// Stops.
  package var stops = 0
  /// Distinct signals of the tracee that were seen pending, stopping it, or reported.
  package var signals = 0
  /// How long the tracee was kept from its own work, in nanoseconds.
  ///
  /// It begins when the wait returns that reports the tracee's first stop (without such a wait,
  /// when the stop itself was recorded) and ends when the last successful PTRACE_DETACH returns.
  /// While the parasite runs, the tracee is frozen all the same. `nil` without both ends.
  package var frozen: Int64?
  /// Fini alone, or `nil` if it was not completed.
  package var fini: FiniWindow?

  /// No costs.
  package init() {}
}

/// The costs of fini alone.
///
/// The window opens with the PTRACE_INTERRUPT of fini. It closes with the wait that reports the
/// exit of rt_sigreturn; for a breakpoint after rt_sigreturn with the write to DR7 that disarms
/// it; for the direct way with the write of the saved registers. What is read after the closing
/// wait is not counted, even if it was read before the stop was classified.
package struct FiniWindow: Hashable, Sendable {
  /// ptrace and wait calls.
  package var calls = 0
  /// Stops.
  package var stops = 0
  /// From the entry of the first call to the return of the last one, in nanoseconds.
  package var duration: Int64 = 0
  /// PTRACE_INTERRUPT.
  package var first: UInt32
  /// The event that closes the window: a stop or a request.
  package var last: UInt32

  package init(
    first: UInt32, last: UInt32, calls: Int = 0, stops: Int = 0, duration: Int64 = 0
  ) {
    self.first = first
    self.last = last
    self.calls = calls
    self.stops = stops
    self.duration = duration
  }
}
