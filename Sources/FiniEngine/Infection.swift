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
  /// The task's own signal mask.
  var mask: SignalSet
  /// Size of the extended state in bytes and its digest.
  var extendedStateDigest: UInt64
  /// Where the shared memory lies in the task, once it is mapped.
  var region: RemoteRange?
  /// Descriptors that the task has open for us: the memory file, its socket, the tracer's end.
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
  let socket: Int32

  /// Gives everything back; returns the first error, negated, or zero.
  consuming func close() -> Int64 {
    let results = [memory.unlockLife(), memory.unmap(), closeDescriptor(socket)]
    return results.first { $0 < 0 } ?? 0
  }
}

extension Cure {
  /// Stops the task and saves what it is, before anything is changed.
  func prepare() throws(CureError) {
    try victim.stopByInterrupt(delivering: true)
    let saved = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    try victim.act { tracee throws(PtraceError) in
      try tracee.readExtendedState(into: extendedState, by: tracer)
    }
    let mask = try victim.act { tracee throws(PtraceError) in
      try tracee.signalMask(by: tracer)
    }
    infection = Infection(
      saved: saved, mask: mask, extendedStateDigest: extendedState.digest)
    isPrepared = true
    trapIsIgnored = victim.look?.ignored.contains(.trap) ?? false
    adaptStrategy(saved: saved, mask: mask)
  }

  /// Takes another strategy where the one asked for would harm the task.
  private func adaptStrategy(saved: Registers, mask: SignalSet) {
    if recorder.strategy.needsBreakpoints, trapIsIgnored {
      fallBack(to: .syscall, because: .trapNotDeliverable)
    }
    guard recorder.strategy == .breakpointAfter else { return }
    if mask.contains(.trap) {
      // The mask is back before the breakpoint fires, and would make a forced SIGTRAP harmful.
      fallBack(to: .breakpoint, because: .trapNotDeliverable)
    } else if saved.restart == .restartBlock {
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
    guard finder.stillHolds(in: task) else { throw .noSyscallInstruction }
    try victim.act { tracee throws(PtraceError) in
      try tracee.set(.all(but: .trap), by: tracer)
    }
    let calls = remoteCalls
    let saved = infection.saved
    let memory = try shareMemory(calls)
    var link: ParasiteLink?
    do throws(CureError) {
      guard let region = infection.region else { preconditionFailure("nothing is mapped") }
      let arguments = region.start + ParasiteMemory.argumentsOffset
      let pairOffset = MemoryLayout<fini_arguments>.offset(of: \.socket) ?? 0
      _ = try calls.checked(
        RemoteCalls.Number.socketpair, 1, 5 | 0x80000, 0,  // AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC
        (arguments + pairOffset).rawValue, base: saved)
      infection.socket = memory.arguments.socket
      infection.tracerEnd = memory.arguments.tracer_end
      let socket: Int32
      do { socket = try descriptors.copy(memory.arguments.tracer_end) } catch {
        throw .local("copying the parasite's socket", error)
      }
      link = ParasiteLink(memory: memory, socket: socket)
      try start(memory, region)
    } catch {
      if let link = link.take() { _ = link.close() } else { _ = memory.unmap() }
      throw error
    }
    guard let link = link.take() else { preconditionFailure("a parasite without a link") }
    return link
  }

  /// A memory file, mapped in the task and here.
  private func shareMemory(_ calls: RemoteCalls) throws(CureError) -> ParasiteMemory {
    let saved = infection.saved
    let memfd = try createMemoryFile(calls)
    let size = ParasiteMemory.byteCount(extendedStateBytes: extendedState.byteCount)
    let mapping: UnsafeMutableRawPointer
    do {
      let copy = try descriptors.copy(memfd)
      defer { closeDescriptor(copy) }
      unsafe mapping = try mapShared(copy, byteCount: size)
    } catch { throw .local("mapping the parasite's memory", error) }
    let memory = unsafe ParasiteMemory(mapping: mapping, byteCount: size)
    do {
      let address = try calls.checked(
        RemoteCalls.Number.mmap, 0, UInt64(size), 7, 1, UInt64(memfd), 0, base: saved)
      let start = RemoteAddress(address)
      infection.region = RemoteRange(start: start, end: start + size)
    } catch {
      _ = memory.unmap()
      throw error
    }
    return memory
  }

  private func createMemoryFile(_ calls: RemoteCalls) throws(CureError) -> Int32 {
    let closeOnExec: UInt64 = 1
    let executable: UInt64 = 0x10
    // MFD_EXEC says what the file is for. A kernel before 6.3 does not know it (EINVAL), and where
    // vm.memfd_noexec is 2 it is refused (EACCES): a file that can't be executed can be mapped as code.
    var result = try calls.call(
      RemoteCalls.Number.memfdCreate, finder.name.rawValue, closeOnExec | executable,
      base: infection.saved)
    let error = Errno(result: result)
    if error == .invalidArgument || error == .accessDenied {
      result = try calls.call(
        RemoteCalls.Number.memfdCreate, finder.name.rawValue, closeOnExec, base: infection.saved)
    }
    if let error = Errno(result: result) {
      throw .remoteSyscall(number: RemoteCalls.Number.memfdCreate, error)
    }
    infection.memfd = Int32(result)
    return Int32(result)
  }

  /// Writes the arguments and the sigframe, and lets the parasite run until it says that it is there.
  private func start(_ memory: ParasiteMemory, _ region: RemoteRange) throws(CureError) {
    let locked = memory.lockLife()
    if let error = Errno(result: locked) { throw .local("taking the life lock", error) }
    let frame = region.start + ParasiteMemory.frameOffset
    unsafe memory.withFrame { address in
      unsafe Sigframe.write(
        to: address, at: frame, registers: infection.saved.forSigframe, mask: infection.mask,
        extendedState: extendedState)
    }
    var arguments = memory.arguments
    arguments.frame_sp = (frame + Sigframe.stackPointerOffset).rawValue
    arguments.frame_altstack = (frame + Sigframe.alternateStackOffset).rawValue
    arguments.memfd = infection.memfd ?? -1
    arguments.alone = facts.threads == 1 ? 1 : 0
    memory.arguments = arguments
    var registers = infection.saved
    registers[.rip] = (region.start + Int(fini_parasite_entry())).rawValue
    registers[.rsp] = region.end.rawValue - 8
    registers[.rdi] = (region.start + ParasiteMemory.argumentsOffset).rawValue
    registers[.origRAX] = UInt64.max
    registers[.eflags] &= ~0x400  // DF: the ABI wants it clear at a function's entry
    try victim.act { tracee throws(PtraceError) in try tracee.set(registers, by: tracer) }
    try victim.resume(.cont)
  }
}
