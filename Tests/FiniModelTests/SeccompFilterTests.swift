import FiniModel
import Testing

/// One instruction of classic BPF, as in linux/bpf_common.h and linux/filter.h.
private struct Instruction {
  var code: UInt16
  var yes: UInt8 = 0
  var no: UInt8 = 0
  var operand: UInt32 = 0

  var word: UInt64 {
    UInt64(code) | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(operand) << 32
  }

  static func load(_ offset: UInt32) -> Self { Self(code: 0x20, operand: offset) }
  static func put(_ operand: UInt32) -> Self { Self(code: 0x00, operand: operand) }
  static func putX(_ operand: UInt32) -> Self { Self(code: 0x01, operand: operand) }
  static func equal(_ operand: UInt32, _ yes: UInt8, _ no: UInt8) -> Self {
    Self(code: 0x15, yes: yes, no: no, operand: operand)
  }
  static func answer(_ operand: UInt32) -> Self { Self(code: 0x06, operand: operand) }
  static let answerA = Self(code: 0x16)
}

@Suite struct SeccompFilterTests {
  // AUDIT_ARCH_X86_64; restart_syscall is 219. Each argument has its own halves.
  private static let call = FilteredCall(
    number: 219, architecture: 0xc000_003e, instruction: 0x7fff_1234_5678,
    arguments: [
      0x11_0000_0001, 0x12_0000_0002, 0x13_0000_0003, 0x14_0000_0004, 0x15_0000_0005,
      0x16_0000_0006,
    ])

  private func filter(_ program: [Instruction]) -> SeccompFilter {
    var filter = SeccompFilter()
    for (index, instruction) in program.enumerated() {
      filter.instructions[index] = instruction.word
    }
    filter.count = program.count
    return filter
  }

  private func answer(_ program: [Instruction], _ call: FilteredCall = call) -> UInt32? {
    filter(program).answer(to: call)
  }

  @Test("Each word of struct seccomp_data, by its offset")
  func words() {
    let expected: [UInt32] = [
      219, 0xc000_003e, 0x1234_5678, 0x7fff, 1, 0x11, 2, 0x12, 3, 0x13, 4, 0x14, 5, 0x15, 6, 0x16,
    ]
    for (index, word) in expected.enumerated() {
      #expect(answer([.load(UInt32(index) * 4), .answerA]) == word)
    }
    #expect(answer([.load(64), .answerA]) == nil)
    #expect(answer([.load(2), .answerA]) == nil)
    #expect(answer([Instruction(code: 0x80), .answerA]) == 64)
    #expect(answer([Instruction(code: 0x81), Instruction(code: 0x87), .answerA]) == 64)
  }

  @Test(
    "Jumps, by an operand and by X: code, A, the other, whether it jumps",
    arguments: [
      (0x15, 5, 5, true), (0x15, 5, 6, false), (0x25, 6, 5, true), (0x25, 5, 5, false),
      (0x25, 0xffff_ffff, 1, true), (0x35, 5, 5, true), (0x35, 4, 5, false), (0x45, 6, 2, true),
      (0x45, 5, 2, false), (0x45, 0x8000_0000, 0x8000_0000, true),
    ] as [(UInt16, UInt32, UInt32, Bool)])
  func jumps(code: UInt16, a: UInt32, other: UInt32, holds: Bool) {
    // By the operand; then by X, with an operand that has no meaning.
    let byOperand = Instruction(code: code, yes: 1, no: 0, operand: other)
    let byX = Instruction(code: code | 8, yes: 1, no: 0, operand: 77)
    let expected: UInt32 = holds ? 2 : 1
    #expect(answer([.put(a), byOperand, .answer(1), .answer(2)]) == expected)
    #expect(answer([.put(a), .putX(other), byX, .answer(1), .answer(2)]) == expected)
  }

  @Test("A jump that is always taken, and both distances of one that is not")
  func distances() {
    #expect(
      answer([Instruction(code: 0x05, operand: 2), .answer(1), .answer(2), .answer(3)]) == 3)
    #expect(answer([.put(1), .equal(1, 2, 1), .answer(1), .answer(2), .answer(3)]) == 3)
    #expect(answer([.put(1), .equal(9, 2, 1), .answer(1), .answer(2), .answer(3)]) == 2)
    #expect(answer([Instruction(code: 0x05, operand: 9), .answer(1)]) == nil, "over the end")
  }

  @Test(
    "Arithmetic, by an operand and by X: code, A, the other, result",
    arguments: [
      (0x04, 0xffff_ffff, 2, 1), (0x14, 1, 2, 0xffff_ffff), (0x24, 0x1_0001, 0x1_0000, 0x1_0000),
      (0x34, 7, 2, 3), (0x44, 0b101, 0b011, 0b111), (0x54, 0b101, 0b011, 0b001),
      (0x64, 1, 31, 0x8000_0000),
      (0x74, 0x8000_0000, 31, 1), (0xa4, 0b101, 0b011, 0b110),
    ] as [(UInt16, UInt32, UInt32, UInt32)])
  func arithmetic(code: UInt16, a: UInt32, other: UInt32, result: UInt32) {
    #expect(answer([.put(a), Instruction(code: code, operand: other), .answerA]) == result)
    #expect(
      answer([.put(a), .putX(other), Instruction(code: code | 8, operand: 77), .answerA]) == result)
  }

  @Test("Negation, and a division by zero, which kills")
  func edges() {
    #expect(answer([.put(1), Instruction(code: 0x84), .answerA]) == 0xffff_ffff)
    let divides = filter([
      .put(1), .putX(0), Instruction(code: 0x3c), .answer(0x7fff_0000),
    ])
    #expect(!divides.allows(Self.call))
  }

  @Test("Sixteen words of scratch memory, and the ways between A and X")
  func memory() {
    for slot: UInt32 in 0..<16 {
      let other = (slot + 1) % 16
      #expect(
        answer([
          .put(40 + slot), Instruction(code: 0x02, operand: slot), .putX(9),
          Instruction(code: 0x03, operand: other), .put(0), Instruction(code: 0x60, operand: slot),
          .answerA,
        ]) == 40 + slot)
      #expect(
        answer([
          .putX(9), Instruction(code: 0x03, operand: slot), .putX(0),
          Instruction(code: 0x61, operand: slot), Instruction(code: 0x87), .answerA,
        ]) == 9)
    }
    let (toX, toA) = (Instruction(code: 0x07), Instruction(code: 0x87))
    #expect(answer([.put(8), toX, .put(0), toA, .answerA]) == 8)
    #expect(answer([Instruction(code: 0x60, operand: 16), .answerA]) == nil)
  }

  @Test(
    "Only ALLOW and LOG let a call be made, whatever data the answer has",
    arguments: [
      (0x8000_0000, false),  // KILL_PROCESS
      (0x0000_0000, false),  // KILL_THREAD
      (0x0003_0000, false),  // TRAP
      (0x0005_0001, false),  // ERRNO
      (0x7fc0_0000, false),  // USER_NOTIF
      (0x7ff0_0000, false),  // TRACE
      (0x7ffc_0000, true),  // LOG
      (0x7fff_0000, true),  // ALLOW
      (0x7fff_1234, true), (0x7ffc_ffff, true), (0x7ffe_0000, false), (0x1234_0000, false),
    ] as [(UInt32, Bool)])
  func actions(answer: UInt32, allows: Bool) {
    #expect(filter([.answer(answer)]).allows(Self.call) == allows)
    #expect(filter([.put(answer), .answerA]).allows(Self.call) == allows)
  }

  @Test("A filter as libseccomp writes them: architecture, x32, number")
  func usual() {
    let program: [Instruction] = [
      .load(4), .equal(0xc000_003e, 0, 5), .load(0),
      Instruction(code: 0x35, yes: 0, no: 1, operand: 0x4000_0000),
      .equal(0xffff_ffff, 0, 2), .equal(219, 1, 0), .answer(0x7fff_0000), .answer(0x8000_0000),
    ]
    var other = Self.call
    #expect(answer(program) == 0x8000_0000)
    other.number = 35
    #expect(answer(program, other) == 0x7fff_0000)
    other.number = 0x4000_0000 + 219
    #expect(answer(program, other) == 0x8000_0000, "x32")
    other = Self.call
    other.architecture = 0x4000_0003
    #expect(answer(program, other) == 0x8000_0000, "i386")
  }

  @Test("A program that no kernel accepts allows nothing")
  func foreign() {
    #expect(answer([]) == nil)
    #expect(answer([.put(1)]) == nil, "no answer")
    #expect(answer([Instruction(code: 0x28, operand: 0), .answer(0x7fff_0000)]) == nil, "ldh")
    #expect(answer([Instruction(code: 0x94, operand: 2), .answer(1)]) == nil, "mod")
    #expect(answer([Instruction(code: 0x0e), .answer(1)]) == nil, "ret x")
    #expect(answer([Instruction(code: 0x0120), .answer(1)]) == nil, "no byte")
  }

  @Test("The call is the one that the kernel makes: number, architecture, address, arguments")
  func restarting() {
    var registers = Registers()
    for name in Registers.Name.allCases { registers[name] = UInt64(name.rawValue) + 0x100 }
    registers[.cs] = 0x33
    registers[.origRAX] = 7
    registers[.rax] = UInt64(bitPattern: -516)
    registers[.rip] = 0x1002
    let expected = FilteredCall(
      number: 219, architecture: 0xc000_003e, instruction: 0x1002,
      arguments: [
        registers[.rdi], registers[.rsi], registers[.rdx], registers[.r10], registers[.r8],
        registers[.r9],
      ])
    #expect(FilteredCall(restarting: registers) == expected)
    // Rewound already: the program counter is at the call instruction.
    registers[.rax] = 219
    registers[.rip] = 0x1000
    #expect(FilteredCall(restarting: registers) == expected)
    registers[.cs] = 0x23
    registers[.rax] = UInt64(bitPattern: -516)
    registers[.rip] = 0x1002
    #expect(
      FilteredCall(restarting: registers)
        == FilteredCall(
          number: 0, architecture: 0x4000_0003, instruction: 0x1002,
          arguments: [
            registers[.rbx], registers[.rcx], registers[.rdx], registers[.rsi], registers[.rdi],
            registers[.rbp],
          ]))
  }
}
