import FiniEventScripts
import FiniModel
import Testing

@Suite struct EventRowTests {
  private static let info = SignalInfo(
    signal: .user1, code: .queue, sender: TaskID(4801), senderUser: 1000, value: 0xffff_ffff_ffff)
  private static let fault = SignalInfo(
    signal: .segmentation, code: SignalCode(rawValue: 1), address: RemoteAddress(0xffff_8000_0000))
  private static let sets = SignalSets(
    pending: SignalSet(rawValue: 1), sharedPending: SignalSet(rawValue: .max),
    blocked: SignalSet(rawValue: 1 << 63))

  private static func payloads() -> [Event.Payload] {
    var all: [Event.Payload] = [
      .request(RequestCall(request: .cont, data: 10)),
      .request(RequestCall(request: .pokeUser, address: 848, data: .max, result: -3)),
      .request(RequestCall(request: PtraceRequest(rawValue: -1), result: -5)),
      .request(RequestCall(request: .setRegisterSet, detail: .registers(EventScript.saved))),
      .request(
        RequestCall(
          request: .getRegisterSet, address: 0x202,
          detail: .extendedState(byteCount: 2696, digest: .max))),
      .request(RequestCall(request: .setSignalMask, detail: .signalSet(.all(but: .trap)))),
      .request(RequestCall(request: .getSignalInfo, detail: .signalInfo(info))),
      .request(RequestCall(request: .getSignalInfo, detail: .signalInfo(fault))),
      .wait(WaitCall(target: TaskID(-1), options: 0x4000_0001, result: 4711, status: 0)),
      .wait(WaitCall(target: TaskID(4711), options: 0, result: -10)),
      .wait(WaitCall(target: TaskID(4711), options: 1, result: 0)),
      .stop(StopRecord(status: 0x57f, stopClass: .unknown)),
      .stop(
        StopRecord(
          status: 0xa7f, stopClass: .signalDelivery, info: info,
          programCounter: RemoteAddress(0), syscall: CallNumber(0), sets: sets)),
      .ended(.exited(code: 255)), .ended(.killed(.kill, dumpedCore: false)),
      .ended(.killed(.segmentation, dumpedCore: true)),
      .snapshot(Snapshot(state: 0x74)),
      .snapshot(
        Snapshot(
          state: 0x53, programCounter: RemoteAddress(1), dr0: 2, dr6: 0, dr7: 1, sets: sets)),
      .gap(lost: .max),
      .sigreturn(SigreturnRecord(passage: .entered, registers: EventScript.saved)),
      .sigreturn(SigreturnRecord(passage: .left, registers: Registers())),
      .request(
        RequestCall(
          request: .setRegisterSet, address: 0x202,
          detail: .extendedState(byteCount: 4096, digest: nil))),
      .request(
        RequestCall(
          request: .getSequenceArea, address: 24, result: 24,
          detail: .sequenceArea(
            SequenceArea(
              address: RemoteAddress(0xffff_8000_0000), byteCount: 32, signature: .max)))),
      .memory(
        MemoryAccess(.writeFile, at: RemoteAddress(0x40_1712), byteCount: 1, bytes: 0xcc)),
      .memory(
        MemoryAccess(
          .readRemote, at: RemoteAddress(0x10), byteCount: 8, bytes: 0, error: .badAddress)),
      .sequenceAbort(
        SequenceAbort(
          programCounter: RemoteAddress(0x1004),
          sequence: RestartableSequence(
            start: RemoteAddress(0x1000), byteCount: 8, abort: RemoteAddress(.max)))),
      .rpc(
        RPCRecord(
          command: .misc, direction: .acknowledged, value: 0x5000,
          misc: ParasiteMisc(
            process: TaskID(1), task: TaskID(2), brk: RemoteAddress(0x5000), umask: 0o22,
            blocked: .all(but: .trap), pending: .empty))),
      .rpc(RPCRecord(command: .fini, direction: .sent, result: -32, value: .max)),
    ]
    let operations: [SyscallInfo.Operation?] = [.some(.none), .entry, .exit, .seccomp, nil]
    for operation in operations {
      all.append(
        .request(
          RequestCall(
            request: .getSyscallInfo, result: 80,
            detail: .syscall(
              SyscallInfo(
                operation: operation, number: operation == .entry ? 15 : nil,
                result: operation == .exit ? -512 : nil,
                instructionPointer: RemoteAddress(1), stackPointer: RemoteAddress(2))))))
    }
    for stopClass in StopClass.all {
      all.append(.stop(StopRecord(status: 0x57f, stopClass: stopClass)))
    }
    for fate in SignalRecord.Fate.allCases {
      for toProcess in [nil, true, false] as [Bool?] {
        all.append(.signal(SignalRecord(fate: fate, info: info, toProcess: toProcess)))
      }
    }
    for command in RPCRecord.Command.allCases {
      for direction in RPCRecord.Direction.allCases {
        all.append(.rpc(RPCRecord(command: command, direction: direction)))
      }
    }
    for severity in LogRecord.Severity.allCases {
      all.append(.log(LogRecord(line: .max, severity: severity, fact: .text)))
    }
    all += LogFact.all.map { .log(LogRecord(line: 7, severity: .error, fact: $0)) }
    all.append(
      .log(
        LogRecord(
          line: 1, severity: .other,
          fact: .leaving(
            stackPointer: RemoteAddress(.max), programCounter: RemoteAddress(.max - 1)))))
    all.append(.unparsed(line: .max))
    all.append(.request(RequestCall(request: .peekData, detail: .notSeen)))
    var known = KnownRegisters(Registers(), known: 0b11)
    known.registers[.r14] = .max
    all.append(.request(RequestCall(request: .getRegisterSet, detail: .someRegisters(known))))
    all += Phase.allCases.map { .phase($0) }
    all += Missed.Awaited.allCases.map { .missed(Missed(awaited: $0, waited: .max)) }
    all += Fallback.Reason.allCases.map {
      .fallback(Fallback(from: .breakpointAfter, to: .syscall, reason: $0))
    }
    for item in PutBack.Item.allCases {
      all.append(.putBack(PutBack(item: item, result: 0, differing: .max)))
      all.append(.putBack(PutBack(item: item, result: -11)))
      all.append(.putBack(PutBack(item: item, result: 0, mended: [.avx, .pkru])))
    }
    return all
  }

  @Test("Every payload survives its row")
  func roundTrip() {
    for (index, payload) in EventRowTests.payloads().enumerated() {
      let event = Event(
        sequence: UInt32(index), entered: Instant(nanoseconds: .max - 1),
        left: Instant(nanoseconds: .max), tracer: TaskID(-1), tracee: TaskID(.max),
        payload: payload)
      #expect(Event(EventRow(event), registers: event.keptRegisters) == event)
    }
  }

  @Test("The payloads of this test cover every kind that is not a plain request")
  func covers() {
    var kinds: Set<EventKind> = []
    for payload in EventRowTests.payloads() {
      kinds.insert(
        Event(
          sequence: 1, entered: Instant(nanoseconds: 0), left: Instant(nanoseconds: 0),
          tracer: TaskID(1), tracee: TaskID(2), payload: payload
        ).kind)
    }
    #expect(EventKind.allCases.filter { !$0.isRequest && !kinds.contains($0) } == [])
  }

  @Test("Random rows never trap: they become events or nothing")
  func garbage() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var row = EventRow()
      withUnsafeMutableBytes(of: &row) { bytes in
        for index in bytes.indices {
          bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
        }
      }
      _ = Event(row)
    }
  }
}
