import FiniModel
import Testing

@Suite struct RegistersTests {
  private func registers(rax: Int64, origRAX: Int64, rip: UInt64 = 0x1002) -> Registers {
    var registers = Registers()
    registers[.rax] = UInt64(bitPattern: rax)
    registers[.origRAX] = UInt64(bitPattern: origRAX)
    registers[.rip] = rip
    return registers
  }

  // signal(7), "Interruption of system calls"; the numbers are the kernel's own, from linux/errno.h.
  @Test(
    "A sigframe has the registers with which an interrupted call continues",
    arguments: [
      (-512, 0, Registers.Restart.reissue, 0, 0x1000),
      (-513, 35, .reissue, 35, 0x1000),
      (-514, 7, .reissue, 7, 0x1000),
      (-516, 230, .restartBlock, -4, 0x1002),
      (219, 202, .restartReady, 219, 0x1002),
      (219, -1, .none, 219, 0x1002),
      (-515, 1, .none, -515, 0x1002),
      (-4, 0, .none, -4, 0x1002),
      (17, 0, .none, 17, 0x1002),
      (-512, -1, .none, -512, 0x1002),
    ] as [(Int64, Int64, Registers.Restart, Int64, UInt64)])
  func restart(
    _ rax: Int64, _ origRAX: Int64, _ restart: Registers.Restart, _ newRAX: Int64, _ rip: UInt64
  ) {
    let saved = registers(rax: rax, origRAX: origRAX)
    #expect(saved.restart == restart)
    let frame = saved.forSigframe
    #expect(Int64(bitPattern: frame[.rax]) == newRAX)
    #expect(frame[.rip] == rip)
    #expect(frame[.origRAX] == UInt64.max)
    #expect(frame.differencesAfterSigreturn(from: saved).isEmpty)
  }

  @Test(
    "A call that any stop ends with EINTR is issued again if it waits for ever",
    arguments: [
      (232, -1, Registers.Restart.reissueWait), (281, -1, .reissueWait), (232, 500, .none),
      (232, 0, .none), (65, 0, .reissueWait), (220, 0, .reissueWait), (220, 8, .none),
      (441, 0, .reissueWait), (0, 0, .none),
    ] as [(Int64, Int64, Registers.Restart)])
  func waits(_ number: Int64, _ r10: Int64, _ restart: Registers.Restart) {
    var saved = registers(rax: -4, origRAX: number)
    saved[.r10] = UInt64(bitPattern: r10)
    saved[.rdx] = 1
    #expect(saved.restart == restart)
    #expect(saved.forSigframe[.rip] == (restart == .none ? 0x1002 : 0x1000))
  }

  @Test(
    "In 32-bit code a zero is restart_syscall only where the task is about to make a call",
    arguments: [
      (0, 267, 0x23, 0x80cd, true), (0, 0, 0x23, 0x80cd, true), (0, -1, 0x23, 0x80cd, false),
      (0, 267, 0x23, 0x8955, false), (0, 267, 0x33, 0x80cd, false), (5, 267, 0x23, 0x80cd, false),
      (-516, 267, 0x23, 0x8955, true), (219, 230, 0x33, 0x050f, true), (0, 267, 0x23, nil, false),
    ] as [(Int64, Int64, UInt64, UInt16?, Bool)])
  func restart32(_ rax: Int64, _ origRAX: Int64, _ cs: UInt64, _ bytes: UInt16?, _ ends: Bool) {
    var saved = registers(rax: rax, origRAX: origRAX)
    saved[.cs] = cs
    #expect(saved.endsAtSigreturn(at: bytes) == ends)
  }

  @Test("RF may differ after rt_sigreturn, and nothing else")
  func resumeFlag() {
    let saved = registers(rax: 1, origRAX: -1)
    var found = saved
    found[.eflags] |= 0x10000
    #expect(found.differencesAfterSigreturn(from: saved).isEmpty)
    for name in Registers.Name.allCases {
      var other = saved
      other[name] ^= 1
      #expect(other.differencesAfterSigreturn(from: saved) == [name])
    }
  }

  @Test("Registers stand in the order of user_regs_struct")
  func order() {
    let names = Registers.Name.allCases.map { $0.text }
    #expect(
      names.joined(separator: " ")
        == "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp "
        + "ss fs_base gs_base ds es fs gs")
  }
}
