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
  private var effects = CallEffects()
  private var skipped = SkippedCalls()
  private var standing = StandingStop()
  /// The stop by a SIGTRAP of which nothing tells where the task stands, and whose registers were not touched.
  private var blindTrap: UInt32?
  /// The task was let run by PTRACE_CONT: a SIGTRAP is then no step and no system call.
  private var ranFreely = false

  /// The last write of registers, if it sent the task where nothing is mapped.
  var sentNowhere: TaskAccount.Sent? { lent.sentNowhere }

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
    words.observe(access, at: sequence)
  }

  /// A request that was not refused, and does not let the task run.
  mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch (call.request, call.detail) {
    case (.peekText, _), (.peekData, _): words.read(call)
    case (.pokeText, _), (.pokeData, _): words.write(call, at: sequence)
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
    if registers.isComplete { memory.write(registers.registers) }
  }

  private mutating func read(_ registers: KnownRegisters, at sequence: UInt32) {
    lent.read(registers, at: sequence)
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
    lent.settle()
  }

  /// Events were lost.
  mutating func doubt() {
    words.doubt()
    lent.doubt()
    memory.doubt()
    effects.doubt()
    skipped.doubt()
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
