internal import FiniModel

/// What a task had, what its tracer wrote, and what of it was put back, for each kind of state: general registers,
/// floating-point state, memory by whatever way, mappings, what else calls for the tracer changed, and the task's own
/// calls that were taken away. It is asked when the tracer lets go. (CauseTests.)
struct WrittenState: Hashable, Sendable {
  /// The memory that the task mapped for the tracer.
  private(set) var memory = MappedMemory()
  /// It was sent into that memory.
  private(set) var hasParasite = false
  private var words = PatchedWords()
  private var lent = LentRegisters()
  private var floatingPoint: [UInt64: LentState] = [:]
  private var unreadState = UnreadState()
  private var results = CallResults()
  private var effects = CallEffects()
  private var skipped = SkippedCalls()
  private var standing = StandingStop()
  /// The stop by a SIGTRAP of which nothing tells where the task stands, and whose registers were not touched.
  private var blindTrap: UInt32?
  /// The task was let run by PTRACE_CONT: a SIGTRAP is then no step and no system call.
  private var ranFreely = false

  /// The last write of registers, if it sent the task where nothing is mapped.
  var sentNowhere: TaskAccount.Sent? { lent.sentNowhere }

  /// What was written over what the tracer had never read: registers that are no general ones.
  var unreadStates: [Remnant] { unreadState.remnants }
  /// What was written over memory that the tracer had not read.
  var unreadBytes: [Remnant] { words.unreadRemnants }

  /// What of memory is not put back.
  var memoryRemnants: [Remnant] { words.remnants + memory.remnants }

  /// What else is not put back. Without the beginning those registers that were read first may be the tracer's own.
  var remnants: [Remnant] {
    lent.remnants + floatingPoint.values.compactMap(\.remnant) + effects.remnants
      + [skipped.remnant].compactMap { $0 }
  }

  /// The breakpoints that the task ran past, one byte too far.
  var passedBreakpoints: [Remnant] {
    lent.remnants.filter { if case .pastBreakpoint = $0.what { true } else { false } }
  }

  // MARK: Events

  /// The task's memory was reached without ptrace.
  mutating func observe(_ access: MemoryAccess, at sequence: UInt32) {
    words.observe(access, place(of: access.address), at: sequence)
  }

  /// What the tracer writes to where it writes.
  private func place(of address: RemoteAddress) -> PatchedWords.Place {
    // At a system call it may fill what the call would have filled.
    if memory.contains(address) || results.contains(address) || standing.isAtCall {
      return .nobodys
    }
    guard let stack = lent.stackPointer else { return .unknown }
    let below = stack &- address.rawValue
    if below > WrittenState.redZone, below <= WrittenState.stackSize { return .nobodys }
    return .own(isInRedZone: (1...WrittenState.redZone).contains(below))
  }

  /// The bytes below the stack pointer that a function may use without moving it.
  private static let redZone: UInt64 = 128
  /// How far down a stack may grow by default: what lies below the red zone is free.
  private static let stackSize: UInt64 = 8 << 20

  /// A request that was not refused, and does not let the task run.
  mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    unreadState.observe(call, at: sequence)
    switch (call.request, call.detail) {
    case (.peekText, _), (.peekData, _): words.read(call)
    case (.pokeText, _), (.pokeData, _):
      words.write(call, place(of: RemoteAddress(call.address)), at: sequence)
    case (.getSyscallInfo, .syscall(let info)):
      // It has the program counter and the stack pointer.
      lent.readUnseen()
      skipped.read(info, at: sequence)
    case (_, .extendedState(_, let digest?)):
      if call.request.onlyLooks {
        floatingPoint[call.stateNumber, default: LentState()].read(digest, at: sequence)
      } else {
        floatingPoint[call.stateNumber, default: LentState()].write(digest, at: sequence)
      }
    case (.setRegisters, _), (.setRegisterSet, _), (.pokeUser, _):
      if call.debugRegisterWrite == nil { blindTrap = nil }
      if let registers = call.generalRegisters { write(registers, at: sequence) }
    case (.getRegisters, _), (.getRegisterSet, _), (.peekUser, _):
      blindTrap = nil
      if let registers = call.generalRegisters { read(registers, at: sequence) }
      if call.hidesRegisters { lent.readUnseen() }
    default: break
    }
  }

  private mutating func write(_ registers: KnownRegisters, at sequence: UInt32) {
    let code = registers.programCounter
    if let code {
      if memory.contains(code) { hasParasite = true }
      standing.move(to: code, at: sequence)
    }
    lent.write(registers, isTracersCode: code.map(words.isCode) ?? false, at: sequence)
    skipped.write(registers, at: sequence)
    results.write()
    if registers.isComplete {
      memory.write(registers.registers, isLegacyCall: code.map(words.isLegacyCall) ?? false)
    }
  }

  private mutating func read(_ registers: KnownRegisters, at sequence: UInt32) {
    lent.read(registers, at: sequence)
    if let value = registers[.rax] { results.read(value) }
    if let counter = registers.programCounter { standing.move(to: counter, at: sequence) }
    noteBreakpoint()
    skipped.read(registers, mayBeEntry: standing.mayBeEntry, at: sequence)
    guard registers.isComplete else { return }
    let made = memory.read(registers.registers, at: sequence)
    if let made { effects.observe(made, isOwnMemory: memory.contains) }
  }

  /// The task stopped.
  mutating func stop(_ stop: StopRecord, at sequence: UInt32) {
    standing.stop(stop)
    noteBreakpoint()
    let isTrap = stop.stopClass == .signalDelivery || stop.stopClass == .unknown
    blindTrap =
      isTrap && ranFreely && stop.signal == .trap && stop.programCounter == nil ? sequence : nil
    skipped.stop(stop, at: sequence)
    // What was changed in it went with its old program.
    guard stop.stopClass == .event(.exec) else { return }
    words = PatchedWords()
    memory = MappedMemory()
    settle()
  }

  private mutating func noteBreakpoint() {
    guard let place = standing.placeAfterTrap,
      let breakpoint = words.breakpoint(before: place.counter)
    else { return }
    lent.stop(by: breakpoint, at: place.event)
  }

  /// The task was let run, or let go.
  mutating func resume(_ request: PtraceRequest) {
    let isLetGo = request == .detach
    // The tracer knew the trap for its breakpoint's, for it took that away; rip is still after it.
    if let blindTrap, words.lifted.count == 1, let breakpoint = words.lifted.first {
      lent.stop(by: breakpoint, at: blindTrap)
    }
    blindTrap = nil
    ranFreely = request == .cont
    if !isLetGo {
      standing.run()
      memory.run()
      results.run()
      for set in floatingPoint.keys { floatingPoint[set]?.run(isLent: lent.isLent) }
      lent.run()
      words.run()
    }
    skipped.resume(isLetGo: isLetGo)
  }

  /// The parasite told where its rt_sigreturn is.
  mutating func learn(sigreturn: RemoteAddress) { memory.learn(sigreturn: sigreturn) }

  /// The task got registers and state of its own, by rt_sigreturn or execve.
  mutating func settle() {
    floatingPoint = [:]
    unreadState.settle()
    lent.settle()
  }

  /// Events were lost.
  mutating func doubt() {
    words.doubt()
    lent.doubt()
    memory.doubt()
    effects.doubt()
    skipped.doubt()
    unreadState.doubt()
    for set in floatingPoint.keys { floatingPoint[set]?.doubt() }
  }
}

extension RequestCall {
  /// Whether it read general registers that are not all shown.
  fileprivate var hidesRegisters: Bool {
    switch request {
    case .getRegisters: !(knownRegisters?.isComplete ?? false)
    case .getRegisterSet:
      address == RegisterSet.general && !(knownRegisters?.isComplete ?? false)
    default: detail == .notSeen
    }
  }
}
