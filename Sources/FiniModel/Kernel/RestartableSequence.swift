/// Where a task has registered its `struct rseq`; see rseq(2).
///
/// - Note: The corresponding C struct is `ptrace_rseq_configuration` in linux/ptrace.h.
package struct SequenceArea: Hashable, Sendable {
  /// The address of its `struct rseq`; zero if it has registered none.
  package var address: RemoteAddress
  /// Its size as it was registered, in bytes.
  package var byteCount: UInt32
  /// The word that must stand before an abort handler.
  package var signature: UInt32

  package init(address: RemoteAddress, byteCount: UInt32, signature: UInt32) {
    self.address = address
    self.byteCount = byteCount
    self.signature = signature
  }

  /// The address of the pointer to the current sequence; the pointer is zero outside of one.
  package var pointer: RemoteAddress { address + 8 }
}

/// Instructions that must not be interrupted: a task that is interrupted in them continues at the
/// abort handler.
///
/// - Note: The corresponding C struct is `rseq_cs` in linux/rseq.h.
package struct RestartableSequence: Hashable, Sendable {
  /// The first instruction.
  package var start: RemoteAddress
  /// The length in bytes, including the instruction that commits.
  package var byteCount: UInt64
  /// The abort handler.
  package var abort: RemoteAddress

  package init(start: RemoteAddress, byteCount: UInt64, abort: RemoteAddress) {
    self.start = start
    self.byteCount = byteCount
    self.abort = abort
  }

  /// Reads the four words of a `struct rseq_cs`.
  ///
  /// - Returns: `nil` for a sequence that no kernel aborts: another version, a handler inside of
  ///   the sequence, or flags (docs/Decisions/0015).
  package init?(words: InlineArray<4, UInt64>) {
    self.init(
      start: RemoteAddress(words[1]), byteCount: words[2], abort: RemoteAddress(words[3]))
    if words[0] != 0 || contains(abort) { return nil }
  }

  /// Whether the instruction at this address is in the sequence and before its commit.
  package func contains(_ address: RemoteAddress) -> Bool {
    address.rawValue &- start.rawValue < byteCount
  }
}

/// A task that was stopped in a sequence, and must continue at the abort handler.
package struct SequenceAbort: Hashable, Sendable {
  /// The program counter at the stop.
  package var programCounter: RemoteAddress
  /// The sequence.
  package var sequence: RestartableSequence

  package init(programCounter: RemoteAddress, sequence: RestartableSequence) {
    self.programCounter = programCounter
    self.sequence = sequence
  }
}

extension Registers {
  /// The registers that the kernel gives a task that was interrupted in this sequence.
  ///
  /// - Returns: `nil` if the task was not in it.
  package func aborted(_ sequence: RestartableSequence) -> Registers? {
    // A sequence must not have a system call. If it has one, the kernel rewinds the call first.
    var registers = restart == .none ? self : forSigframe
    guard sequence.contains(registers.programCounter) else { return nil }
    registers[.rip] = sequence.abort.rawValue
    return registers
  }
}
