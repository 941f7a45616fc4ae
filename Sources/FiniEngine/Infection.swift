internal import CFiniParasite
internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// What of the task is changed at this moment, and what it was before.
///
/// Everything that the cure has to undo stands here, so that it can be undone from any step.
struct Infection {
  /// The task's own registers.
  var saved: Registers
  /// Whether the call that the task waits in can't go on once it has passed rt_sigreturn.
  var endsAtSigreturn = false
  /// The task's own signal mask.
  var mask: SignalSet
  /// The task's Syscall User Dispatch, while it is switched off.
  var dispatch: SyscallDispatch?
  /// Whether the kernel does not tell whether the task's calls are dispatched.
  var dispatchIsUnknown = false
  /// Where the shared memory lies in the task, once it is mapped.
  var region: RemoteRange?
  /// Descriptors that the task has open for us: the memory file (where the region is not mapped
  /// without one), its socket, the tracer's end.
  var memfd: Int32?
  var socket: Int32?
  var tracerEnd: Int32?

  /// Where the parasite's sigreturn instruction lies.
  var sigreturn: RemoteAddress? {
    region.map { $0.start + Int(fini_parasite_sigreturn()) }
  }
}

/// The tracer's half of what it shares with an infected task.
@PtraceThread
struct ParasiteLink: ~Copyable {
  let memory: ParasiteMemory
  /// The tracer's end; -1 where the victim had no descriptors to spare, and packets go through the
  /// memory.
  let socket: Int32

  /// Gives everything back; returns the first error, negated, or zero.
  consuming func close() -> Int64 {
    let unlocked = memory.unlockLife()
    let unmapped = memory.unmap()
    let closed = socket < 0 ? 0 : closeDescriptor(socket)
    return unlocked < 0 ? unlocked : unmapped < 0 ? unmapped : closed
  }
}

extension Cure {
  /// Stops the task and saves what it is, before anything is changed.
  func prepare() throws(CureError) {
    try victim.stopByInterrupt(delivering: true, interruptible: true)
    try victim.requireUnfiltered()
    try findPlacesAnew()
    let found = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    guard found.runsUsualSegments else {
      throw .foreignSegment(code: found[.cs], stack: found[.ss])
    }
    let saved = try registersOutOfSequence(found)
    try victim.act { tracee throws(PtraceError) in
      try tracee.readExtendedState(into: extendedState, by: tracer)
    }
    let mask = try victim.act { tracee throws(PtraceError) in
      try tracee.signalMask(by: tracer)
    }
    infection = Infection(
      saved: saved,
      endsAtSigreturn: saved.endsAtSigreturn(at: readHalfWord(of: task, at: saved.programCounter)),
      mask: mask)
    isPrepared = true
    victim.belongsToProgram = true
    try switchDispatchOff()
    trapIsIgnored = victim.look?.ignored.contains(.trap) ?? false
    adaptStrategy(mask: mask)
  }

  /// Takes another strategy where the one asked for would harm the task.
  private func adaptStrategy(mask: SignalSet) {
    // One that waits blocked would have to be let through, and could not be put back before another.
    let trapIsPending = victim.look?.sets.allPending.contains(.trap) ?? false
    if recorder.strategy.needsBreakpoints, trapIsIgnored || trapIsPending {
      fallBack(to: .syscall, because: .trapNotDeliverable)
    }
    if recorder.strategy.needsBreakpoints, infection.dispatch != nil {
      // Where a breakpoint is missed the task runs its own code, and its calls must be dispatched there.
      fallBack(to: .syscall, because: .syscallUserDispatch)
    }
    guard recorder.strategy == .breakpointAfter else { return }
    if mask.contains(.trap) {
      // The mask is back before the breakpoint fires, and would make a forced SIGTRAP harmful.
      fallBack(to: .breakpoint, because: .trapNotDeliverable)
    } else if infection.endsAtSigreturn {
      // Only before rt_sigreturn can its loss of the restart block be prevented.
      fallBack(to: .breakpoint, because: .restartBlock)
    }
  }

  func fallBack(to strategy: FiniStrategy, because reason: Fallback.Reason) {
    tracer.note(
      .fallback(Fallback(from: recorder.strategy, to: strategy, reason: reason)), about: task)
    recorder.fallBack(to: strategy)
    report.taken = strategy
  }

  /// Brings the parasite into the task and starts it.
  func infect() throws(CureError) -> ParasiteLink {
    let size = ParasiteMemory.byteCount(extendedStateBytes: extendedState.byteCount)
    try buildBridge(regionByteCount: size)
    var calls = remoteCalls
    // SIGTRAP is let through for a breakpoint only: blocked, it would reset its action. Otherwise a
    // user's SIGTRAP waits in the kernel like any other signal.
    calls.block =
      recorder.strategy.needsBreakpoints ? .all(but: .trap) : SignalSet(rawValue: .max)
    // A blocked signal that is forced loses its handler: there may be one for calls that are dispatched.
    if infection.dispatchIsUnknown { calls.block?.remove(.badCall) }
    isInfected = true
    let memory = mayMapRegions ? try mapRegion(size, &calls) : try mapFile(size, &calls)
    do throws(CureError) { try completeExtendedState() } catch {
      _ = memory.unmap()
      throw error
    }
    let locked = memory.lockLife()
    if let error = Errno(result: locked) {
      _ = memory.unmap()
      throw .local("taking the life lock", error)
    }
    do throws(CureError) {
      try start(memory)
      return ParasiteLink(memory: memory, socket: try takeSocket(memory))
    } catch {
      let failure = takeStock(memory, after: error)
      _ = memory.unlockLife()
      _ = memory.unmap()
      throw failure
    }
  }

  /// Reads what only a task that has run can tell; see ``ExtendedState/mayLackProtectionKeys``.
  ///
  /// It has made its first system call for us by now, and nothing else.
  private func completeExtendedState() throws(CureError) {
    protectionKeysAreKnown = true
    guard extendedState.mayLackProtectionKeys else { return }
    try victim.act { tracee throws(PtraceError) in
      try tracee.readExtendedState(into: presentState, by: tracer)
    }
    extendedState.adoptProtectionKeys(of: presentState)
  }

  /// Finds out which descriptors a parasite that was given up has made by now.
  ///
  /// - Returns: the error to go on with: the given one, or that the task has ended.
  private func takeStock(_ memory: ParasiteMemory, after error: CureError) -> CureError {
    switch error {
    case .ended, .ptrace(.refused(_, _, .noSuchProcess)): return error
    default: break
    }
    if victim.isTraced, !victim.isStopped {
      do throws(CureError) { try victim.stopByInterrupt() } catch {
        // Where it only fails, the undo that follows meets the same.
        if case .ended = error { return error }
      }
    }
    let arguments = memory.arguments
    if arguments.socket >= 0 {
      infection.socket = arguments.socket
      infection.tracerEnd = arguments.tracer_end
    }
    return error
  }

  /// Before anything of the task is changed there is a way back that needs no tracer.
  func buildBridge(regionByteCount: Int) throws(CureError) {
    if let bridge {
      let code = BridgeCode(
        backTo: infection.saved.forBridge, mask: infection.mask, dispatch: infection.dispatch,
        regionByteCount: UInt32(regionByteCount))
      if bridge.build(code, in: task) { return }
      put(.bridge, bridge.remove(from: task))
      self.bridge = nil
    }
    guard finder.stillHolds(in: task) else { throw .noSyscallInstruction }
  }

  /// Has the task map memory that can be read, written and executed.
  private func map(
    _ size: Int, _ flags: MappingFlags, file: Int32?, _ calls: inout RemoteCalls
  ) throws(CureError) -> UInt64 {
    if room.isLow {
      let result = try calls.call(
        .mmap(at: nil, byteCount: size, .all, flags.union(.low), file: file), base: infection.saved)
      if Errno(result: result) == nil { return UInt64(result) }
    }
    return try calls.checked(
      .mmap(at: room.gap, byteCount: size, .all, flags, file: file), base: infection.saved)
  }

  /// Shared memory without a file: nothing of it shows in the task's descriptors.
  private func mapRegion(
    _ size: Int, _ calls: inout RemoteCalls
  ) throws(CureError) -> ParasiteMemory {
    let address = try map(size, MappingFlags.shared.union(.anonymous), file: nil, &calls)
    let start = RemoteAddress(address)
    let region = RemoteRange(start: start, end: start + size)
    infection.region = region
    do {
      let mapping = unsafe try FiniPtrace.mapRegion(region, of: task)
      return unsafe ParasiteMemory(mapping: mapping, byteCount: size)
    } catch { throw .local("mapping the parasite's memory", error) }
  }

  /// A memory file, mapped in the task and here: for those who may not look into `map_files`.
  private func mapFile(_ size: Int, _ calls: inout RemoteCalls) throws(CureError) -> ParasiteMemory
  {
    let memfd = try createMemoryFile(&calls)
    let mapping: UnsafeMutableRawPointer
    do {
      let copy = try descriptors.copy(memfd)
      defer { closeDescriptor(copy) }
      unsafe mapping = try mapShared(copy, byteCount: size)
    } catch { throw .local("mapping the parasite's memory", error) }
    let memory = unsafe ParasiteMemory(mapping: mapping, byteCount: size)
    do {
      let address = try map(size, .shared, file: memfd, &calls)
      let start = RemoteAddress(address)
      infection.region = RemoteRange(start: start, end: start + size)
    } catch {
      _ = memory.unmap()
      throw error
    }
    return memory
  }

  private func createMemoryFile(_ calls: inout RemoteCalls) throws(CureError) -> Int32 {
    let plain = SystemCall.memfdCreate(name: finder.name, .closeOnExec)
    // MFD_EXEC says what the file is for. A kernel before 6.3 does not know it (EINVAL), and where
    // vm.memfd_noexec is 2 it is refused (EACCES): a file that can't be executed can be mapped as code.
    var result = try calls.call(
      .memfdCreate(name: finder.name, MemoryFileFlags.closeOnExec.union(.executable)),
      base: infection.saved)
    let error = Errno(result: result)
    if error == .invalidArgument || error == .accessDenied {
      result = try calls.call(plain, base: infection.saved)
    }
    if let error = Errno(result: result) { throw .remoteSyscall(number: plain.number, error) }
    infection.memfd = Int32(result)
    return Int32(result)
  }

  /// Writes the arguments and the sigframe, and lets the parasite run.
  private func start(_ memory: ParasiteMemory) throws(CureError) {
    guard let region = infection.region else { preconditionFailure("nothing is mapped") }
    let frame = region.start + ParasiteMemory.frameOffset
    let returned = infection.saved.forSigframe
    // With RF the task would run over a breakpoint where it goes on (FlagsTests).
    let inFrame =
      recorder.strategy == .breakpointAfter ? returned.meetingBreakpoints : returned
    unsafe memory.withFrame { address in
      unsafe Sigframe.write(
        to: address, at: frame, registers: inFrame, mask: infection.mask,
        extendedState: extendedState)
    }
    var arguments = memory.arguments
    arguments.frame_sp = (frame + Sigframe.stackPointerOffset).rawValue
    arguments.frame_altstack = (frame + Sigframe.alternateStackOffset).rawValue
    arguments.bridge = bridge?.away.rawValue ?? 0
    arguments.region = region.start.rawValue
    arguments.turn = UInt32(FINI_TURN_PARASITE)
    arguments.socket = -1
    arguments.tracer_end = -1
    arguments.memfd = infection.memfd ?? -1
    memory.arguments = arguments
    var registers = infection.saved.inLongMode.withPlainFlags
    registers[.rip] = (region.start + Int(fini_parasite_entry())).rawValue
    registers[.rsp] = region.end.rawValue - 8
    registers[.rdi] = (region.start + ParasiteMemory.argumentsOffset).rawValue
    registers[.origRAX] = UInt64.max
    try victim.act { tracee throws(PtraceError) in try tracee.set(registers, by: tracer) }
    try victim.resume(.cont)
  }

  /// Waits until the parasite has its socket, and takes a copy of the tracer's end.
  ///
  /// - Returns: -1 if the task has no descriptor to spare.
  private func takeSocket(_ memory: ParasiteMemory) throws(CureError) -> Int32 {
    try awaitTurn(memory)
    let arguments = memory.arguments
    infection.memfd = nil
    guard arguments.socket >= 0 else {
      memory.passTurn()
      return -1
    }
    infection.socket = arguments.socket
    infection.tracerEnd = arguments.tracer_end
    let socket: Int32
    do { socket = try descriptors.copy(arguments.tracer_end) } catch {
      throw .local("copying the parasite's socket", error)
    }
    memory.passTurn()
    return socket
  }
}
