internal import FiniModel
internal import FiniProof
internal import FiniProcfs
internal import FiniPtrace

extension Cure {
  /// Takes the blob away and gives the task back everything that is its own.
  func unmap(_ link: borrowing ParasiteLink) throws(CureError) {
    let own = try ownRegisters()
    infection.socket = nil
    try withdraw(to: own, memory: link.memory)
  }

  /// The registers that the task shall have when it is let go.
  func ownRegisters() throws(CureError) -> Registers {
    if !hasEscaped, recorder.strategy == .direct || sigreturnIsCancelled { return undisturbed }
    let current = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    if !hasEscaped { hasEscaped = try hasRunOwnCode(current) }
    if hasEscaped {
      // It runs its own code again: what it has now is its own, its mask as well.
      // Not the RF that the breakpoint left: with it the task would not have been caught there.
      let own = recorder.machine.ledger.hit == nil ? current : current.meetingBreakpoints
      infection.saved = try registersOutOfSequence(own)
      infection.mask = try victim.act { tracee throws(PtraceError) in
        try tracee.signalMask(by: tracer)
      }
      return undisturbed
    }
    return polished(current)
  }

  /// Whether the task, at the breakpoint on its own way, had been there before: then it has run its own
  /// code meanwhile, and neither the registers nor the mask that were saved are its own any more.
  ///
  /// A loop comes there again and again, and whatever made it run over the breakpoint once (RF was in
  /// the frame, a processor that loses one) was seen by nobody. FlagsTests, a second arrival.
  private func hasRunOwnCode(_ current: Registers) throws(CureError) -> Bool {
    guard recorder.strategy == .breakpointAfter else { return false }
    let mask = try victim.act { tracee throws(PtraceError) in
      try tracee.signalMask(by: tracer)
    }
    return mask != infection.mask || !current.isRestored(from: infection.saved)
  }

  /// The registers after rt_sigreturn without its traces: it marks the task as being in no call,
  /// and a breakpoint leaves RF behind. The task does not care, its next tracer might.
  private func polished(_ current: Registers) -> Registers {
    let saved = infection.saved
    guard current.isRestored(from: saved) else { return current }
    // The kernel issues an interrupted call again by itself, unless a stop of the process comes first.
    if saved.restart == .none || saved.restart == .reissue { return saved }
    if saved.restart == .reissueWait { return undisturbed }
    var own = current
    own[.eflags] =
      current.meetingBreakpoints[.eflags] | saved[.eflags] & Registers.Flag.resume
    return own
  }

  /// The saved registers, so that the kernel does with the interrupted call what it does after a
  /// stop; a wait that it would end with `EINTR` is issued again instead, unless a handler runs.
  var undisturbed: Registers { infection.saved.waitingUnlessHandled }

  /// Of what it shall have: the registers as they are found, if the process is stopped. A stop ends such
  /// a wait without any tracer, too.
  private func unlessStopped(_ own: Registers) -> Registers {
    let saved = infection.saved
    guard saved.restart == .reissueWait, own == saved.waitingUnlessHandled,
      victim.isToStop(mask: infection.mask)
    else { return own }
    return saved
  }

  /// Undoes whatever of the infection is there, from any stop of the task.
  ///
  /// - Parameters:
  ///   - own: the registers that the task shall have.
  ///   - memory: the shared memory, through which held signals are given back; `nil` before there
  ///     is any.
  func withdraw(to own: Registers, memory: ParasiteMemory?) throws(CureError) {
    // A signal that comes now waits in the kernel, with its siginfo, until the task has its own
    // mask: nothing but SIGSTOP and SIGKILL gets through.
    var block: SignalSet? = SignalSet(rawValue: .max)
    // Once more for each signal that comes before that: after the memory is gone nothing can carry
    // its siginfo.
    repeat {
      var calls = remoteCalls
      calls.block = block
      for signal in victim.releaseHeld() { try queue(signal, memory, &calls) }
      try closeDescriptors(&calls)
      if !victim.holdsSignals { try unmapRegion(&calls) }
      block = calls.block
    } while infection.region != nil || victim.holdsSignals && memory == nil
    try restore(own)
    for signal in victim.releaseHeld() { sendAnew(signal) }
    try release()
  }

  /// Takes the memory away, unless a signal comes before: then it is still there.
  private func unmapRegion(_ calls: inout RemoteCalls) throws(CureError) {
    guard let region = infection.region else { return }
    guard let result = try calls.unmap(region, base: infection.saved) else { return }
    put(.mapping, result)
    infection.region = nil
  }

  /// Lets go of a task that was stopped and not changed.
  ///
  /// The stop alone ends some waits with EINTR; those are put right as after a cure.
  func letGo() throws(CureError) {
    if !isPrepared {
      infection.saved = try victim.act { tracee throws(PtraceError) in
        try tracee.registers(by: tracer)
      }
      infection.mask = try victim.act { tracee throws(PtraceError) in
        try tracee.signalMask(by: tracer)
      }
      let own = unlessStopped(undisturbed)
      if own != infection.saved {
        try victim.act { tracee throws(PtraceError) in try tracee.set(own, by: tracer) }
      }
    }
    for signal in victim.releaseHeld() { sendAnew(signal) }
    try release()
  }

  /// Gives back a held signal in the tracer's name: one that came while munmap was being executed.
  private func sendAnew(_ signal: RawSignalInfo) {
    let number = signal.info.signal
    put(
      .heldSignals,
      signal.info.code == .threadKill
        ? sendSignal(number, to: task, of: facts.process)
        : sendSignal(number, toProcess: facts.process))
    tracer.note(.signal(SignalRecord(fate: .putBack, info: signal.info)), about: task)
  }

  /// Has the task send a held signal to itself, siginfo and all.
  private func queue(
    _ signal: RawSignalInfo, _ memory: ParasiteMemory?, _ calls: inout RemoteCalls
  ) throws(CureError) {
    guard let memory, let region = infection.region else {
      // Before there is shared memory nothing can carry a siginfo into the task.
      put(.heldSignals, sendSignal(signal.info.signal, to: task, of: facts.process))
      return
    }
    memory.put(signal)
    let info = region.start + ParasiteMemory.signalInfoOffset
    let number = signal.info.signal
    let process = facts.innermostProcess
    let thread = facts.innermostTask
    // Only the leader may send its process a siginfo with a sender's code.
    let call: SystemCall =
      signal.info.code == .threadKill || process != thread
      ? .sigqueue(process: process, thread: thread, number, info: info)
      : .sigqueue(process: process, number, info: info)
    let result = try calls.call(call, base: infection.saved)
    put(.heldSignals, result)
    tracer.note(.signal(SignalRecord(fate: .putBack, info: signal.info)), about: task)
  }

  /// Whether a descriptor of the task still is what we had it open.
  ///
  /// After FINI the parasite may have closed it, and another thread may have the number by now.
  private func isOurs(_ descriptor: Int32) -> Bool {
    guard let target = try? ProcFile.link("/proc/\(task)/fd/\(descriptor)") else { return false }
    return target.hasPrefix(descriptor == infection.memfd ? "/memfd:" : "socket:")
  }

  /// Closes what the parasite did not close itself.
  private func closeDescriptors(_ calls: inout RemoteCalls) throws(CureError) {
    try close(infection.memfd, &calls)
    try close(infection.socket, &calls)
    try close(infection.tracerEnd, &calls)
    infection.memfd = nil
    infection.socket = nil
    infection.tracerEnd = nil
  }

  private func close(
    _ descriptor: Int32?, _ calls: inout RemoteCalls
  ) throws(CureError) {
    guard let descriptor, isOurs(descriptor) else { return }
    let result = try calls.call(.close(descriptor), base: infection.saved)
    if result < 0 { put(.descriptors, result) }
  }

  /// Writes mask and registers, reads them back, and records what came of it.
  ///
  /// The mask goes first: from the bridge the task would give itself its own anyway, after the
  /// registers are its own nobody would.
  private func restore(_ wanted: Registers) throws(CureError) {
    let own = unlessStopped(wanted)
    try victim.act { tracee throws(PtraceError) in try tracee.set(infection.mask, by: tracer) }
    try victim.act { tracee throws(PtraceError) in try tracee.set(own, by: tracer) }
    isInfected = false
    giveDispatchBack()
    if let bridge, bridge.stands { put(.bridge, bridge.remove(from: task)) }
    let registers = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    put(.registers, 0, differing: registers.countOfDifferences(from: own))
    if !hasEscaped { try mendExtendedState() }
    let mask = try victim.act { tracee throws(PtraceError) in
      try tracee.signalMask(by: tracer)
    }
    put(.signalMask, 0, differing: mask == infection.mask ? 0 : 1)
    if recorder.machine.ledger.armed != nil {
      let control = try victim.act { tracee throws(PtraceError) in
        try tracee.userWord(at: DebugRegister.offset(DebugRegister.control), by: tracer)
      }
      put(.debugRegisters, 0, differing: DebugControl(rawValue: control).enablesAny ? 1 : 0)
    }
  }

  /// Compares the extended state with what it was, and writes it where it is not that.
  ///
  /// rt_sigreturn takes it from the frame only as far as the kernel believes the frame; what it does not
  /// believe it sets to its initial state without a word. MendingTests.
  private func mendExtendedState() throws(CureError) {
    let differing = try lookForDifferences()
    guard !differing.isEmpty else { return put(.extendedState, 0) }
    do throws(CureError) {
      try victim.act { tracee throws(PtraceError) in try tracee.set(extendedState, by: tracer) }
    } catch .ptrace(.refused(_, _, let error)) where error != .noSuchProcess {
      return put(.extendedState, -Int64(error.rawValue))
    }
    let left = UInt32(try lookForDifferences().rawValue.nonzeroBitCount)
    put(.extendedState, 0, differing: left, mended: differing)
  }

  private func lookForDifferences() throws(CureError) -> XSaveComponents {
    try victim.act { tracee throws(PtraceError) in
      try tracee.readExtendedState(into: presentState, by: tracer)
    }
    // Of a task that never came to rt_sigreturn they are what they were.
    if !protectionKeysAreKnown { extendedState.adoptProtectionKeys(of: presentState) }
    return extendedState.differences(from: presentState)
  }

  /// Records a put-back, and that it failed if it did.
  func put(
    _ item: PutBack.Item, _ result: Int64, differing: UInt32 = 0, mended: XSaveComponents = []
  ) {
    let record = PutBack(
      item: item, result: min(result, 0), differing: differing, mended: mended)
    tracer.note(.putBack(record), about: task)
    if !record.succeeded { report.leftBehind.append(item) }
  }
}
