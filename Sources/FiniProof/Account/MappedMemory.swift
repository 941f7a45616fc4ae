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
    /// What is not unmapped of it.
    var left: [RemoteRange]
    var isUnmapped: Bool { left.isEmpty }
    /// The task ran nothing since but calls that are shown.
    var isHeld = true
  }

  private struct Call: Hashable {
    var registers: Registers
    /// It is made by int $0x80, which takes the 32-bit table in 64-bit code, too.
    var isLegacy: Bool
    var hasRun = false
    var isSure = true
  }

  /// A call that the task made for the tracer and that the kernel refused.
  package struct Failure: Hashable, Sendable {
    /// The number of the call, of the 32-bit interface in a task that runs 32-bit code.
    package var number: UInt64
    /// Whether it does.
    package var isCompat: Bool
    /// Whether 64-bit code made it by int $0x80, which takes the numbers of the 32-bit table.
    package var isLegacyCall: Bool
    /// Why.
    package var error: Errno
    /// The registers read, with the result.
    package var event: UInt32
  }

  /// A call that the task made for the tracer.
  struct Made: Hashable {
    /// The registers with which it was made: number and arguments.
    var registers: Registers
    /// Its result.
    var result: UInt64
    /// The registers read, with the result.
    var event: UInt32
    /// No events were lost since the call.
    var isSure: Bool
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
  /// The size of a page of x86-64: munmap(2) rounds lengths up to it.
  private static let pageSize: UInt64 = 4096

  /// The blob, as far as it is known.
  package var blob: RemoteRange? {
    guard let sigreturn else { return all.first?.range }
    return all.first { $0.range.contains(sigreturn) }?.range
  }

  /// What was mapped and not unmapped, in order.
  var remnants: [Remnant] {
    all.flatMap { mapping in
      mapping.left.map { left in
        Remnant(
          what: .mapping(left, of: mapping.range, isHeld: mapping.isHeld && !hasRun),
          event: mapping.event, isSure: mapping.isSure)
      }
    }
  }

  /// Whether an address lies in memory that is still mapped for the tracer.
  func contains(_ address: RemoteAddress) -> Bool {
    all.contains { mapping in mapping.left.contains { $0.contains(address) } }
  }

  /// The parasite told where its rt_sigreturn is.
  mutating func learn(sigreturn: RemoteAddress) { self.sigreturn = sigreturn }

  /// Registers were written.
  ///
  /// - Parameter isLegacyCall: whether they lead to int $0x80.
  mutating func write(_ registers: Registers, isLegacyCall: Bool = false) {
    call = Call(registers: registers, isLegacy: isLegacyCall)
  }

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
  ///
  /// - Returns: the call, where the processor left its place in `rcx`: no other instruction does that.
  @discardableResult
  mutating func read(_ registers: Registers, at sequence: UInt32) -> Made? {
    defer { take(registers, at: sequence) }
    guard let call, call.hasRun, !registers.isCompat, isResult(registers, of: call),
      registers[.rcx] == call.registers[.rip] &+ 2
    else { return nil }
    return Made(
      registers: call.registers, result: registers[.rax], event: sequence, isSure: call.isSure)
  }

  private mutating func take(_ registers: Registers, at sequence: UInt32) {
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
        number: asked[.rax], isCompat: registers.isCompat, isLegacyCall: call.isLegacy,
        error: error, event: sequence)
    }
    // The numbers below are those of the other table.
    if call.isLegacy {
      self.call = nil
      return
    }
    switch asked[.rax] {
    case SyscallNumber.mmap:
      let (end, overflow) = value.addingReportingOverflow(asked[.rsi])
      self.call = nil
      // An error number is within a page of the top, and so overflows or fails the last test.
      guard !overflow, asked[.rsi] > 0, Errno(result: Int64(bitPattern: value)) == nil else {
        return
      }
      let range = RemoteRange(start: RemoteAddress(value), end: RemoteAddress(end))
      all.append(
        Mapping(
          range: range, event: sequence, isSure: call.isSure && isResult(registers, of: call),
          left: [range]))
    case SyscallNumber.munmap where value == 0:
      self.call = nil
      let (end, overflow) = MappedMemory.rounded(asked[.rdi], asked[.rsi])
      guard !overflow else { return }
      let gone = RemoteRange(start: RemoteAddress(asked[.rdi]), end: RemoteAddress(end))
      for index in all.indices { all[index].left = all[index].left.flatMap { $0.without(gone) } }
    case SyscallNumber.munmap: break
    default: self.call = nil
    }
  }

  /// The end of some bytes, in whole pages.
  private static func rounded(_ start: UInt64, _ length: UInt64) -> (UInt64, Bool) {
    let (size, isTooLong) = length.addingReportingOverflow(pageSize - 1)
    let (end, isTooFar) = start.addingReportingOverflow(size & ~(pageSize - 1))
    return (end, isTooLong || isTooFar)
  }

  /// Whether the task stands right after the call. One on registers of its own may have any number in `rax`.
  private func isResult(_ registers: Registers, of call: Call) -> Bool {
    MappedMemory.callLengths.contains(registers[.rip] &- call.registers[.rip])
  }
}

extension RemoteRange {
  /// What is left of it without another one. A rest within a page is of a length that was not rounded up.
  fileprivate func without(_ other: RemoteRange) -> [RemoteRange] {
    guard other.start < end, start < other.end else { return [self] }
    var rest: [RemoteRange] = []
    if start < other.start { rest.append(RemoteRange(start: start, end: other.start)) }
    if other.end < end { rest.append(RemoteRange(start: other.end, end: end)) }
    return rest
  }
}
