internal import FiniModel

/// Finds the blob from the remote mmap that made room for it.
///
/// A remote system call is registers written (number in `rax`, length in `rsi`), one or two
/// resumes, and registers read with the result in `rax`. Nothing says which mapping is the blob
/// but the address that the parasite reports; before it does, the first mapping is taken.
struct BlobFinder {
  private var awaitedLength: UInt64?
  private var hasRun = false
  /// What was mapped, and what was unmapped again.
  private(set) var mapped: [(range: RemoteRange, event: UInt32)] = []
  private(set) var unmapped: [RemoteRange] = []
  private var mappings: [RemoteRange] { mapped.map { $0.range } }
  private var awaitedUnmap: RemoteRange?
  private var sigreturn: RemoteAddress?

  /// The blob, as far as it is known.
  var blob: RemoteRange? {
    guard let sigreturn else { return mappings.first }
    return mappings.first { $0.contains(sigreturn) }
  }

  mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call) where call.error == nil:
      observe(call, at: event.sequence)
    case .rpc(let record) where record.command == .ready && record.direction == .acknowledged:
      sigreturn = RemoteAddress(record.value)
    default:
      break
    }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch call.request {
    case .setRegisterSet, .setRegisters:
      guard case .registers(let registers) = call.detail else { return }
      awaitedLength = registers[.rax] == SyscallNumber.mmap ? registers[.rsi] : nil
      awaitedUnmap = BlobFinder.unmapping(registers)
      hasRun = false
    case .cont, .singleStep, .syscall:
      hasRun = true
    case .getRegisterSet, .getRegisters:
      if hasRun, let range = awaitedUnmap, case .registers(let registers) = call.detail,
        registers[.rax] == 0
      {
        unmapped.append(range)
        awaitedUnmap = nil
      }
      guard hasRun, let length = awaitedLength, case .registers(let registers) = call.detail else {
        return
      }
      awaitedLength = nil
      let start = registers[.rax]
      let (end, overflow) = start.addingReportingOverflow(length)
      // An error number is within a page of the top and so overflows or fails the last test.
      guard !overflow, length > 0, Errno(result: Int64(bitPattern: start)) == nil else { return }
      mapped.append((RemoteRange(start: RemoteAddress(start), end: RemoteAddress(end)), sequence))
    default:
      break
    }
  }

  /// The range that munmap is asked to unmap, in the registers of the call.
  private static func unmapping(_ registers: Registers) -> RemoteRange? {
    guard registers[.rax] == SyscallNumber.munmap else { return nil }
    let (end, overflow) = registers[.rdi].addingReportingOverflow(registers[.rsi])
    guard !overflow else { return nil }
    return RemoteRange(start: RemoteAddress(registers[.rdi]), end: RemoteAddress(end))
  }
}
