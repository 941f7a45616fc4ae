internal import FiniModel
internal import FiniProcfs
internal import FiniProof
internal import FiniPtrace

/// The way out of a cure, from any step: everything that the ``Hold`` has is put back, checked and
/// recorded.
@PtraceThread
struct Withdrawal {
  let held: HeldTask
  /// Whether the tracing thread ends with this cure, so that its end may release the task.
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

  /// The registers that a task which has left the parasite gets when it is let go.
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
    // It runs its own code again: its registers and its mask are its own. Only the RF that the
    // breakpoint left is cleared: with RF the task would not have stopped there.
    let own = held.recorder.machine.ledger.hit == nil ? current : current.meetingBreakpoints
    let state = OwnState(
      registers: try victim.registersOutOfSequence(own), mask: try victim.signalMask())
    held.changeSaved { $0.own = state }
    return state.undisturbed
  }

  /// Whether the task has reached the breakpoint before this hit. Then it has run its own code
  /// meanwhile, and the saved registers and mask are out of date.
  ///
  /// A loop reaches the address again and again. The task may have passed the breakpoint once
  /// without a hit (RF was in the frame, a processor that loses a breakpoint). FlagsTests, a second
  /// arrival.
  private func hasRunOwnCode(_ current: Registers, since saved: OwnState) throws(CureError) -> Bool
  {
    guard held.recorder.strategy == .breakpointAfter else { return false }
    let mask = try victim.signalMask()
    return mask != saved.mask || !current.isRestored(from: saved.registers)
  }

  /// Undoes whatever there is of the infection, from any stop of the task.
  ///
  /// - Parameters:
  ///   - own: the registers that the task gets.
  ///   - memory: the shared memory, through which held signals are given back; `nil` before there
  /// is any.
  func withdraw(to own: Registers, memory: ParasiteMemory?) throws(CureError) {
    // A signal that comes now waits in the kernel, with its siginfo, until the task has its own
    // mask: only SIGSTOP and SIGKILL get through.
    var block: SignalSet? = SignalSet(rawValue: .max)
    // Repeated for each signal that comes before that: without the memory its siginfo can't be
    // given back.
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

  /// Takes the memory away. If a signal comes before that, the memory is still there afterwards.
  private func unmapRegion(_ calls: inout RemoteCalls) throws(CureError) {
    guard let region = held.hold.infection?.region else { return }
    held.changeInfection { $0.awaited = .unmap }
    let result = try calls.unmap(region)
    held.changeInfection { $0.awaited = nil }
    guard let result else { return }
    held.put(.mapping, Errno(result: result))
    held.changeInfection { $0.region = nil }
  }

  /// Lets go of a stopped task that has its own registers, or that has become another program.
  ///
  /// The stop alone ends some waits with EINTR. In an untouched task they are put right as after a
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

  /// If the process is stopped: the registers as they are found. A stop ends such a wait without
  /// any tracer, too.
  private func unlessStopped(_ wanted: Registers, _ own: OwnState) -> Registers {
    guard own.registers.restart == .reissueWait, wanted == own.undisturbed,
      victim.isToStop(mask: own.mask)
    else { return wanted }
    return own.registers
  }

  // MARK: signals

  /// Sends a held signal again, with the tracer as its sender: the signal came during the munmap.
  private func sendAnew(_ signal: RawSignalInfo) {
    let number = signal.info.signal
    let process = held.facts.process
    let result =
      signal.info.code == .threadKill
      ? sendSignal(number, to: task, of: process) : sendSignal(number, toProcess: process)
    held.put(.heldSignals, Errno(result: result))
    noteReturned(signal)
  }

  /// Lets the task send a held signal to itself, with its siginfo.
  private func queue(
    _ signal: RawSignalInfo, _ memory: ParasiteMemory?, _ calls: inout RemoteCalls
  ) throws(CureError) {
    guard let memory, let region = held.hold.infection?.region else {
      // Before there is shared memory, no siginfo can be brought into the task.
      let result = sendSignal(signal.info.signal, to: task, of: held.facts.process)
      return held.put(.heldSignals, Errno(result: result))
    }
    memory.put(signal)
    let info = region.start + ParasiteMemory.signalInfoOffset
    let number = signal.info.signal
    let process = held.facts.innermostProcess
    let thread = held.facts.innermostTask
    // Only the leader may send its process a siginfo with a user's code.
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

  /// Whether a descriptor of the task still refers to the file that the cure opened.
  ///
  /// After FINI the parasite may have closed it, and another thread may have got the number by now.
  private func isOurs(_ descriptor: Int32, named prefix: String) -> Bool {
    guard let target = try? ProcFile.link("/proc/\(task)/fd/\(descriptor)") else { return false }
    return target.hasPrefix(prefix)
  }

  // MARK: the task's own state

  /// Writes mask and registers, reads them back, and records the result.
  ///
  /// The mask is written first: while the task is on the bridge it would set its own mask without
  /// the tracer. Once the registers are its own, it would not.
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
    clearLeftBridges()
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

  /// While the task is traced: some kernels let only a tracer write where the task itself may not
  /// (`proc_mem.force_override=ptrace`, Linux 6.12; Debian's 7.2 does, see tools/kernels, repair).
  private func clearLeftBridges() {
    for bridge in held.places.leftBridges {
      held.put(.bridge, Bridge.clear(bridge, in: task))
    }
    held.places.leftBridges = []
  }

  /// Compares the extended state with the saved one, and writes it if it differs.
  ///
  /// rt_sigreturn takes it from the frame only if the kernel accepts the frame's description.
  /// Otherwise the kernel silently sets it to the initial state. MendingTests.
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
    // If the task never reached rt_sigreturn, its values are unchanged.
    if held.saved.extendedState == .asRead {
      held.extendedState.adoptProtectionKeys(of: held.presentState)
    }
    return held.extendedState.differences(from: held.presentState)
  }
}
