/// The grammar of fini for a tracer that is not ours: requests, stops, and what an observer saw.
///
/// Such a tracer says nothing of its commands. So fini begins where it interrupts a task that runs on
/// registers that it was lent, and whether rt_sigreturn gave the task its own back is known from the
/// task itself. Pure; it looks at the events of one task, in order, and at the end of its tracer.
public struct ObservedMachine: Sendable {
  /// Where the task is, as far as fini is concerned.
  enum State: Hashable, Sendable {
    /// Not traced, or not touched yet.
    case own
    /// Stopped, or running on registers that were lent to it.
    case lent
    /// Interrupted while it ran on them: fini has begun.
    case interrupting
    /// Stopped in fini, nothing resumed yet.
    case stopped
    /// Running towards the breakpoint or rt_sigreturn.
    case approaching
    /// At the entry of rt_sigreturn.
    case atSigreturn
    /// Running from there to its exit.
    case leaving
    /// The task has its own registers back.
    case restored
  }

  /// What was seen so far.
  public private(set) var facts = FiniMachine.Facts()
  /// Whether DR7 has DR0 enabled.
  public private(set) var isArmed = false
  /// The registers read last before the first were written: what the task had of its own.
  public private(set) var saved: Registers?
  /// The tracer's own end, while it held the task.
  public private(set) var tracerEnded: UInt32?
  /// Who holds the task, or held it last.
  public private(set) var tracer: TaskID?
  /// The event with which the task last ran on lent registers before fini: the daemon's start.
  public private(set) var daemonStarted: UInt32?
  /// The task's own way back to its registers after its tracer was gone or had let go.
  public private(set) var selfCured: UInt32?
  /// The task's own rt_sigreturn in fini, seen from inside.
  public private(set) var sigreturnLeft: UInt32?

  /// The first loss before it was let go, whenever that was.
  public private(set) var loss: UInt32?
  private(set) var state = State.own
  /// Whether the tracer itself gave the task its own registers back after rt_sigreturn.
  public var isMended: Bool {
    guard facts.sigreturnExit != nil, let written = facts.registersWritten else { return false }
    return facts.registersDiffer.map { $0 < written } ?? false
  }
  /// Whether registers were written while it was watched: what was read before is to be given back.
  var isInfected: Bool { hasWritten }

  /// A cure is over, and the task is traced once more: the first cure is judged.
  private var isOver = false
  private var isRunning = false
  private var hasWritten = false
  /// Whether registers were written after rt_sigreturn: what is read then proves nothing.
  private var hasWrittenAfter = false
  private var resumed: UInt32?
  /// An entry whose number nobody read.
  private var unnamedEntry: UInt32?

  /// Starts before the first event.
  public init() {}

  /// Whether fini has begun and is not over.
  public var isUnderWay: Bool {
    switch state {
    case .own, .lent, .restored: false
    case .interrupting, .stopped, .approaching, .atSigreturn, .leaving: true
    }
  }

  /// Takes an event of the task.
  public mutating func observe(_ event: Event) {
    if isOver {
      if case .ended(let ending) = event.payload { observe(ending, at: event.sequence) }
      return
    }
    switch event.payload {
    case .request(let call):
      if call.request == .seize || call.request == .attach || call.request.resumes {
        tracer = event.tracer
      }
      guard call.error == nil else { return }
      observe(call, at: event.sequence)
    case .stop(let stop):
      isRunning = false
      observe(stop, at: event.sequence)
    case .sigreturn(let record):
      observe(record, at: event.sequence)
    case .ended(let ending):
      observe(ending, at: event.sequence)
    case .gap:
      guard facts.detached == nil else { return }
      loss = loss ?? event.sequence
      // It may have been disarmed in what was lost.
      isArmed = false
      if isUnderWay, facts.gap == nil { facts.gap = event.sequence }
    case .wait, .signal, .rpc, .phase, .snapshot, .missed, .fallback, .putBack, .sequenceAbort,
      .log,
      .unparsed:
      break
    }
  }

  /// Takes the end of the tracer: the kernel lets go of its tracees, and nobody cures them.
  public mutating func observeTracerEnd(at sequence: UInt32) {
    guard facts.detached == nil, facts.ended == nil, tracerEnded == nil else { return }
    tracerEnded = sequence
    // It was let run and nobody came back for it: as a daemon.
    if state == .lent, isRunning { daemonStarted = resumed }
  }

  private mutating func observe(_ ending: Ending, at sequence: UInt32) {
    facts.ended = sequence
    facts.ending = ending
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch call.request.kind {
    case .seize, .attach:
      if facts.interrupt != nil {
        isOver = true
      } else {
        self = ObservedMachine(tracer: tracer)
      }
    case .registersRead:
      if case .registers(let registers) = call.detail { observe(read: registers, at: sequence) }
    case .registersWritten:
      if case .registers(let registers) = call.detail { observe(written: registers, at: sequence) }
    case .interrupt:
      // A stop of its own is not fini: the task must run, and on what is not its own.
      guard state == .lent, isRunning else { return }
      facts.interrupt = sequence
      daemonStarted = resumed
      state = .interrupting
    case .poke:
      if let write = call.debugRegisterWrite {
        observe(write, at: sequence)
      } else if state == .atSigreturn, call.request == .pokeUser,
        call.address == UInt64(Registers.Name.origRAX.rawValue * 8)
      {
        facts.sigreturnCancelled = sequence
      }
    case .detach:
      facts.detached = sequence
      facts.detachedArmed = isArmed
    case _ where call.request.resumes:
      isRunning = true
      resumed = sequence
      switch state {
      case .stopped: state = .approaching
      case .atSigreturn: state = .leaving
      default: break
      }
    default: break
    }
  }

  private init(tracer: TaskID?) { self.tracer = tracer }

  private mutating func observe(read registers: Registers, at sequence: UInt32) {
    if !hasWritten { saved = registers }
    // Read at the exit of rt_sigreturn, before anything else is written.
    if hasWritten, facts.sigreturnExit != nil, !hasWrittenAfter, facts.registersVerified == nil,
      facts.sigreturnCancelled == nil, state == .restored, let saved
    {
      verify(registers.isRestored(from: saved) || registers.isGivenBack(from: saved), at: sequence)
    }
  }

  private mutating func observe(written registers: Registers, at sequence: UInt32) {
    // Those of an unmapping say nothing of whether the task was infected before.
    if state != .restored { hasWritten = true }
    let isOwn = saved.map { registers == $0 || registers.isRestored(from: $0) } ?? false
    if state == .restored {
      hasWrittenAfter = true
      // A cancelled rt_sigreturn gives nothing back, and one may give back the wrong ones: libcompel
      // 3.17 does, and writes the right ones when it unmaps (VerdictTests, ForeignTracersTests).
      if isOwn || saved.map({ registers.isGivenBack(from: $0) }) == true {
        facts.registersWritten = sequence
      }
      return
    }
    switch state {
    case .own where !isOwn: state = .lent
    case .lent where isOwn: state = .own
    // Written in fini: the tracer gave the registers back itself.
    case .interrupting, .stopped, .approaching:
      if isOwn { facts.registersWritten = sequence }
    default: break
    }
  }

  private mutating func observe(_ write: DebugRegister.Write, at sequence: UInt32) {
    switch write {
    case .address(0, let address) where address.rawValue != 0:
      facts.addressPoked = sequence
      facts.armedAddress = address
      beginUninfected(at: sequence)
    case .control(let control):
      if control.isArmed {
        facts.armed = sequence
      } else if isArmed {
        facts.disarmed = sequence
      }
      isArmed = control.isArmed
    case .address, .status:
      break
    }
  }

  /// A task that a checkpoint is restored into was never infected while it was watched, and is armed
  /// all the same. Whether this is such a one shows when it comes to its rt_sigreturn.
  private mutating func beginUninfected(at sequence: UInt32) {
    guard facts.interrupt == nil, state == .own, !hasWritten else { return }
    state = .stopped
    // Or it was infected, and that is what was lost.
    facts.gap = facts.gap ?? loss
  }

  private mutating func noteSigreturn() {
    facts.interrupt = facts.interrupt ?? facts.addressPoked
  }

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    switch state {
    case .interrupting:
      state = .stopped
      if stop.stopClass != .interrupt { noteIntervening(stop, at: sequence) }
    case .approaching, .leaving:
      observeAwaited(stop, at: sequence)
    default:
      break
    }
  }

  private mutating func observeAwaited(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where isArmed && isAtArmedAddress(stop):
      facts.hit = facts.hit ?? sequence
      // Behind rt_sigreturn, which so was not missed.
      facts.missed = nil
      state = sigreturnLeft == nil ? .stopped : .restored
    case .syscallEntry:
      if stop.syscall != nil {
        enter(stop, at: sequence)
      } else {
        unnamedEntry = sequence
        state = .atSigreturn
      }
    case .syscallExit:
      if state == .leaving {
        leaveByStop(at: sequence)
      } else {
        state = .stopped
      }
    default:
      noteIntervening(stop, at: sequence)
      state = state == .leaving ? .atSigreturn : .stopped
    }
  }

  private mutating func enter(_ stop: StopRecord, at sequence: UInt32) {
    if stop.entersSigreturn {
      facts.sigreturnEntry = sequence
      noteSigreturn()
      state = .atSigreturn
    } else {
      facts.otherEntries += 1
      state = .stopped
    }
  }

  private mutating func leaveByStop(at sequence: UInt32) {
    if facts.sigreturnEntry == nil {
      // The call had no name, and the task's own account says that it was another one.
      facts.otherEntries += 1
      state = .stopped
      unnamedEntry = nil
      return
    }
    facts.sigreturnExit = sequence
    state = .restored
  }

  private mutating func observe(_ record: SigreturnRecord, at sequence: UInt32) {
    if tracerEnded != nil || facts.detached != nil {
      let isBack =
        record.passage == .left && saved.map { record.registers.isGivenBack(from: $0) } == true
      if isBack, state != .own, state != .restored { selfCured = selfCured ?? sequence }
      return
    }
    guard isUnderWay else { return }
    switch record.passage {
    case .entered:
      if let unnamedEntry { facts.sigreturnEntry = facts.sigreturnEntry ?? unnamedEntry }
      if facts.sigreturnEntry != nil { noteSigreturn() }
      unnamedEntry = nil
    case .left:
      sigreturnLeft = sequence
      // What is read of a task that a checkpoint is restored into is not its own yet.
      if hasWritten, let saved { verify(record.registers.isGivenBack(from: saved), at: sequence) }
      // With nobody there to catch it, unless a breakpoint waits behind.
      if facts.sigreturnEntry == nil {
        noteSigreturn()
        facts.missed = sequence
      }
    }
  }

  private mutating func verify(_ isRestored: Bool, at sequence: UInt32) {
    if isRestored {
      facts.registersVerified = facts.registersVerified ?? sequence
    } else if loss == nil {
      // Beside a loss it is not sure which ones were saved.
      facts.registersDiffer = facts.registersDiffer ?? sequence
    }
  }

  private mutating func noteIntervening(_ stop: StopRecord, at sequence: UInt32) {
    guard facts.intervening == nil else { return }
    facts.intervening = sequence
    facts.interveningSignal = stop.info
    facts.interveningClass = stop.stopClass
  }

  private func isAtArmedAddress(_ stop: StopRecord) -> Bool {
    guard let armed = facts.armedAddress else { return false }
    return stop.programCounter == armed || stop.info?.address == armed
  }
}
