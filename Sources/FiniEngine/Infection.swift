internal import CFiniParasite
internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The tracer's side of what it shares with an infected task.
@PtraceThread
struct ParasiteLink: ~Copyable {
  let memory: ParasiteMemory
  /// The tracer's end. It is -1 if the task had no free descriptors; packets go through the shared
  /// memory then.
  let socket: Int32

  /// Releases everything. Returns the first error, negated, or zero.
  consuming func close() -> Int64 {
    let unlocked = memory.unlockLife()
    let unmapped = memory.unmap()
    let closed = socket < 0 ? 0 : closeDescriptor(socket)
    return unlocked < 0 ? unlocked : unmapped < 0 ? unmapped : closed
  }
}

extension Cure {
  /// Stops the task and saves its state, before anything is changed.
  func prepare() throws(CureError) {
    try victim.stopByInterrupt(delivering: true, interruptible: true)
    try victim.requireUnfiltered()
    try held.findPlacesAnew()
    let found = try victim.registers()
    guard found.runsUsualSegments else {
      throw .foreignSegment(code: found[.cs], stack: found[.ss])
    }
    let registers = try victim.registersOutOfSequence(found)
    try victim.readExtendedState(into: held.extendedState)
    let mask = try victim.signalMask()
    held.prepare(
      Saved(
        own: OwnState(registers: registers, mask: mask),
        endsAtSigreturn: registers.endsAtSigreturn(
          at: readHalfWord(of: task, at: registers.programCounter))))
    try held.switchDispatchOff()
    adaptStrategy(to: held.saved)
  }

  /// Takes another strategy if the one asked for would harm the task.
  private func adaptStrategy(to saved: Saved) {
    let trapIsIgnored = victim.reading?.ignored.contains(.trap) ?? false
    // A pending blocked SIGTRAP would have to be let through. It could not be put back in its old
    // place in the queue.
    let trapIsPending = victim.reading?.sets.allPending.contains(.trap) ?? false
    if recorder.strategy.needsBreakpoints, trapIsIgnored || trapIsPending {
      fallBack(to: .syscall, because: .trapNotDeliverable)
    }
    if recorder.strategy.needsBreakpoints, saved.dispatch.owed != nil {
      // After a missed breakpoint the task runs its own code, and its calls must be dispatched
      // then.
      fallBack(to: .syscall, because: .syscallUserDispatch)
    }
    guard recorder.strategy == .breakpointAfter else { return }
    if saved.own.mask.contains(.trap) {
      // The mask is restored before the breakpoint fires. A forced SIGTRAP would do harm if it is
      // blocked or ignored.
      fallBack(to: .breakpoint, because: .trapNotDeliverable)
    } else if saved.endsAtSigreturn {
      // The loss of the restart block can be prevented only before rt_sigreturn.
      fallBack(to: .breakpoint, because: .restartBlock)
    }
  }

  func fallBack(to strategy: FiniStrategy, because reason: Fallback.Reason) {
    tracer.note(
      .fallback(Fallback(from: recorder.strategy, to: strategy, reason: reason)), about: task)
    recorder.fallBack(to: strategy)
  }

  /// Brings the parasite into the task and starts it.
  func infect() throws(CureError) -> ParasiteLink {
    let size = ParasiteMemory.byteCount(extendedStateBytes: held.extendedState.byteCount)
    try held.buildBridge(regionByteCount: size)
    var calls = held.remoteCalls
    // SIGTRAP is unblocked only for a breakpoint: if it were blocked, the forced SIGTRAP would
    // reset its action. Otherwise a user's SIGTRAP waits in the kernel like any other signal.
    calls.block =
      recorder.strategy.needsBreakpoints ? .all(but: .trap) : SignalSet(rawValue: .max)
    // A forced signal that is blocked loses its handler. There may be a SIGSYS handler for
    // dispatched calls.
    if held.saved.dispatch == .untold { calls.block?.remove(.badCall) }
    held.beginInfection()
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

  /// Reads what can be read only after the task has run; see
  /// ``ExtendedState/mayLackProtectionKeys``.
  ///
  /// The task has made its first remote call by now, and nothing else.
  private func completeExtendedState() throws(CureError) {
    held.changeSaved { $0.extendedState = .complete }
    guard held.extendedState.mayLackProtectionKeys else { return }
    try victim.readExtendedState(into: held.presentState)
    held.extendedState.adoptProtectionKeys(of: held.presentState)
  }

  /// Finds out which descriptors an abandoned parasite has made by now.
  ///
  /// - Returns: the error to continue with: the given one, or that the task has ended.
  private func takeStock(_ memory: ParasiteMemory, after error: CureError) -> CureError {
    switch error {
    case .ended, .ptrace(.refused(_, _, .noSuchProcess)): return error
    default: break
    }
    if victim.isTraced, !victim.isStopped {
      do throws(CureError) { try victim.stopByInterrupt() } catch {
        // Any other error will occur again in the undo that follows.
        if case .ended = error { return error }
      }
    }
    let arguments = memory.arguments
    if arguments.socket >= 0 {
      noteSocket(arguments)
    }
    return error
  }

  /// Lets the task map memory that can be read, written and executed.
  private func map(
    _ size: Int, _ flags: MappingFlags, file: Int32?, _ calls: inout RemoteCalls
  ) throws(CureError) -> UInt64 {
    if held.places.hint.isLow {
      let result = try call(
        .mmap(at: nil, byteCount: size, .all, flags.union(.low), file: file),
        awaiting: .map(byteCount: size), &calls)
      if Errno(result: result) == nil { return UInt64(result) }
    }
    let mmap = SystemCall.mmap(
      at: held.places.hint.gap, byteCount: size, .all, flags, file: file)
    let result = try call(mmap, awaiting: .map(byteCount: size), &calls)
    if let error = Errno(result: result) { throw .remoteSyscall(number: mmap.number, error) }
    return UInt64(result)
  }

  /// Makes a call by which the task gets something of the infection. If its end is not seen, the
  /// undo finds out what came of it.
  private func call(
    _ call: SystemCall, awaiting awaited: Infection.Awaited, _ calls: inout RemoteCalls
  ) throws(CureError) -> Int64 {
    held.changeInfection { $0.awaited = awaited }
    let result = try calls.call(call)
    held.changeInfection { $0.awaited = nil }
    return result
  }

  /// Maps shared memory without a file: nothing of it is visible in the task's descriptors.
  private func mapRegion(
    _ size: Int, _ calls: inout RemoteCalls
  ) throws(CureError) -> ParasiteMemory {
    let address = try map(size, MappingFlags.shared.union(.anonymous), file: nil, &calls)
    let start = RemoteAddress(address)
    let region = RemoteRange(start: start, end: start + size)
    held.changeInfection { $0.take(region) }
    do {
      let mapping = unsafe try FiniPtrace.mapRegion(region, of: task)
      return unsafe ParasiteMemory(mapping: mapping, byteCount: size)
    } catch { throw .local("mapping the parasite's memory", error) }
  }

  /// Maps a memory file in the task and in the tracer, if the tracer may not open `map_files`.
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
      held.changeInfection { $0.take(RemoteRange(start: start, end: start + size)) }
    } catch {
      _ = memory.unmap()
      throw error
    }
    return memory
  }

  private func createMemoryFile(_ calls: inout RemoteCalls) throws(CureError) -> Int32 {
    let plain = SystemCall.memfdCreate(name: held.places.finder.name, .closeOnExec)
    // MFD_EXEC says what the file is for. A kernel before 6.3 does not know it (EINVAL), and where
    // vm.memfd_noexec is 2 it is refused (EACCES): a file that can't be executed can be mapped as code.
    var result = try call(
      .memfdCreate(name: held.places.finder.name, MemoryFileFlags.closeOnExec.union(.executable)),
      awaiting: .memfd, &calls)
    let error = Errno(result: result)
    if error == .invalidArgument || error == .accessDenied {
      result = try call(plain, awaiting: .memfd, &calls)
    }
    if let error = Errno(result: result) { throw .remoteSyscall(number: plain.number, error) }
    held.changeInfection { $0.memfd = Int32(result) }
    return Int32(result)
  }

  /// Writes the arguments and the sigframe, and starts the parasite.
  private func start(_ memory: ParasiteMemory) throws(CureError) {
    guard case .infected(let saved, let infection) = held.hold, let region = infection.region
    else { preconditionFailure("nothing is mapped") }
    let own = saved.own
    let frame = region.start + ParasiteMemory.frameOffset
    let returned = own.registers.forSigframe
    // With RF set the task would run past a breakpoint at the instruction where it continues
    // (FlagsTests).
    let inFrame =
      recorder.strategy == .breakpointAfter ? returned.meetingBreakpoints : returned
    unsafe memory.withFrame { address in
      unsafe Sigframe.write(
        to: address, at: frame, registers: inFrame, mask: own.mask,
        extendedState: held.extendedState)
    }
    var arguments = memory.arguments
    arguments.frame_sp = (frame + Sigframe.stackPointerOffset).rawValue
    arguments.frame_altstack = (frame + Sigframe.alternateStackOffset).rawValue
    arguments.bridge = held.places.bridge?.away.rawValue ?? 0
    arguments.region = region.start.rawValue
    arguments.writer = UInt32(FINI_WRITER_PARASITE)
    arguments.socket = -1
    arguments.tracer_end = -1
    arguments.memfd = infection.memfd ?? -1
    memory.arguments = arguments
    var registers = own.registers.inLongMode.withPlainFlags
    registers[.rip] = (region.start + Int(fini_parasite_entry())).rawValue
    registers[.rsp] = region.end.rawValue - 8
    registers[.rdi] = (region.start + ParasiteMemory.argumentsOffset).rawValue
    registers[.origRAX] = UInt64.max
    try victim.set(registers)
    try victim.resume(.cont)
    held.beginService()
  }

  /// Waits until the parasite has its socket, and copies the tracer's end.
  ///
  /// - Returns: -1 if the task has no free descriptor.
  private func takeSocket(_ memory: ParasiteMemory) throws(CureError) -> Int32 {
    try awaitMemory(memory)
    let arguments = memory.arguments
    held.changeInfection { $0.memfd = nil }
    guard arguments.socket >= 0 else {
      memory.handOver()
      return -1
    }
    noteSocket(arguments)
    let socket: Int32
    do { socket = try descriptors.copy(arguments.tracer_end) } catch {
      throw .local("copying the parasite's socket", error)
    }
    memory.handOver()
    return socket
  }

  private func noteSocket(_ arguments: fini_arguments) {
    held.changeInfection {
      $0.socket = arguments.socket
      $0.tracerEnd = arguments.tracer_end
    }
  }
}
