import FiniModel

/// A cure as the engine does it: about 90 events, 60 calls, 9 remote system calls and stops of
/// fini, with addresses and times as they are on a real machine.
struct SampleCure {
  private(set) var events: [Event] = []
  private var time: UInt64
  private let tracer: TaskID
  private let tracee: TaskID
  private var generator: SeededGenerator
  private var registers = Registers()
  private let code: UInt64
  private let blob: UInt64

  /// - Parameter firstSequence: where the cure begins in its run.
  init(
    seed: UInt64, tracer: TaskID, tracee: TaskID, started: UInt64, firstSequence: UInt32 = 1
  ) {
    generator = SeededGenerator(seed: seed)
    self.tracer = tracer
    self.tracee = tracee
    time = started
    nextSequence = firstSequence
    code = 0x5555_5555_0000 + (generator.next() & 0xfff_f000)
    blob = 0x7f12_3400_0000 + (generator.next() & 0xfff_f000)
    for name in Registers.Name.allCases {
      registers[name] = generator.next() % 3 == 0 ? 0x7ffd_0000_0000 | generator.next() >> 36 : 0
    }
    registers[.rip] = code + 0x123
    registers[.rsp] = 0x7ffd_1234_5678
    registers[.fsBase] = 0x7f99_8877_6740
    registers[.cs] = 0x33
    registers[.ss] = 0x2b
    registers[.eflags] = 0x246
    play()
  }

  private var nextSequence: UInt32

  /// The clock after the last event, in monotonic nanoseconds.
  var ended: UInt64 { time }

  private mutating func add(_ payload: Event.Payload, took: UInt64) {
    events.append(
      Event(
        sequence: nextSequence, entered: Instant(rawValue: time),
        left: Instant(rawValue: time + took),
        tracer: tracer, tracee: tracee, payload: payload))
    nextSequence += 1
    time += took + 200 + generator.next() % 2000
  }

  private mutating func request(
    _ request: PtraceRequest, _ address: UInt64 = 0, _ data: UInt64 = 0,
    _ detail: RequestCall.Detail = .none
  ) {
    add(
      .request(RequestCall(request: request, address: address, data: data, detail: detail)),
      took: 600 + generator.next() % 1500)
  }

  private mutating func stop(_ stopClass: StopClass, status: UInt32 = 0x57f, code: SignalCode) {
    add(
      .wait(WaitCall(target: tracee, options: 0x4000_0001, result: 0)), took: 900)
    add(
      .wait(
        WaitCall(
          target: tracee, options: 0x4000_0001, result: Int64(tracee.rawValue), status: status)),
      took: 20_000 + generator.next() % 30_000)
    let info = SignalInfo(signal: .trap, code: code)
    request(.getSignalInfo, 0, 0, .signalInfo(info))
    let sets = SignalSets(
      pending: .empty, sharedPending: SignalSet(rawValue: 1 << 9),
      blocked: SignalSet(rawValue: 0x7fff_fffe_7ffb_faef))
    add(
      .stop(
        StopRecord(
          status: status, stopClass: stopClass, info: info,
          programCounter: registers.programCounter, sets: sets)), took: 0)
  }

  private mutating func remoteSyscall(_ number: UInt64) {
    registers[.rax] = number
    registers[.origRAX] = .max
    registers[.rip] = code + 0x40
    registers[.rdi] = generator.next() % 2 == 0 ? 0 : blob
    registers[.rsi] = 0x5000
    registers[.rdx] = generator.next() % 8
    registers[.r10] = 0x22
    registers[.r8] = .max
    registers[.r9] = 0
    request(.setRegisterSet, 1, 0, .registers(registers))
    request(.singleStep)
    registers[.rip] += 2
    registers[.rcx] = registers[.rip]
    registers[.r11] = 0x246
    registers[.rax] = blob + number
    stop(.singleStep, code: SignalCode(rawValue: 1))
    request(.getRegisterSet, 1, 0, .registers(registers))
  }

  private mutating func play() {
    let saved = registers
    add(.phase(.seize), took: 0)
    request(.seize, 0, 0x10_0001)
    request(.interrupt)
    stop(.interrupt, status: 0x80057f, code: SignalCode(rawValue: 0x8005))
    add(.phase(.prepare), took: 0)
    request(.getRegisterSet, 1, 0, .registers(registers))
    request(.getRegisterSet, 0x202, 0, .extendedState(byteCount: 2440, digest: generator.next()))
    request(.getSignalMask, 8, 0, .signalSet(.empty))
    add(.phase(.infect), took: 0)
    request(.setSignalMask, 8, 0, .signalSet(.all(but: .trap)))
    for number: UInt64 in [9, 41, 42, 9] { remoteSyscall(number) }
    registers[.rip] = blob
    request(.setRegisterSet, 1, 0, .registers(registers))
    request(.cont)
    add(.phase(.daemon), took: 0)
    add(
      .rpc(RPCRecord(command: .ready, direction: .acknowledged, value: blob + 0x3a0)),
      took: 80_000)
    add(.phase(.commands), took: 0)
    for command: RPCRecord.Command in [.ping, .misc] {
      add(.rpc(RPCRecord(command: command, direction: .sent)), took: 9000)
      add(.rpc(RPCRecord(command: command, direction: .acknowledged, value: 4711)), took: 40_000)
    }
    add(.phase(.fini), took: 0)
    request(.interrupt)
    registers[.rip] = blob + 0x95
    stop(.interrupt, status: 0x80057f, code: SignalCode(rawValue: 0x8005))
    request(.getRegisterSet, 1, 0, .registers(registers))
    for (number, value) in [(0, blob + 0x3a0), (6, 0), (7, 1)] {
      request(.pokeUser, DebugRegister.offset(number), value)
    }
    add(.rpc(RPCRecord(command: .fini, direction: .sent)), took: 9000)
    request(.cont)
    registers[.rip] = blob + 0x3a0
    stop(.breakpoint, code: .trapHardwareBreakpoint)
    add(.phase(.sigreturn), took: 0)
    request(.pokeUser, DebugRegister.offset(7), 0)
    for stopClass in [StopClass.syscallEntry, .syscallExit] {
      request(.syscall)
      stop(stopClass, status: 0x857f, code: SignalCode(rawValue: 0x85))
    }
    registers = saved
    request(.getRegisterSet, 1, 0, .registers(registers))
    add(.phase(.unmap), took: 0)
    remoteSyscall(11)
    request(.setRegisterSet, 1, 0, .registers(saved))
    request(.setSignalMask, 8, 0, .signalSet(.empty))
    for item in PutBack.Item.allCases { add(.putBack(PutBack(item: item, result: 0)), took: 0) }
    add(.phase(.detach), took: 0)
    request(.detach)
  }
}
