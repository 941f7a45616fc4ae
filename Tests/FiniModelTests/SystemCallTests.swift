import FiniModel
import Testing

@Suite struct SystemCallTests {
  // From the tables of the kernel's source: arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h.
  @Test(
    "rt_sigreturn by the table of its task",
    arguments: [
      (15, .x86_64, true), (173, .x86_64, false), (119, .x86_64, false), (139, .x86_64, false),
      (173, .i386, true), (119, .i386, true), (15, .i386, false),
      (139, .arm64, true), (15, .arm64, false), (173, .arm64, false),
      (15, nil, true), (173, nil, true), (119, nil, false), (139, nil, false), (0, nil, false),
    ] as [(UInt64, SystemCallABI?, Bool)])
  func sigreturn(number: UInt64, abi: SystemCallABI?, isSigreturn: Bool) {
    #expect(CallNumber(number, by: abi).isSigreturn == isSigreturn)
  }

  @Test("ioperm of a 64-bit task is not taken for its sigreturn, and is named")
  func ioperm() {
    let stop = StopRecord(
      status: 0x857f, stopClass: .syscallEntry, syscall: CallNumber(173, by: .x86_64))
    #expect(!stop.entersSigreturn)
    #expect(SyscallNumber.name(173) == "ioperm")
  }

  @Test(
    "AUDIT_ARCH_* of linux/audit.h",
    arguments: [
      (0xc000_003e, .x86_64), (0x4000_0003, .i386), (0xc000_00b7, .arm64), (0x1600_0000, nil),
    ] as [(UInt32, SystemCallABI?)])
  func architecture(word: UInt32, abi: SystemCallABI?) {
    #expect(SystemCallABI(auditArchitecture: word) == abi)
  }

  @Test("Arguments are where the kernel reads them")
  func arguments() {
    let call = SystemCall.mmap(
      at: RemoteAddress(0x7000), byteCount: 4096, [.read, .write, .execute],
      [.shared, .anonymous], file: nil)
    #expect(call.number == 9)
    #expect((0..<6).map { call.arguments[$0] } == [0x7000, 4096, 7, 0x21, .max, 0])
    let send = SystemCall.sigqueue(
      process: TaskID(7), thread: TaskID(8), .user1, info: RemoteAddress(0x99))
    #expect(send.number == 297)
    #expect((0..<6).map { send.arguments[$0] } == [7, 8, 10, 0x99, 0, 0])
  }
}

@Suite struct DebugControlTests {
  // Intel SDM, volume 3, figure 18-1: L0 is bit 0, G0 bit 1, L1 bit 2, ...
  @Test(
    "Which breakpoints a word of DR7 enables",
    arguments: [
      (0, []), (1, [0]), (2, [0]), (3, [0]), (4, [1]), (0x40, [3]), (0x55, [0, 1, 2, 3]),
      (0x400, []), (0xd0001, [0]),
    ] as [(UInt64, [Int])])
  func enables(word: UInt64, slots: [Int]) {
    let control = DebugControl(rawValue: word)
    #expect((0...3).filter { control.enables($0) } == slots)
    #expect(control.enablesAny == !slots.isEmpty)
    #expect(control.isArmed == slots.contains(0))
  }

  @Test("Without the first one the others stay, and its condition and length go")
  func withoutFirst() {
    #expect(DebugControl(rawValue: 0xdd_0405).withoutFirst.rawValue == 0xd0_0404)
  }
}
