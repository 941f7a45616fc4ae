public import FiniModel

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
  public private(set) var ledger = FiniLedger(Source.bpf.capabilities)
  /// Who holds the task, or held it last.
  public private(set) var tracer: TaskID?
  /// The event with which the task last ran on lent registers before fini: the daemon's start.
  public private(set) var daemonStarted: UInt32?
  private(set) var state = State.own

  /// A cure is over, and the task is traced once more: the first cure is judged.
  private var isOver = false
  private var isRunning = false
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
      guard ledger.detached == nil else { return }
      ledger.lose(at: event.sequence, inFini: isUnderWay)
      // It may have been disarmed in what was lost.
      ledger.isArmed = false
    case .wait, .signal, .rpc, .phase, .snapshot, .missed, .fallback, .putBack, .sequenceAbort,
      .log,
      .unparsed:
      break
    }
  }

  /// Takes the end of the tracer: the kernel lets go of its tracees, and nobody cures them.
  public mutating func observeTracerEnd(at sequence: UInt32) {
    guard ledger.detached == nil, ledger.ended == nil, ledger.tracerEnded == nil else { return }
    ledger.tracerEnded = sequence
    // It was let run and nobody came back for it: as a daemon.
    if state == .lent, isRunning { daemonStarted = resumed }
  }

  private mutating func observe(_ ending: Ending, at sequence: UInt32) {
    ledger.end(ending, at: sequence)
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch call.request.kind {
    case .seize, .attach:
      if ledger.interrupt != nil {
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
      ledger.interrupt = sequence
      daemonStarted = resumed
      state = .interrupting
    case .poke:
      if let write = call.debugRegisterWrite {
        ledger.observe(write, at: sequence)
        if case .address = write, ledger.addressPoked == sequence { beginUninfected() }
      } else if state == .atSigreturn, call.request == .pokeUser,
        call.address == UInt64(Registers.Name.origRAX.rawValue * 8)
      {
        ledger.sigreturnCancelled = sequence
      }
    case .detach:
      ledger.detach(at: sequence)
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
    if !ledger.isInfected { ledger.saved = registers }
    // Read at the exit of rt_sigreturn, before anything else is written.
    if ledger.isInfected, ledger.sigreturnExit != nil, !hasWrittenAfter, ledger.registersVerified == nil,
      ledger.sigreturnCancelled == nil, state == .restored, let saved = ledger.saved
    {
      ledger.verify(
        registers.isRestored(from: saved) || registers.isGivenBack(from: saved), at: sequence)
    }
  }

  private mutating func observe(written registers: Registers, at sequence: UInt32) {
    // Those of an unmapping say nothing of whether the task was infected before.
    if state != .restored { ledger.isInfected = true }
    let isOwn = ledger.saved.map { registers == $0 || registers.isRestored(from: $0) } ?? false
    if state == .restored {
      hasWrittenAfter = true
      // A cancelled rt_sigreturn gives nothing back, and one may give back the wrong ones: libcompel
      // 3.17 does, and writes the right ones when it unmaps (VerdictTests, ForeignTracersTests).
      if isOwn || ledger.saved.map({ registers.isGivenBack(from: $0) }) == true {
        ledger.registersWritten = sequence
      }
      return
    }
    switch state {
    case .own where !isOwn: state = .lent
    case .lent where isOwn: state = .own
    // Written in fini: the tracer gave the registers back itself.
    case .interrupting, .stopped, .approaching:
      if isOwn { ledger.registersWritten = sequence }
    default: break
    }
  }

  /// A task that a checkpoint is restored into was never infected while it was watched, and is armed
  /// all the same. Whether this is such a one shows when it comes to its rt_sigreturn.
  private mutating func beginUninfected() {
    guard ledger.interrupt == nil, state == .own, !ledger.isInfected else { return }
    state = .stopped
    // Or it was infected, and that is what was lost.
    ledger.gap = ledger.gap ?? ledger.loss
  }

  private mutating func noteSigreturn() {
    ledger.interrupt = ledger.interrupt ?? ledger.addressPoked
  }

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    switch state {
    case .interrupting:
      state = .stopped
      if stop.stopClass != .interrupt { ledger.interfere(stop, at: sequence) }
    case .approaching, .leaving:
      observeAwaited(stop, at: sequence)
    default:
      break
    }
  }

  private mutating func observeAwaited(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where ledger.isArmed && ledger.isAtArmedAddress(stop):
      ledger.hit = ledger.hit ?? sequence
      // Behind rt_sigreturn, which so was not missed.
      ledger.missed = nil
      state = ledger.sigreturnLeft == nil ? .stopped : .restored
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
      ledger.interfere(stop, at: sequence)
      state = state == .leaving ? .atSigreturn : .stopped
    }
  }

  private mutating func enter(_ stop: StopRecord, at sequence: UInt32) {
    if stop.entersSigreturn {
      ledger.sigreturnEntry = sequence
      noteSigreturn()
      state = .atSigreturn
    } else {
      ledger.otherEntries += 1
      state = .stopped
    }
  }

  private mutating func leaveByStop(at sequence: UInt32) {
    if ledger.sigreturnEntry == nil {
      // The call had no name, and the task's own account says that it was another one.
      ledger.otherEntries += 1
      state = .stopped
      unnamedEntry = nil
      return
    }
    ledger.sigreturnExit = sequence
    state = .restored
  }

  private mutating func observe(_ record: SigreturnRecord, at sequence: UInt32) {
    if ledger.tracerEnded != nil || ledger.detached != nil {
      let isBack =
        record.passage == .left && ledger.saved.map { record.registers.isGivenBack(from: $0) } == true
      if isBack, state != .own, state != .restored { ledger.selfCured = ledger.selfCured ?? sequence }
      return
    }
    guard isUnderWay else { return }
    switch record.passage {
    case .entered:
      if let unnamedEntry { ledger.sigreturnEntry = ledger.sigreturnEntry ?? unnamedEntry }
      if ledger.sigreturnEntry != nil { noteSigreturn() }
      unnamedEntry = nil
    case .left:
      ledger.sigreturnLeft = sequence
      // What is read of a task that a checkpoint is restored into is not its own yet.
      if ledger.isInfected, let saved = ledger.saved {
        ledger.verify(record.registers.isGivenBack(from: saved), at: sequence)
      }
      // With nobody there to catch it, unless a breakpoint waits behind.
      if ledger.sigreturnEntry == nil {
        noteSigreturn()
        ledger.missed = sequence
      }
    }
  }
}
