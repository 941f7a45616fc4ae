package import FiniModel

/// The one language of scripts of events: a synthetic run, one call after another, as any source would tell it.
///
/// The clock is the script's own: each call takes the microseconds that it says and 1 us passes
/// between two.
package struct EventScript: Sendable {
  /// The events so far.
  package private(set) var events: [Event] = []
  /// Who tells it.
  package var source = Source.engine
  /// The task that is cured.
  package var tracee = TaskID(4711)
  /// The thread that makes its calls.
  package var tracer = EventScript.tracer
  /// The task's signal sets as the next stops will show them.
  package var sets = SignalSets(pending: .empty, sharedPending: .empty, blocked: .all(but: .trap))

  private var clock = Instant(nanoseconds: 1_000_000_000)
  /// Who traces the task.
  package static let tracer = TaskID(4700)

  /// An empty script.
  package init() {}

  // MARK: the places

  /// Where the blob is mapped.
  package static let blob = RemoteAddress(0x7f12_0000_0000)
  /// The blob's size in bytes.
  package static let blobSize: UInt64 = 0x8000
  /// The sigreturn instruction.
  package static let sigreturn = blob + 0x3a0
  /// Where the parasite waits for commands.
  package static let receiving = blob + 0x95
  /// Registers of a task that was interrupted in read, which is to be issued again.
  package static let saved: Registers = {
    var registers = Registers()
    for name in Registers.Name.allCases { registers[name] = 0x100 + UInt64(name.rawValue) }
    registers[.rip] = 0x40_1234
    registers[.rax] = UInt64(bitPattern: -512)
    registers[.origRAX] = 0
    registers[.eflags] = 0x246
    return registers
  }()
  /// Where rt_sigreturn returns to.
  package static let after = saved.forSigframe.programCounter

  // MARK: one event

  /// Adds an event of any kind.
  package mutating func add(_ payload: Event.Payload, takes microseconds: Int64 = 0) {
    let left = clock.advanced(by: microseconds * 1000)
    events.append(
      Event(
        sequence: UInt32(events.count + 1), source: source, entered: clock, left: left,
        tracer: tracer, tracee: tracee, payload: payload))
    clock = left.advanced(by: 1000)
  }

  /// Adds a request.
  package mutating func request(
    _ request: PtraceRequest, _ address: UInt64 = 0, _ data: UInt64 = 0, result: Int64 = 0,
    detail: RequestCall.Detail = .none
  ) {
    add(
      .request(
        RequestCall(
          request: request, address: address, data: data, result: result, detail: detail)),
      takes: 2)
  }

  /// Writes a debug register.
  package mutating func poke(_ register: Int, _ value: UInt64, result: Int64 = 0) {
    request(.pokeUser, DebugRegister.offset(register), value, result: result)
  }

  /// Reads general registers.
  package mutating func readRegisters(_ registers: Registers) {
    request(.getRegisterSet, 1, detail: .registers(registers))
  }

  /// Writes general registers.
  package mutating func writeRegisters(_ registers: Registers) {
    request(.setRegisterSet, 1, detail: .registers(registers))
  }

  /// Sets the signal mask.
  package mutating func setMask(_ set: SignalSet) {
    request(.setSignalMask, 8, detail: .signalSet(set))
  }

  /// A command or an answer.
  package mutating func rpc(
    _ command: RPCRecord.Command, _ direction: RPCRecord.Direction, result: Int64 = 0,
    value: UInt64 = 0
  ) {
    add(.rpc(RPCRecord(command: command, direction: direction, result: result, value: value)))
  }

  // MARK: stops

  /// A wait that reports a status word.
  package mutating func wait(_ status: UInt32, takes microseconds: Int64 = 30) {
    add(
      .wait(
        WaitCall(
          target: tracee, options: 0x4000_0000, result: Int64(tracee.rawValue), status: status)),
      takes: microseconds)
  }

  /// A wait, what is read to classify it, and the stop.
  package mutating func stop(
    _ stopClass: StopClass, status: UInt32, info: SignalInfo? = nil, at pc: RemoteAddress? = nil,
    syscall: SyscallInfo? = nil
  ) {
    wait(status)
    if let info { request(.getSignalInfo, detail: .signalInfo(info)) }
    if let syscall { request(.getSyscallInfo, 88, result: 80, detail: .syscall(syscall)) }
    add(
      .stop(
        StopRecord(
          status: status, stopClass: stopClass, info: info, programCounter: pc,
          syscall: syscall?.number.map { CallNumber($0, by: syscall?.abi) }, sets: sets)))
  }

  /// The stop that PTRACE_INTERRUPT asks for.
  package mutating func interruptStop(at pc: RemoteAddress? = nil) {
    stop(.interrupt, status: 0x80057f, at: pc)
  }

  /// The breakpoint's stop.
  package mutating func breakpointStop(at address: RemoteAddress) {
    stop(
      .breakpoint, status: 0x57f,
      info: SignalInfo(signal: .trap, code: .trapHardwareBreakpoint, address: address),
      at: address)
  }

  /// A signal-delivery-stop of a signal that process 4801 sent with kill(2).
  package mutating func deliveryStop(_ signal: Signal, at pc: RemoteAddress? = nil) {
    stop(
      .signalDelivery, status: UInt32(signal.rawValue) << 8 | 0x7f,
      info: EventScript.sent(signal), at: pc)
  }

  /// A siginfo as kill(2) makes it.
  package static func sent(_ signal: Signal) -> SignalInfo {
    SignalInfo(signal: signal, code: .user, sender: TaskID(4801), senderUser: 1000)
  }

  /// `PTRACE_SYSCALL` to the entry of a system call.
  package mutating func enter(_ number: UInt64) {
    request(.syscall)
    stop(
      .syscallEntry, status: 0x857f,
      syscall: SyscallInfo(
        operation: .entry, number: number,
        instructionPointer: EventScript.sigreturn + 2, stackPointer: EventScript.blob + 0x7000))
  }

  /// `PTRACE_SYSCALL` to the exit of a system call.
  package mutating func leave() {
    request(.syscall)
    stop(.syscallExit, status: 0x857f)
  }
}
