/// A system call that the stopped task made for the tracer, from registers written to result read.
package struct RemoteCall: Hashable, Sendable {
  /// The registers written, with the call's number in `rax`.
  package var first: UInt32
  /// The registers read, with the result in `rax`.
  package var last: UInt32
  /// The number of the call.
  package var number: UInt64
  /// The result, raw.
  package var result: UInt64
  /// All events of the call, in order.
  package var events: [UInt32]
  /// ptrace and wait calls that it took.
  package var calls: Int

  package init(
    first: UInt32, last: UInt32, number: UInt64, result: UInt64, events: [UInt32], calls: Int
  ) {
    self.first = first
    self.last = last
    self.number = number
    self.result = result
    self.events = events
    self.calls = calls
  }
}
