/// Where a task has its restartable sequences announced; see rseq(2).
///
/// - Note: The corresponding C struct is `ptrace_rseq_configuration` in linux/ptrace.h.
public struct SequenceArea: Hashable, Sendable {
  /// Where its `struct rseq` lies; zero if it has registered none.
  public var address: RemoteAddress
  /// Its size as it was registered, in bytes.
  public var byteCount: UInt32
  /// What must stand before an abort handler.
  public var signature: UInt32

  /// Makes a value.
  public init(address: RemoteAddress, byteCount: UInt32, signature: UInt32) {
    self.address = address
    self.byteCount = byteCount
    self.signature = signature
  }

  /// Where the address of the sequence under way stands; zero there for none.
  public var pointer: RemoteAddress { address + 8 }
}

/// Instructions that must not be interrupted: who was in their middle goes on at the abort handler.
///
/// - Note: The corresponding C struct is `rseq_cs` in linux/rseq.h.
public struct RestartableSequence: Hashable, Sendable {
  /// The first instruction.
  public var start: RemoteAddress
  /// How many bytes from there to the end of the one that commits.
  public var byteCount: UInt64
  /// The abort handler.
  public var abort: RemoteAddress

  /// Makes a value.
  public init(start: RemoteAddress, byteCount: UInt64, abort: RemoteAddress) {
    self.start = start
    self.byteCount = byteCount
    self.abort = abort
  }

  /// Reads the four words of a `struct rseq_cs`.
  ///
  /// - Returns: `nil` for what no kernel leads to its abort handler by force: another version, a
  ///   handler inside of the sequence, or flags (docs/Decisions/0015).
  public init?(words: InlineArray<4, UInt64>) {
    self.init(
      start: RemoteAddress(words[1]), byteCount: words[2], abort: RemoteAddress(words[3]))
    if words[0] != 0 || contains(abort) { return nil }
  }

  /// Whether an instruction at this address would be one of the sequence, not yet committed.
  public func contains(_ address: RemoteAddress) -> Bool {
    address.rawValue &- start.rawValue < byteCount
  }
}

/// A task that was stopped in the middle of a sequence, and is to go on at the abort handler.
public struct SequenceAbort: Hashable, Sendable {
  /// Where it was.
  public var programCounter: RemoteAddress
  /// What it was in.
  public var sequence: RestartableSequence

  /// Makes a record.
  public init(programCounter: RemoteAddress, sequence: RestartableSequence) {
    self.programCounter = programCounter
    self.sequence = sequence
  }
}

extension Registers {
  /// The registers that the kernel gives a task that was interrupted in this sequence.
  ///
  /// - Returns: `nil` if the task was not in it.
  public func aborted(_ sequence: RestartableSequence) -> Registers? {
    // No system call may be made in a sequence. Of one that is, the kernel rewinds the call first.
    var registers = restart == .none ? self : forSigframe
    guard sequence.contains(registers.programCounter) else { return nil }
    registers[.rip] = sequence.abort.rawValue
    return registers
  }
}
