internal import FiniModel

/// What is known of one tracee of a foreign tracer, as far as it tells what its next stop is.
struct TraceeLedger {
  /// The thread that traces it.
  var holder: TaskID?
  /// Whether `PTRACE_O_TRACESYSGOOD` is set; `nil` where the attaching was not seen.
  var marksSyscalls: Bool?
  /// Whether its children are traced from their birth.
  var tracesChildren = false
  /// What it was resumed with last.
  var resume: Resume?
  /// The stop that is reported and not classified yet.
  var open: OpenStop?
  /// What it did itself before the return of the call that resumed it was seen.
  var early: [KernelRecord] = []
  /// DR0 and DR7 as its tracer wrote them last; only the tracer itself could read them.
  var debugRegisters: (dr0: UInt64?, dr7: UInt64?) = (nil, nil)
  /// Whether it has ended.
  var hasEnded = false

  /// Traps of the kernel's that are on their way to it.
  private(set) var traps: [KernelRecord.Generated] = []
  /// SIGTRAPs that somebody sent it.
  private var sentTraps: [KernelRecord.Generated] = []
  /// Whether it is inside a system call whose exit will be reported.
  private var isInSyscall = false
  private var hasStopped = false

  /// Starts with a task of which nothing was seen yet.
  init(holder: TaskID? = nil) { self.holder = holder }

  /// The request that let it run, as far as it tells something: there is one for each of many tracees.
  struct Resume {
    var request: PtraceRequest
    var data: UInt64
  }

  /// A stop between its wait and its classification: the tracer looks at it meanwhile.
  struct OpenStop {
    var status: UInt32
    var tracer: TaskID
    /// When it was last looked at.
    var at: Instant
    var info: SignalInfo?
    var isInfoRefused = false
    var programCounter: RemoteAddress?
    var syscall: CallNumber?
    var operation: SyscallInfo.Operation?
  }

  /// Keeps a trap until its stop, or until it is clear that there is none.
  mutating func keep(_ trap: KernelRecord.Generated) {
    if trap.info.code.rawValue > 0 { traps.append(trap) } else { sentTraps.append(trap) }
  }

  /// Traps that no stop was seen for.
  mutating func takeTraps() -> [KernelRecord.Generated] {
    defer { traps = [] }
    return traps
  }

  /// Takes what the tracer found out about the open stop.
  mutating func look(_ call: RequestCall, until left: Instant) {
    guard open != nil else { return }
    open?.at = left
    if call.request == .getSignalInfo, call.error == .invalidArgument { open?.isInfoRefused = true }
    guard call.error == nil else { return }
    switch call.detail {
    case .signalInfo(let info) where call.request == .getSignalInfo:
      open?.info = info
    case .registers(let registers):
      open?.programCounter = registers.programCounter
      open?.syscall = CallNumber(registers[.origRAX], by: registers.abi)
    case .syscall(let info):
      open?.operation = info.operation
      open?.programCounter = info.instructionPointer
      if let number = info.number { open?.syscall = CallNumber(number, by: info.abi) }
    default:
      guard call.request == .peekUser else { return }
      if call.address == UInt64(Registers.Name.rip.rawValue * 8) {
        open?.programCounter = RemoteAddress(call.data)
      } else if call.address == UInt64(Registers.Name.origRAX.rawValue * 8) {
        let abi = open?.syscall?.abi
        open?.syscall = CallNumber(call.data, by: abi)
      }
    }
  }

  /// Classifies the open stop and takes it off the ledger.
  mutating func close() -> (record: StopRecord, tracer: TaskID, at: Instant)? {
    guard let open else { return nil }
    self.open = nil
    let status = WaitStatus(rawValue: open.status)
    let trap = status == .stopped(.trap) ? takeTrap(for: open) : nil
    var evidence = StopEvidence(status: status, info: open.info ?? trap?.info)
    let isTracingSyscalls = resume.map { $0.request == .syscall } ?? false
    evidence.followsSyscallEntry = isInSyscall && isTracingSyscalls
    evidence.syscall = open.operation
    if evidence.syscall == nil, isTracingSyscalls, hasStopped {
      evidence.syscall = isInSyscall ? .exit : .entry
    }
    evidence.mayBePlainSyscallStop = isTracingSyscalls && marksSyscalls != true
    // One that was sent and is perhaps blocked leaves it open which of the two this is.
    evidence.sawNoTrap = traps.isEmpty && sentTraps.isEmpty
    evidence.isInfoRefused = open.isInfoRefused
    if let word = resume?.data, word != 0 {
      evidence.injected = Signal(rawValue: Int32(truncatingIfNeeded: word))
    }
    let stopClass = evidence.stopClass
    note(stopClass)
    let record = StopRecord(
      status: open.status, stopClass: stopClass, info: evidence.info,
      programCounter: open.programCounter ?? trap?.programCounter,
      syscall: stopClass == .syscallEntry ? open.syscall : nil)
    return (record, open.tracer, open.at)
  }

  /// The trap that a SIGTRAP stop is of: the kernel dequeues its own first.
  private mutating func takeTrap(for stop: OpenStop) -> KernelRecord.Generated? {
    if let info = stop.info {
      // The tracer asked, so it is clear which one it is.
      if let index = traps.firstIndex(where: { $0.info.code == info.code }) {
        return traps.remove(at: index)
      }
      if let index = sentTraps.firstIndex(where: { $0.info.code == info.code }) {
        return sentTraps.remove(at: index)
      }
      return nil
    }
    if !traps.isEmpty { return traps.removeFirst() }
    // A sent one may be blocked, and this may be a syscall-stop that looks like it.
    let isCertain = marksSyscalls == true || resume?.request != .syscall
    return isCertain && !sentTraps.isEmpty ? sentTraps.removeFirst() : nil
  }

  private mutating func note(_ stopClass: StopClass) {
    hasStopped = true
    switch stopClass {
    case .syscallEntry: isInSyscall = true
    case .event(.fork), .event(.vfork), .event(.clone), .event(.exec), .event(.vforkDone),
      .event(.seccomp):
      isInSyscall = true
    default: isInSyscall = false
    }
  }
}
