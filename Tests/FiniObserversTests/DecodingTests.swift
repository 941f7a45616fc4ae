import CFiniBPF
import FiniModel
import FiniProof
import Testing

@testable import FiniObservers

@Suite("Records of the kernel are read from bytes, and any bytes at all")
struct DecodingTests {
  private func record(_ bytes: RecordBytes) throws -> KernelRecord {
    try #require(KernelRecord(bytes.bytes[...]))
  }

  private func call(_ number: UInt64, _ arguments: [UInt64], result: Int64, flags: UInt8 = 1)
    -> RecordBytes
  {
    var bytes = RecordBytes(kind: 1, flags: flags)
    bytes.put(Int32(4700), at: 4)
    bytes.put(Int32(4699), at: 8)
    bytes.put(UInt64(1000), at: 16)
    bytes.put(UInt64(1500), at: 24)
    bytes.put(number, at: 32)
    for (index, argument) in arguments.enumerated() { bytes.put(argument, at: 40 + index * 8) }
    bytes.put(result, at: 80)
    return bytes
  }

  private func reading(_ bytes: RecordBytes) throws -> CallReading {
    guard case .call(let call) = try record(bytes).fact else {
      Issue.record("not a call")
      return .other
    }
    return CallReading(call)
  }

  @Test("The head is where the C side has it")
  func layout() {
    #expect(MemoryLayout<fini_bpf_record>.size == 112)
    #expect(MemoryLayout<fini_bpf_record>.offset(of: \.arguments) == 40)
    #expect(MemoryLayout<fini_bpf_record>.offset(of: \.word) == 88)
    #expect(MemoryLayout<fini_bpf_record>.offset(of: \.lost) == 104)
  }

  @Test("A wait: who, when, and the status that it stored")
  func wait() throws {
    var bytes = call(61, [UInt64.max, 0x7fff_0000, 0x4000_0000], result: 4711)
    bytes.put(UInt64(0x80057f), at: 88)
    bytes.put(UInt64(7), at: 104)
    let record = try record(bytes)
    #expect(record.task == TaskID(4700) && record.process == TaskID(4699))
    #expect(record.entered == Instant(rawValue: 1000) && record.left == Instant(rawValue: 1500))
    #expect(record.lost == 7)
    #expect(
      try reading(bytes)
        == .wait(
          WaitCall(target: TaskID(-1), options: 0x4000_0000, result: 4711, status: 0x80057f),
          keepsState: false))
    // No task was reported: what is in the memory of the tracer is old.
    bytes.put(Int64(-10), at: 80)
    #expect(
      try reading(bytes)
        == .wait(
          WaitCall(target: TaskID(-1), options: 0x4000_0000, result: -10), keepsState: false))
  }

  @Test(
    "waitid tells the same in another way",
    arguments: [
      (1, 3, 0x300), (2, 9, 0x9), (3, 11, 0x8b), (4, 5, 0x57f), (4, 0x8005, 0x80057f),
      (5, 19, 0x137f), (6, 18, 0xffff),
    ] as [(UInt32, UInt32, UInt32)])
  func waitid(_ code: UInt32, _ status: UInt32, _ expected: UInt32) throws {
    var bytes = call(247, [1, 4711, 0x7fff_0000, 0x4100_0004], result: 0)
    bytes.attach(halves([17, 0, code, 0, 4711, 0, status, 0]) + [UInt8](repeating: 0, count: 16))
    #expect(
      try reading(bytes)
        == .wait(
          WaitCall(target: TaskID(4711), options: 0x4100_0004, result: 4711, status: expected),
          keepsState: true))
  }

  @Test("What a request read or wrote")
  func details() throws {
    func detail(_ bytes: RecordBytes) throws -> RequestCall {
      guard case .request(let call, let tracee) = try reading(bytes) else {
        throw Failed()
      }
      #expect(tracee == TaskID(4711))
      return call
    }
    // PEEKUSER of DR7: the raw call stores the word.
    var bytes = call(101, [3, 4711, 904, 0x7fff_0000], result: 0)
    bytes.put(UInt64(1), at: 88)
    #expect(try detail(bytes) == RequestCall(request: .peekUser, address: 904, data: 1))
    // POKEUSER gives the word itself.
    bytes = call(101, [6, 4711, 848, 0x40_1000], result: 0, flags: 0)
    #expect(
      try detail(bytes) == RequestCall(request: .pokeUser, address: 848, data: 0x40_1000))
    // SETSIGMASK.
    bytes = call(101, [0x420b, 4711, 8, 0x7fff_0000], result: 0)
    bytes.put(~UInt64(1 << 4), at: 88)
    #expect(try detail(bytes).detail == .signalSet(.all(but: .trap)))
    // GETSIGINFO of a breakpoint.
    bytes = call(101, [0x4202, 4711, 0, 0x7fff_0000], result: 0)
    bytes.attach(halves([5, 0, 4, 0]) + words([0x40_1000, 0, 0, 0]))
    #expect(
      try detail(bytes).detail
        == .signalInfo(
          SignalInfo(
            signal: .trap, code: .trapHardwareBreakpoint, address: RemoteAddress(0x40_1000))))
    // GETREGSET of 64 bits.
    bytes = call(101, [0x4204, 4711, 1, 0x7fff_0000], result: 0)
    bytes.attach(words((0..<27).map { $0 + 0x100 }))
    guard case .registers(let registers) = try detail(bytes).detail else { throw Failed() }
    #expect(registers[.r15] == 0x100 && registers[.rip] == 0x110 && registers[.gs] == 0x11a)
    // The same of a 32-bit task: eip is the 13th of 17, and an error in eax is negative.
    bytes = call(101, [0x4204, 4711, 1, 0x7fff_0000], result: 0)
    var small = (0..<17).map { UInt32($0) + 0x100 }
    small[6] = UInt32(bitPattern: -512)
    bytes.attach(halves(small))
    guard case .registers(let compat) = try detail(bytes).detail else { throw Failed() }
    #expect(compat[.rip] == 0x10c && compat[.rsp] == 0x10f && compat[.rbx] == 0x100)
    #expect(Int64(bitPattern: compat[.rax]) == -512)
    // SETREGSET of an extended state that is too small: refused, and told all the same.
    bytes = call(101, [0x4205, 4711, 0x202, 0x7fff_0000], result: -14)
    bytes.put(UInt64(4096), at: 88)
    #expect(try detail(bytes).detail == .extendedState(byteCount: 4096, digest: nil))
    // What a refused GETREGSET left in the tracer's memory says nothing.
    bytes = call(101, [0x4204, 4711, 1, 0x7fff_0000], result: -3)
    bytes.attach(words((0..<27).map { $0 }))
    #expect(try detail(bytes).detail == .none)
    // GET_SYSCALL_INFO at the entry of rt_sigreturn.
    bytes = call(101, [0x420e, 4711, 88, 0x7fff_0000], result: 80)
    bytes.attach(words([1, 0x40_1002, 0x7ffe_0000, 15, 0, 0, 0, 0, 0, 0]))
    #expect(
      try detail(bytes).detail
        == .syscall(
          SyscallInfo(
            operation: .entry, number: 15, instructionPointer: RemoteAddress(0x40_1002),
            stackPointer: RemoteAddress(0x7ffe_0000))))
  }

  struct Failed: Error {}

  @Test("A signal, its sender, and what became of it")
  func generated() throws {
    var bytes = RecordBytes(kind: 2, flags: 1 | 16)
    bytes.put(Int32(4801), at: 4)
    bytes.put(Int32(4711), at: 12)
    bytes.put(UInt64(10), at: 32)
    bytes.put(Int64(2), at: 80)
    bytes.attach(halves([10, 0, 0, 0, 4801, 1000]) + [UInt8](repeating: 0, count: 24))
    #expect(
      try record(bytes).fact
        == .generated(
          KernelRecord.Generated(
            target: TaskID(4711),
            info: SignalInfo(
              signal: .user1, code: .user, sender: TaskID(4801), senderUser: 1000),
            toProcess: true, outcome: .coalesced)))
  }

  @Test("A batch is read up to what makes no sense")
  func batch() {
    let one = RecordBytes(kind: 4)
    let whole = one.framed + one.framed
    #expect(KernelRecord.all(in: whole[...]).count == 2)
    #expect(KernelRecord.all(in: whole.dropLast()).count == 1)
    #expect(KernelRecord.all(in: (one.framed + words([.max, 0]))[...]).count == 1)
    #expect(KernelRecord.all(in: []).isEmpty)
  }

  @Test("Random bytes never trap")
  func garbage() {
    var generator = SystemRandomNumberGenerator()
    var account = KernelAccount(subject: TaskID(4711))
    for round in 0..<20_000 {
      var bytes = (0..<Int.random(in: 0...340, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      if bytes.count > 40, round % 2 == 0 {
        // Half of them are calls, so that the readers of memory are tested as well.
        bytes[0] = 1
        for index in 33..<40 { bytes[index] = 0 }
        bytes[32] = [101, 61, 247].randomElement(using: &generator) ?? 101
        for index in 42..<48 where bytes.count > 48 { bytes[index] = 0 }
      }
      if let record = KernelRecord(bytes[...]) {
        for event in account.take([record]) {
          _ = Event(EventRow(event), registers: event.registers)
        }
      }
    }
  }
}
