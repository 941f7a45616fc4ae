import FiniModel
import FiniProof
import FiniTimeline

@testable import FiniObservers

/// What the kernel would report of a foreign tracer, one thing after the other.
///
/// The tracer is 4700, its tracee 4711. Each thing takes 1000 ns.
struct KernelScript {
  static let tracer = TaskID(4700)
  static let tracee = TaskID(4711)
  static let blob: UInt64 = 0x7f12_0000_0000
  static let breakpoint = blob + 0x3a0

  var records: [KernelRecord] = []
  private var clock: UInt64 = 1_000_000
  var tracee = KernelScript.tracee

  /// Registers of a task in read, which is to be issued again.
  static let saved: Registers = {
    var registers = Registers()
    for name in Registers.Name.allCases { registers[name] = 0x100 + UInt64(name.rawValue) }
    registers[.rip] = 0x40_1234
    registers[.rax] = UInt64(bitPattern: -512)
    registers[.origRAX] = 0
    return registers
  }()

  /// The same as rt_sigreturn gives them back: the last six words are not seen.
  static let givenBack: Registers = {
    var registers = saved
    registers[.rax] = 0
    registers[.rip] = 0x40_1232
    registers[.origRAX] = .max
    for name in [Registers.Name.fsBase, .gsBase, .ds, .es, .fs, .gs] { registers[name] = 0 }
    return registers
  }()

  /// Registers that a tracer lends.
  static func lent(_ counter: UInt64, rax: UInt64 = 0, _ first: UInt64 = 0, _ second: UInt64 = 0)
    -> Registers
  {
    var registers = saved
    registers[.rdi] = first
    registers[.rsi] = second
    registers[.rip] = counter
    registers[.rax] = rax
    registers[.origRAX] = .max
    return registers
  }

  mutating func add(_ fact: KernelRecord.Fact, by task: TaskID = tracer, lost: UInt64 = 0) {
    records.append(
      KernelRecord(
        task: task, process: task, entered: Instant(rawValue: clock),
        left: Instant(rawValue: clock + 1000), lost: lost, fact: fact))
    clock += 2000
  }

  mutating func request(
    _ request: PtraceRequest, _ address: UInt64 = 0, _ data: UInt64 = 0, result: Int64 = 0,
    word: UInt64? = nil, memory: [UInt8] = []
  ) {
    add(
      .call(
        SeenCall(
          number: 101,
          arguments: [
            UInt64(bitPattern: request.rawValue), UInt64(UInt32(bitPattern: tracee.rawValue)),
            address, data, 0,
          ], result: result, word: word, memory: memory)))
  }

  mutating func wait(_ status: UInt32, options: UInt64 = 0x4000_0000) {
    add(
      .call(
        SeenCall(
          number: 61, arguments: [.max, 0x7fff_0000, options, 0, 0],
          result: Int64(tracee.rawValue), word: UInt64(status), memory: [])))
  }

  mutating func read(_ registers: Registers) {
    request(.getRegisterSet, 1, 0x7fff_0000, memory: KernelScript.bytes(registers))
  }

  mutating func write(_ registers: Registers) {
    request(.setRegisterSet, 1, 0x7fff_0000, memory: KernelScript.bytes(registers))
  }

  mutating func debugRegister(_ number: Int, _ value: UInt64) {
    request(.pokeUser, DebugRegister.offset(number), value)
  }

  mutating func generated(
    _ signal: Signal, code: Int32, sender: Int32? = nil, toProcess: Bool = false,
    at counter: UInt64? = nil,
    outcome: KernelRecord.Outcome = .queued
  ) {
    add(
      .generated(
        KernelRecord.Generated(
          target: tracee,
          info: SignalInfo(
            signal: signal, code: SignalCode(rawValue: code), sender: sender.map { TaskID($0) },
            senderUser: sender.map { _ in 0 }), toProcess: toProcess, outcome: outcome,
          programCounter: counter.map { RemoteAddress($0) })), by: TaskID(sender ?? tracee.rawValue)
    )
  }

  mutating func sigreturn(_ passage: SigreturnRecord.Passage, _ registers: Registers) {
    add(.sigreturn(SigreturnRecord(passage: passage, registers: registers)), by: tracee)
  }

  mutating func ended(_ status: UInt32, _ task: TaskID) {
    add(.ended(status: status, isTracer: task == KernelScript.tracer), by: task)
  }

  private static func bytes(_ registers: Registers) -> [UInt8] {
    words(Registers.Name.allCases.map { registers[$0] })
  }

  // MARK: Parts of a cure

  /// Seize, a remote call, the daemon.
  mutating func infect(marksSyscalls: Bool = true) {
    request(.seize, 0, marksSyscalls ? 1 : 0)
    request(.interrupt)
    wait(0x80057f)
    read(KernelScript.saved)
    write(KernelScript.lent(0x55_5000, rax: 9, 0, 0x8000))
    request(.cont)
    generated(.trap, code: 0x80, at: 0x55_5003)
    wait(0x57f)
    read(KernelScript.lent(0x55_5003, rax: KernelScript.blob))
    write(KernelScript.saved)
    write(KernelScript.lent(KernelScript.blob + 0x1c))
    request(.cont)
  }

  /// From the interrupt to the running towards the breakpoint.
  mutating func arm() {
    request(.interrupt)
    wait(0x80057f)
    debugRegister(0, KernelScript.breakpoint)
    debugRegister(7, 1)
    request(.cont)
  }

  mutating func hit() {
    generated(.trap, code: 4, at: KernelScript.breakpoint)
    wait(0x57f)
  }

  /// The two stops around rt_sigreturn.
  mutating func sigreturn(status: UInt32 = 0x857f, registers: Registers = givenBack) {
    request(.syscall)
    wait(status)
    var there = KernelScript.lent(KernelScript.blob + 0x33)
    there[.origRAX] = 15
    read(there)
    request(.syscall)
    sigreturn(.entered, there)
    sigreturn(.left, registers)
    wait(status)
  }

  mutating func unmap() {
    write(KernelScript.lent(0x55_5000, rax: 11, KernelScript.blob, 0x8000))
    request(.cont)
    generated(.trap, code: 0x80, at: 0x55_5003)
    wait(0x57f)
    read(KernelScript.lent(0x55_5003))
    write(KernelScript.saved)
  }

  mutating func detach() { request(.detach) }

  /// The events that are made of it.
  var events: [Event] {
    var account = KernelAccount(subject: KernelScript.tracee)
    return account.take(records) + account.finish(lost: records.last?.lost ?? 0)
  }

  /// The stops among them.
  var stops: [StopRecord] {
    events.compactMap { if case .stop(let stop) = $0.payload { stop } else { nil } }
  }
}

extension KernelScript {
  /// The records of a tracer that has infected its task.
  static func cure(marksSyscalls: Bool = true) -> KernelScript {
    var script = KernelScript()
    script.infect(marksSyscalls: marksSyscalls)
    return script
  }

  /// What is made of them.
  var timeline: Timeline { Timeline(reading: events, subject: KernelScript.tracee) }
}
