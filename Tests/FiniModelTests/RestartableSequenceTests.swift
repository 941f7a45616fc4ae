import FiniModel
import Testing

@Suite struct RestartableSequenceTests {
  // start_ip 0x1000, post_commit_offset 0x20, abort_ip 0x2000; see struct rseq_cs in linux/rseq.h.
  private static let words: InlineArray<4, UInt64> = [0, 0x1000, 0x20, 0x2000]

  @Test("The four words of struct rseq_cs")
  func parsing() throws {
    let sequence = try #require(RestartableSequence(words: Self.words))
    #expect(sequence.start == RemoteAddress(0x1000))
    #expect(sequence.byteCount == 0x20)
    #expect(sequence.abort == RemoteAddress(0x2000))
  }

  @Test(
    "Sequences that the kernel does not abort",
    arguments: [
      [1, 0x1000, 0x20, 0x2000],  // version 1
      [1 << 32, 0x1000, 0x20, 0x2000],  // RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT
      [0, 0x1000, 0x20, 0x1010],  // the handler inside of the sequence
    ] as [[UInt64]])
  func refused(_ words: [UInt64]) {
    #expect(RestartableSequence(words: [words[0], words[1], words[2], words[3]]) == nil)
  }

  @Test(
    "From the first instruction to the one that commits, which is the last in it",
    arguments: [(0xfff, false), (0x1000, true), (0x101f, true), (0x1020, false), (0, false)])
  func bounds(_ address: UInt64, _ isInside: Bool) throws {
    let sequence = try #require(RestartableSequence(words: Self.words))
    #expect(sequence.contains(RemoteAddress(address)) == isInside)
    var registers = Registers()
    for name in Registers.Name.allCases { registers[name] = UInt64(name.rawValue) + 1 }
    registers[.origRAX] = .max
    registers[.rip] = address
    let aborted = registers.aborted(sequence)
    #expect(aborted.map { $0.differences(from: registers) } == (isInside ? [.rip] : nil))
    if isInside { #expect(aborted?[.rip] == 0x2000) }
  }

  @Test("A system call that is to be issued again is rewound before the check")
  func systemCall() throws {
    let sequence = try #require(RestartableSequence(words: Self.words))
    var registers = Registers()
    registers[.origRAX] = 0
    registers[.rax] = UInt64(bitPattern: -512)  // ERESTARTSYS
    registers[.rip] = 0x1021
    #expect(registers.aborted(sequence)?[.rip] == 0x2000)
    #expect(registers.aborted(sequence)?[.rax] == 0)
    registers[.rip] = 0x1001
    #expect(registers.aborted(sequence) == nil)
  }
}
