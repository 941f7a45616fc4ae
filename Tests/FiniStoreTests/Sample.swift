import FiniModel

/// A generator that gives the same numbers on every run (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// Events to record.
enum Sample {
  /// At least one event of every kind, with every optional part there and absent.
  static var everyPayload: [Event] {
    let sets = SignalSets(
      pending: SignalSet(rawValue: 1 << 9), sharedPending: SignalSet(rawValue: .max),
      blocked: .all(but: .trap))
    let sent = SignalInfo(signal: .user1, code: .user, sender: TaskID(4801), senderUser: 1000)
    let trap = SignalInfo(
      signal: .trap, code: .trapHardwareBreakpoint, address: RemoteAddress(0xffff_ffff_8000_0000))
    let queued = SignalInfo(
      signal: Signal(rawValue: 40), code: .queue, sender: TaskID(1), senderUser: 0, value: .max)
    var registers = Registers()
    for name in Registers.Name.allCases { registers[name] = .max - UInt64(name.rawValue) }
    var changed = registers
    changed[.rax] = 0
    changed[.gs] = 7
    let first = RemoteAddress(1)
    var details: [(PtraceRequest, RequestCall.Detail)] = []
    for request in [PtraceRequest.getRegisterSet, .setRegisterSet] {
      details += [
        .registers(registers), .registers(changed), .registers(changed),
        .extendedState(byteCount: 2440, digest: .max),
        .extendedState(byteCount: 4096, digest: nil),
      ].map { (request, $0) }
    }
    details += [PtraceRequest.getSignalMask, .setSignalMask].map { ($0, .signalSet(.empty)) }
    for request in [PtraceRequest.getSignalInfo, .setSignalInfo, .peekSignalInfo] {
      details += [queued, sent, trap].map { (request, .signalInfo($0)) }
    }
    details += [
      SyscallInfo(
        operation: .entry, abi: .x86_64, number: 15, instructionPointer: first,
        stackPointer: RemoteAddress(.max)),
      SyscallInfo(
        operation: .exit, abi: .i386, result: -4, instructionPointer: first, stackPointer: first),
      SyscallInfo(operation: nil, instructionPointer: first, stackPointer: first),
    ].map { (.getSyscallInfo, .syscall($0)) }
    details.append(
      (
        .getSequenceArea,
        .sequenceArea(
          SequenceArea(address: RemoteAddress(.max), byteCount: 32, signature: 0x5305_3053))
      ))
    details += PtraceRequest.names.map { (PtraceRequest(rawValue: $0.0), .notSeen) }
    var payloads: [Event.Payload] = PtraceRequest.names.map {
      .request(RequestCall(request: PtraceRequest(rawValue: $0.0), address: 848, data: .max))
    }
    payloads.append(.request(RequestCall(request: PtraceRequest(rawValue: -1), result: -3)))
    payloads += details.map { .request(RequestCall(request: $0, address: 1, detail: $1)) }
    payloads += [
      .wait(WaitCall(target: tracee.task, options: 0x4000_0001, result: 4711, status: 0x80057f)),
      .wait(WaitCall(target: TaskID(-1), options: 0, result: -10)),
      .stop(
        StopRecord(status: 0x857f, stopClass: .syscallEntry, syscall: CallNumber(15, by: .x86_64))),
      .stop(
        StopRecord(
          status: 0x57f, stopClass: .breakpoint, info: trap,
          programCounter: RemoteAddress(0x7f00_0000_03a0), sets: sets)),
      .stop(StopRecord(status: .max, stopClass: .unknown)),
      .stop(StopRecord(status: 0xa7f, stopClass: .signalDelivery, info: sent)),
      .stop(StopRecord(status: 0x287f, stopClass: .signalDelivery, info: queued)),
      .stop(
        StopRecord(status: 0x857f, stopClass: .syscallExit, syscall: CallNumber(173, by: .i386))),
      .stop(
        StopRecord(status: 0x857f, stopClass: .syscallExit, syscall: CallNumber(139, by: .arm64))),
      .stop(StopRecord(status: 0x857f, stopClass: .syscallExit, syscall: CallNumber(139))),
      .stop(StopRecord(status: 0x6057f, stopClass: .event(.exit))),
      .ended(.exited(code: 255)), .ended(.killed(.kill, dumpedCore: false)),
      .ended(.killed(.segmentation, dumpedCore: true)),
      .snapshot(Snapshot(state: UInt8(ascii: "R"))),
      .snapshot(
        Snapshot(
          state: UInt8(ascii: "t"), programCounter: first, dr0: .max, dr6: 0xffff_0ff1, dr7: 1,
          sets: sets, syscall: 202, caught: .all(but: .trap))),
      .gap(lost: 3),
      .log(LogRecord(line: 12, severity: .error, fact: .unexpectedState(status: 0x137f))),
      .unparsed(line: .max),
      .sigreturn(SigreturnRecord(passage: .entered, registers: changed)),
      .sigreturn(SigreturnRecord(passage: .left, registers: registers)),
      .memory(MemoryAccess(.writeRemote, at: first, byteCount: 8, bytes: .max)),
      .memory(MemoryAccess(.writeRemote, at: first, byteCount: 8, bytes: 1, error: .badAddress)),
      .sequenceAbort(
        SequenceAbort(
          programCounter: first,
          sequence: RestartableSequence(start: first, byteCount: .max, abort: first))),
    ]
    payloads += SignalRecord.Fate.allCases.map { .signal(SignalRecord(fate: $0, info: sent)) }
    payloads.append(.signal(SignalRecord(fate: .generated, info: trap)))
    payloads += [true, false].map {
      .signal(SignalRecord(fate: .pending, info: queued, toProcess: $0))
    }
    for command in RPCRecord.Command.allCases {
      payloads += RPCRecord.Direction.allCases.map {
        .rpc(RPCRecord(command: command, direction: $0, result: -32, value: .max))
      }
    }
    payloads.append(
      .rpc(
        RPCRecord(
          command: .misc, direction: .acknowledged, value: 0x5555_0000,
          misc: ParasiteMisc(
            process: TaskID(1), task: TaskID(7), brk: RemoteAddress(0x5555_0000), umask: 0o22,
            blocked: .all(but: .trap), pending: .empty))))
    payloads += Phase.allCases.map { .phase($0) }
    payloads += Missed.Awaited.allCases.map { .missed(Missed(awaited: $0, waited: 5_000_000)) }
    payloads += Fallback.Reason.allCases.map {
      .fallback(Fallback(from: .breakpoint, to: .direct, reason: $0))
    }
    payloads += PutBack.Item.allCases.map { .putBack(PutBack(item: $0, result: -1, differing: 2)) }
    payloads.append(.putBack(PutBack(item: .extendedState, result: 0, mended: .everything)))
    let events = payloads.enumerated().map { plainEvent(UInt32($0.offset + 1), $0.element) }
    // Lines of logs also without a time of their own.
    let untimed = events.filter(\.kind.isLine).enumerated().map { number, event in
      var event = event
      event.sequence = UInt32(events.count + number + 1)
      event.hasOwnTime = false
      return event
    }
    return events + untimed
  }

  /// Any event, with words of any size.
  static func random(_ sequence: UInt32, using generator: inout SeededGenerator) -> Event {
    let template = everyPayload.randomElement(using: &generator)
    var event = plainEvent(sequence, template?.payload)
    func word() -> UInt64 { generator.next() >> (generator.next() % 64) }
    event.entered = Instant(rawValue: generator.next())
    event.left = Instant(rawValue: generator.next())
    event.tracer = TaskID(Int32.random(in: 1...5, using: &generator))
    event.tracee = TaskID(Int32.random(in: 1...5, using: &generator))
    switch event.payload {
    case .request(var call):
      call.address = word()
      call.data = word()
      call.result = Int64(bitPattern: word())
      if case .registers(var registers) = call.detail {
        for _ in 0..<5 { registers.words[Int(word() % 27)] = word() }
        call.detail = .registers(registers)
      }
      event.payload = .request(call)
    case .wait(var call):
      call.options = UInt32(truncatingIfNeeded: word())
      call.result = Int64(bitPattern: word())
      event.payload = .wait(call)
    case .stop(var stop):
      stop.status = UInt32(truncatingIfNeeded: word())
      if stop.programCounter != nil { stop.programCounter = RemoteAddress(word()) }
      event.payload = .stop(stop)
    default: break
    }
    return event
  }
}
