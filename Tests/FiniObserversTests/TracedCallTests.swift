import FiniModel
import Testing

@testable import FiniObservers

@Suite("What a traced tracer's call read and wrote")
struct TracedCallTests {
  /// Memory by address; what is not there can't be read.
  private func filled(
    _ number: UInt64, _ arguments: [UInt64], result: Int64 = 0, memory: [UInt64: [UInt8]]
  ) -> SeenCall {
    var call = SeenCall(
      number: number, arguments: arguments, result: result, word: nil, memory: [])
    CallMemory(of: call).fill(&call) { address, count in
      guard let bytes = memory[address.rawValue], bytes.count >= count else { return nil }
      return Array(bytes.prefix(count))
    }
    return call
  }

  @Test("A wait's status is four bytes, not eight")
  func status() {
    let call = filled(
      61, [7, 0x1000, 0, 0, 0, 0], result: 7, memory: [0x1000: halves([0x857f, 0xffff_ffff])])
    #expect(
      CallReading(call)
        == .wait(
          WaitCall(target: TaskID(7), options: 0, result: 7, status: 0x857f), keepsState: false))
    let blind = filled(61, [7, 0, 0, 0, 0, 0], result: 7, memory: [:])
    #expect(
      CallReading(blind)
        == .wait(WaitCall(target: TaskID(7), options: 0, result: 7), keepsState: false))
  }

  @Test("Words, registers that an iovec points to, and what is not mapped")
  func requests() throws {
    func request(_ arguments: [UInt64], memory: [UInt64: [UInt8]]) throws -> RequestCall {
      guard
        case .request(let call, tracee: TaskID(7)) = CallReading(
          filled(101, arguments + [0, 0], memory: memory))
      else { throw CancellationError() }
      return call
    }
    #expect(try request([2, 7, 0x50, 0x1000], memory: [0x1000: words([0xabcd])]).data == 0xabcd)
    #expect(
      try request([0x420b, 7, 8, 0x1000], memory: [0x1000: words([0x10])]).detail
        == .signalSet(SignalSet(rawValue: 0x10)))
    let general = words((0..<27).map { UInt64($0) })
    let read = try request(
      [0x4204, 7, 1, 0x1000], memory: [0x1000: words([0x2000, 216]), 0x2000: general])
    guard case .registers(let registers) = read.detail else {
      Issue.record("\(read.detail)")
      return
    }
    #expect(registers[.rip] == 16 && registers[.rsp] == 19)
    #expect(
      try request([0x4204, 7, 0x202, 0x1000], memory: [0x1000: words([0x2000, 2432])]).detail
        == .extendedState(byteCount: 2432, digest: nil))
    for gone in [[0x4204, 7, 1, 0x1000], [0x420a, 7, 8, 0x1000], [0x4202, 7, 0, 0x1000]]
      as [[UInt64]]
    {
      #expect(try request(gone, memory: [:]).detail == .none)
    }
  }

  @Test("A signal that was sent: its target, its number, its sender")
  func sent() {
    func sent(_ number: UInt64, _ arguments: [UInt64], result: Int64 = 0) -> SentSignal? {
      SentSignal(
        SeenCall(number: number, arguments: arguments, result: result, word: nil, memory: []),
        by: TaskID(4700))
    }
    let killed = sent(62, [7, 10])
    #expect(killed?.target == TaskID(7) && killed?.record.toProcess == true)
    #expect(
      killed?.record.info
        == SignalInfo(signal: .user1, code: .user, sender: TaskID(4700)))
    let threaded = sent(234, [7, 8, 19])
    #expect(threaded?.target == TaskID(8) && threaded?.record.toProcess == false)
    #expect(threaded?.record.info.code == .threadKill && threaded?.record.info.signal == .stop)
    #expect(sent(200, [8, 10])?.target == TaskID(8))
    // Refused, a test whether it is there, a group, another call.
    #expect(sent(62, [7, 10], result: -1) == nil)
    #expect(sent(62, [7, 0]) == nil)
    #expect(sent(62, [UInt64(bitPattern: -7), 10]) == nil)
    #expect(sent(61, [7, 10]) == nil)
    // rt_sigqueueinfo(2) with a siginfo: the number is the argument's.
    var queued = SeenCall(
      number: 129, arguments: [7, 12, 0x1000], result: 0, word: nil, memory: [])
    queued.memory = halves([10, 0, UInt32(bitPattern: -1), 0, 4700, 0, 5, 0, 0, 0, 0, 0])
    let value = SentSignal(queued, by: TaskID(1))
    #expect(value?.record.info.signal == .user2 && value?.record.info.value == 5)
    #expect(value?.record.info.sender == TaskID(4700))
  }
}
