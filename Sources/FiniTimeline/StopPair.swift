/// A stop with the calls that belong to it; each number is the sequence of an event.
package struct StopPair: Hashable, Sendable {
  /// The stop.
  package var stop: UInt32
  /// The wait that reported it, if it was recorded.
  package var wait: UInt32?
  /// The request that led to it: the last resume or PTRACE_INTERRUPT before the wait.
  package var cause: UInt32?
  /// What the tracer read between the wait's return and the classification of the stop.
  package var looks: [UInt32]
  /// From the return of the cause to the return of the wait, in nanoseconds.
  package var ran: Int64?
}
