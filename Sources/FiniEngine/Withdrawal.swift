internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

/// The way out of a cure, from any step: whatever the ``Hold`` says is attempted, checked and recorded.
@PtraceThread
struct Withdrawal {
  let held: HeldTask
  /// Whether the thread that traces ends with this cure, and so may let go of the task by its end.
  let endsThread: Bool

  var task: TaskID { held.task }
  var victim: Victim { held.victim }

  /// Takes away what is left after the parasite, and lets the task go.
  ///
  /// - Parameter memory: the shared memory, through which held signals are given back.
  func complete(_ memory: ParasiteMemory) throws(CureError) {
    let own = try ownRegisters()
    held.changeInfection { $0.socket = nil }
    try withdraw(to: own, memory: memory)
  }

  /// The registers that a task which has left the parasite shall have when it is let go.
  func ownRegisters() throws(CureError) -> Registers {
    guard case .left(let saved, _, let way) = held.hold else {
      preconditionFailure("the task has not left the parasite")
    }
    if way == .led { return saved.own.undisturbed }
    let current = try victim.registers()
    if way == .returned {
      guard try hasRunOwnCode(current, since: saved.own) else { return saved.own.polished(current) }
      held.leaveParasite(by: .escaped)
    }
    // It runs its own code again: what it has now is its own, its mask as well.
    // Not the RF that the breakpoint left: with it the task would not have been caught there.
    let own = held.recorder.machine.ledger.hit == nil ? current : current.meetingBreakpoints
    let state = OwnState(
      registers: try victim.registersOutOfSequence(own), mask: try victim.signalMask())
    held.changeSaved { $0.own = state }
    return state.undisturbed
  }

  /// Whether the task, at the breakpoint on its own way, had been there before: then it has run its own
  /// code meanwhile, and neither the registers nor the mask that were saved are its own any more.
  ///
  /// A loop comes there again and again, and whatever made it run over the breakpoint once (RF was in
  /// the frame, a processor that loses one) was seen by nobody. FlagsTests, a second arrival.
  private func hasRunOwnCode(_ current: Registers, since saved: OwnState) throws(CureError) -> Bool
  {
    guard held.recorder.strategy == .breakpointAfter else { return false }
    let mask = try victim.signalMask()
    return mask != saved.mask || !current.isRestored(from: saved.registers)
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
      var calls = held.remoteCalls
      calls.block = block
      for signal in victim.releaseHeld() { try queue(signal, memory, &calls) }
      try closeDescriptors(&calls)
      if !victim.holdsSignals { try unmapRegion(&calls) }
      block = calls.block
    } while held.hold.infection?.region != nil || victim.holdsSignals && memory == nil
    try restore(own)
    for signal in victim.releaseHeld() { sendAnew(signal) }
    try release(held.saved.own)
  }

  /// Takes the memory away, unless a signal comes before: then it is still there.
  private func unmapRegion(_ calls: inout RemoteCalls) throws(CureError) {
    guard let region = held.hold.infection?.region else { return }
    held.changeInfection { $0.awaited = .unmap }
    let result = try calls.unmap(region)
    held.changeInfection { $0.awaited = nil }
    guard let result else { return }
    held.put(.mapping, Errno(result: result))
    held.changeInfection { $0.region = nil }
  }

  /// Lets go of a task that was stopped and has its own registers, or that has become another program.
  ///
  /// The stop alone ends some waits with EINTR; those of a task that is untouched are put right as after a
  /// cure.
  func letGo() throws(CureError) {
    let own: OwnState
    if let saved = held.hold.saved { own = saved.own } else { own = try untouchedState() }
    for signal in victim.releaseHeld() { sendAnew(signal) }
    try release(own)
  }

  private func untouchedState() throws(CureError) -> OwnState {
    let found = OwnState(registers: try victim.registers(), mask: try victim.signalMask())
    let own = unlessStopped(found.undisturbed, found)
    if own != found.registers { try victim.set(own) }
    return found
  }

  /// Of what it shall have: the registers as they are found, if the process is stopped. A stop ends such
  /// a wait without any tracer, too.
  private func unlessStopped(_ wanted: Registers, _ own: OwnState) -> Registers {
    guard own.registers.restart == .reissueWait, wanted == own.undisturbed,
      victim.isToStop(mask: own.mask)
    else { return wanted }
    return own.registers
  }

  // MARK: signals

  /// Gives back a held signal in the tracer's name: one that came while munmap was being executed.
  private func sendAnew(_ signal: RawSignalInfo) {
    let number = signal.info.signal
    let process = held.facts.process
    let result =
      signal.info.code == .threadKill
      ? sendSignal(number, to: task, of: process) : sendSignal(number, toProcess: process)
    held.put(.heldSignals, Errno(result: result))
    noteReturned(signal)
  }

  /// Has the task send a held signal to itself, siginfo and all.
  private func queue(
    _ signal: RawSignalInfo, _ memory: ParasiteMemory?, _ calls: inout RemoteCalls
  ) throws(CureError) {
    guard let memory, let region = held.hold.infection?.region else {
      // Before there is shared memory nothing can carry a siginfo into the task.
      let result = sendSignal(signal.info.signal, to: task, of: held.facts.process)
      return held.put(.heldSignals, Errno(result: result))
    }
    memory.put(signal)
    let info = region.start + ParasiteMemory.signalInfoOffset
    let number = signal.info.signal
    let process = held.facts.innermostProcess
    let thread = held.facts.innermostTask
    // Only the leader may send its process a siginfo with a sender's code.
    let call: SystemCall =
      signal.info.code == .threadKill || process != thread
      ? .sigqueue(process: process, thread: thread, number, info: info)
      : .sigqueue(process: process, number, info: info)
    let result = try calls.call(call)
    held.put(.heldSignals, Errno(result: result))
    noteReturned(signal)
  }

  private func noteReturned(_ signal: RawSignalInfo) {
    held.tracer.note(.signal(SignalRecord(fate: .putBack, info: signal.info)), about: task)
  }

  // MARK: descriptors

  /// Closes what the parasite did not close itself.
  private func closeDescriptors(_ calls: inout RemoteCalls) throws(CureError) {
    guard let infection = held.hold.infection else { return }
    try close(infection.memfd, named: "/memfd:", &calls)
    try close(infection.socket, named: "socket:", &calls)
    try close(infection.tracerEnd, named: "socket:", &calls)
    held.changeInfection {
      $0.memfd = nil
      $0.socket = nil
      $0.tracerEnd = nil
    }
  }

  private func close(
    _ descriptor: Int32?, named prefix: String, _ calls: inout RemoteCalls
  ) throws(CureError) {
    guard let descriptor, isOurs(descriptor, named: prefix) else { return }
    if let error = Errno(result: try calls.call(.close(descriptor))) {
      held.put(.descriptors, error)
    }
  }

  /// Whether a descriptor of the task still is what we had it open.
  ///
  /// After FINI the parasite may have closed it, and another thread may have the number by now.
  private func isOurs(_ descriptor: Int32, named prefix: String) -> Bool {
    guard let target = try? ProcFile.link("/proc/\(task)/fd/\(descriptor)") else { return false }
    return target.hasPrefix(prefix)
  }

  // MARK: the task's own state

  /// Writes mask and registers, reads them back, and records what came of it.
  ///
  /// The mask goes first: from the bridge the task would give itself its own anyway, after the
  /// registers are its own nobody would.
  private func restore(_ wanted: Registers) throws(CureError) {
    let saved = held.saved.own
    let own = unlessStopped(wanted, saved)
    try victim.set(saved.mask)
    try victim.set(own)
    held.noteRestored()
    held.giveDispatchBack()
    if let bridge = held.places.bridge, bridge.stands {
      held.put(.bridge, bridge.remove(from: task))
    }
    let registers = try victim.registers()
    held.put(.registers, differing: registers.countOfDifferences(from: own))
    try mendExtendedState()
    let mask = try victim.signalMask()
    held.put(.signalMask, differing: mask == saved.mask ? 0 : 1)
    if held.recorder.machine.ledger.armed != nil {
      let control = DebugControl(rawValue: try victim.debugRegister(DebugRegister.control))
      held.put(.debugRegisters, differing: control.enablesAny ? 1 : 0)
    }
  }

  /// Compares the extended state with what it was, and writes it where it is not that.
  ///
  /// rt_sigreturn takes it from the frame only as far as the kernel believes the frame; what it does not
  /// believe it sets to its initial state without a word. MendingTests.
  private func mendExtendedState() throws(CureError) {
    guard held.saved.extendedState != .outdated else { return }
    let differing = try lookForDifferences()
    guard !differing.isEmpty else { return held.put(.extendedState) }
    do throws(CureError) { try victim.set(held.extendedState) } catch .ptrace(
      .refused(_, _, let error)) where error != .noSuchProcess
    {
      return held.put(.extendedState, error)
    }
    let left = UInt32(try lookForDifferences().rawValue.nonzeroBitCount)
    held.put(.extendedState, differing: left, mended: differing)
  }

  private func lookForDifferences() throws(CureError) -> XSaveComponents {
    try victim.readExtendedState(into: held.presentState)
    // Of a task that never came to rt_sigreturn they are what they were.
    if held.saved.extendedState == .asRead {
      held.extendedState.adoptProtectionKeys(of: held.presentState)
    }
    return held.extendedState.differences(from: held.presentState)
  }
}
