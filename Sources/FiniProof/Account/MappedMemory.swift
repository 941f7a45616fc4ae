package import FiniModel

/// The memory that a task mapped, and unmapped again, in calls that it made for its tracer.
///
/// Such a call is registers written (number in `rax`, length in `rsi`), one or two resumes, and registers
/// read with the result in `rax`. Nothing says which mapping is the blob but the address that the parasite
/// reports; before it does, the first mapping is taken.
package struct MappedMemory: Hashable, Sendable {
  /// One mapping.
  package struct Mapping: Hashable, Sendable {
    /// Where it is.
    package var range: RemoteRange
    /// The registers read, with its address.
    package var event: UInt32
    /// The task stood right after the call's instruction when its registers were read, and nothing was
    /// lost since the call.
    var isSure: Bool
    var isUnmapped = false
    /// The task ran nothing since but calls that are shown.
    var isHeld = true
  }

  private struct Call: Hashable {
    var registers: Registers
    var hasRun = false
    var isSure = true
  }

  /// A call that the task made for the tracer and that the kernel refused.
  package struct Failure: Hashable, Sendable {
    /// The number of the call, of the 32-bit interface in a task that runs 32-bit code.
    package var number: UInt64
    /// Whether it does.
    package var isCompat: Bool
    /// Why.
    package var error: Errno
    /// The registers read, with the result.
    package var event: UInt32
  }

  /// The last call that failed.
  package private(set) var lastFailure: Failure?
  /// What was mapped, in order.
  package private(set) var all: [Mapping] = []
  private var call: Call?
  /// The task ran, and what it did is not shown yet.
  private var hasRun = false
  private var sigreturn: RemoteAddress?
  /// How far a remote call moves the instruction pointer: by the system call instruction, which has two
  /// bytes in either mode, and by an int3 if that ends it.
  private static let callLengths: ClosedRange<UInt64> = 2...3

  /// The blob, as far as it is known.
  package var blob: RemoteRange? {
    guard let sigreturn else { return all.first?.range }
    return all.first { $0.range.contains(sigreturn) }?.range
  }

  /// What was mapped and not unmapped, in order.
  var remnants: [Remnant] {
    all.filter { !$0.isUnmapped }
      .map {
        Remnant(
          what: .mapping($0.range, isHeld: $0.isHeld && !hasRun), event: $0.event, isSure: $0.isSure
        )
      }
  }

  /// Whether an address lies in memory that is still mapped for the tracer.
  func contains(_ address: RemoteAddress) -> Bool {
    all.contains { !$0.isUnmapped && $0.range.contains(address) }
  }

  /// The parasite told where its rt_sigreturn is.
  mutating func learn(sigreturn: RemoteAddress) { self.sigreturn = sigreturn }

  /// Registers were written.
  mutating func write(_ registers: Registers) { call = Call(registers: registers) }

  /// The task was let run.
  mutating func run() {
    call?.hasRun = true
    hasRun = true
  }

  /// Events were lost: what is open may be closed.
  mutating func doubt() {
    call?.isSure = false
    for index in all.indices { all[index].isSure = false }
  }

  /// Registers were read: the result of the call, if one is under way.
  mutating func read(_ registers: Registers, at sequence: UInt32) {
    if hasRun {
      hasRun = false
      let isCall = call.map { isResult(registers, of: $0) } ?? false
      if !isCall { for index in all.indices { all[index].isHeld = false } }
    }
    guard let call, call.hasRun else { return }
    let asked = call.registers
    let value = registers[.rax]
    if isResult(registers, of: call), let error = Errno(result: Int64(bitPattern: value)) {
      lastFailure = Failure(
        number: asked[.rax], isCompat: registers.isCompat, error: error, event: sequence)
    }
    switch asked[.rax] {
    case SyscallNumber.mmap:
      let (end, overflow) = value.addingReportingOverflow(asked[.rsi])
      self.call = nil
      // An error number is within a page of the top, and so overflows or fails the last test.
      guard !overflow, asked[.rsi] > 0, Errno(result: Int64(bitPattern: value)) == nil else {
        return
      }
      all.append(
        Mapping(
          range: RemoteRange(start: RemoteAddress(value), end: RemoteAddress(end)), event: sequence,
          isSure: call.isSure && isResult(registers, of: call)))
    case SyscallNumber.munmap where value == 0:
      self.call = nil
      let start = RemoteAddress(asked[.rdi])
      // The length may be rounded to pages in one of them.
      for index in all.indices where all[index].range.start == start {
        all[index].isUnmapped = true
      }
    case SyscallNumber.munmap: break
    default: self.call = nil
    }
  }

  /// Whether the task stands right after the call. One on registers of its own may have any number in `rax`.
  private func isResult(_ registers: Registers, of call: Call) -> Bool {
    MappedMemory.callLengths.contains(registers[.rip] &- call.registers[.rip])
  }
}
