import FiniModel
import Testing

@testable import FiniImporters

/// What strace shows of accesses that fail, and of what a tracer reads about a task that it did not get.
@Suite("Accesses that fail, in an strace")
struct RefusedAccessTests {
  private func sights(_ lines: String...) -> [Sight] {
    var reader = InputReader(format: .strace, name: "-", task: TaskID(0))
    var found: [Sight] = []
    for (index, line) in lines.enumerated() {
      reader.read(TextLine(line, number: UInt32(index + 1))) { found.append($0) }
    }
    return found
  }

  private func accesses(_ lines: [Sight]) -> [MemoryAccess] {
    lines.compactMap {
      if case .note(.memory(let access), _) = $0.thing { access } else { nil }
    }
  }

  @Test("process_vm_writev that fails has an error, and no bytes")
  func writeFails() {
    let found = accesses(
      sights(
        #"process_vm_writev(7, [{iov_base="\314", iov_len=1}], 1, [{iov_base=0x401280, iov_len=1}], 1, 0) = -1 EFAULT (Bad address)"#
      ))
    #expect(
      found == [
        MemoryAccess(
          .writeRemote, at: RemoteAddress(0x40_1280), byteCount: 1, bytes: 0, error: .badAddress)
      ])
  }

  @Test("process_vm_readv that fails shows only where its buffer is")
  func readFails() {
    let found = accesses(
      sights(
        "process_vm_readv(7, [{iov_base=0x7ffe00001000, iov_len=64}], 1, [{iov_base=0x10, iov_len=64}], 1, 0) = -1 EFAULT (Bad address)"
      ))
    #expect(
      found == [
        MemoryAccess(
          .readRemote, at: RemoteAddress(0x10), byteCount: 8, bytes: 0, error: .badAddress)
      ])
  }

  @Test("A result that strace writes by name")
  func namedResult() {
    let found = sights(
      "ptrace(PTRACE_GET_SYSCALL_INFO, 7, 88, {op=PTRACE_SYSCALL_INFO_EXIT, arch=AUDIT_ARCH_X86_64, instruction_pointer=0x1, stack_pointer=0x2, exit={rval=-ENOSYS, is_error=1}}) = 33"
    )
    guard case .request(let call, _)? = found.first?.thing, case .syscall(let info) = call.detail
    else {
      Issue.record("no request: \(found)")
      return
    }
    #expect(info.result == -38)
  }

  /// Whether it is told that a task is traced by another one.
  private func isTold(_ lines: [Sight], by words: String) -> Bool {
    lines.contains {
      guard case .note(.log(let record), TaskID(7)) = $0.thing else { return false }
      return record.fact == .cannotBeSeized(state: UInt8(ascii: "t")) && $0.text == words
    }
  }

  private static let status =
    #"read(12, "Name:\tt\nTgid:\t7\nPid:\t7\nPPid:\t1\nTracerPid:\t9\nUid:\t0\t0"..., 1024) = 1024"#

  @Test("TracerPid names who holds a task that was refused, read before that or after it")
  func tracerNumber() {
    let refused = "ptrace(PTRACE_ATTACH, 7) = -1 EPERM (Operation not permitted)"
    #expect(isTold(sights(refused, Self.status), by: "TracerPid: 9"))
    #expect(isTold(sights(Self.status, refused), by: "TracerPid: 9"))
    #expect(!isTold(sights(Self.status), by: "TracerPid: 9"))
    #expect(
      !isTold(sights("ptrace(PTRACE_ATTACH, 7) = 0", Self.status, refused), by: "TracerPid: 9"))
  }
}
