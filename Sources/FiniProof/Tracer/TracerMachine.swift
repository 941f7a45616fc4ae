package import FiniModel

/// The grammar of fini for a foreign tracer, from any source: BPF, the ptrace observer, or a log.
///
/// Such a tracer says nothing of its commands. So fini begins where it interrupts a task that runs on registers
/// that were lent to it, and what the task enters next tells where the breakpoint was. Pure: it looks at the
/// events of one task, in order, and at the end of its tracer. What a source can't show is asked of its
/// ``Source/Capabilities``.
package struct TracerMachine: Sendable {
  /// Where the task is, as far as fini is concerned.
  enum State: Hashable, Sendable {
    /// On its own registers, or not traced.
    case own
    /// Stopped, or running on registers that were lent to it.
    case lent
    /// Interrupted while it ran on them: fini has begun.
    case interrupting
    /// Stopped in fini, nothing resumed yet.
    case stopped
    /// Running towards the breakpoint or rt_sigreturn.
    case approaching
    /// At the entry of rt_sigreturn, or of a call whose number was not read.
    case atEntry
    /// Running from there to its exit.
    case leaving
    /// The task has its own registers back.
    case restored
  }

  /// Whether the task is stopped, as far as the events show.
  enum Sight {
    /// Its attaching was not seen.
    case unknown
    case running
    case stopped
  }

  /// What was seen so far.
  package internal(set) var ledger: FiniLedger
  /// The task that traces it, or did so last.
  package internal(set) var tracer: TaskID?
  /// The event with which the task last ran on lent registers before fini: the daemon's start.
  package private(set) var daemonStarted: UInt32?
  private(set) var state = State.own

  /// A cure is over, and the task is traced once more: the first cure is judged.
  private var isOver = false
  var sight = Sight.unknown
  /// The request with which it was let run last.
  private var resumed: UInt32?
  private var lastInterrupt: UInt32?
  /// The tracer asked for stops at fork, exec, exit and the like: it watches a program, and traces its
  /// system calls for their own sake.
  private var watches = false
  /// In fini the registers were given away to a call for the tracer: what the task enters is no part of it.
  private var isOnErrand = false
  /// The registers read since the task ran last: a stop is looked at before it is told.
  private var lastRead: (registers: Registers, event: UInt32)?
  /// Registers were written after rt_sigreturn: what is read then proves nothing.
  private var hasWrittenAfter = false
  /// It arms breakpoints of arm64, whose address is not shown.
  private var armsUnseenAddress = false
  /// A syscall-entry whose number was not read, and its exit.
  var unnamedEntry: UInt32?
  private var unnamedExit: UInt32?
  /// The tracer asked what the task stopped at, since it stopped.
  private var hasLooked = false
  /// The tracer's own log tells of the task.
  private var hasLog = false

  /// Starts before the first event.
  package init(source: Source) { ledger = FiniLedger(source.capabilities) }

  private var seesOwnSigreturn: Bool { ledger.capabilities.contains(.showsOwnSigreturn) }

  /// Whether fini has begun, and the task is neither cured nor gone.
  package var isUnderWay: Bool {
    guard ledger.detached == nil, ledger.ended == nil else { return false }
    return switch state {
    case .own, .lent, .restored: false
    case .interrupting, .stopped, .approaching, .atEntry, .leaving: true
    }
  }

  /// Takes an event of the task.
  package mutating func observe(_ event: Event) {
    if isOver {
      if event.kind == .gap { ledger.sawLoss = true }
      if case .ended(let ending) = event.payload { ledger.end(ending, at: event.sequence) }
      return
    }
    switch event.payload {
    case .request(let call):
      ledger.sawStep = true
      guard call.error == nil else {
        return observe(refused: call, by: event.tracer, at: event.sequence)
      }
      if call.request.takesHold || call.request.resumes { tracer = event.tracer }
      if call.request.onlyLooks, call.request.kind != .signalInfoRead { hasLooked = true }
      lookForStop(call, at: event.sequence)
      observe(call, at: event.sequence)
    case .stop(let stop):
      sight = .stopped
      hasLooked = false
      if !isOnErrand { observe(stop, at: event.sequence) }
    case .sigreturn(let record):
      observe(record, at: event.sequence)
    case .ended(let ending):
      ledger.end(ending, at: event.sequence)
    case .log: hasLog = true
    case .missed(let wait) where isUnderWay:
      ledger.miss(wait, at: event.sequence)
    case .gap:
      ledger.sawLoss = true
      guard ledger.detached == nil else { return }
      ledger.lose(at: event.sequence, inFini: isUnderWay)
      // It may have been disarmed in what was lost.
      ledger.isArmed = false
    default:
      break
    }
  }

  /// Whether an event proves something, or may do so by what comes after it.
  package func needs(_ sequence: UInt32) -> Bool {
    ledger.names(sequence) || sequence == lastInterrupt || sequence == lastRead?.event
      || sequence == unnamedEntry || sequence == unnamedExit
  }

  /// Takes the end of the tracer: the kernel lets go of its tracees, and they are not cured.
  package mutating func observeTracerEnd(at sequence: UInt32) {
    guard ledger.detached == nil, ledger.ended == nil, ledger.tracerEnded == nil else { return }
    if !seesOwnSigreturn { takeBackUnproved() }
    ledger.tracerEnded = sequence
    // It was let run and its tracer did not come back: it runs as a daemon.
    if state == .lent, sight == .running { daemonStarted = resumed }
  }

  /// Notes a stop that must have been there and was not told. Looks come before the stop that they
  /// belong to. Where the kernel shows rt_sigreturn itself no stop is needed to know of it.
  private mutating func lookForStop(_ call: RequestCall, at sequence: UInt32) {
    if call.request.changesStoppedTask, sight == .running, !seesOwnSigreturn {
      if ledger.unseenStop == nil {
        ledger.unseenStop = sequence
        ledger.unseenStopKind = call.request.kind
      }
    }
    if call.request.takesHold || call.request.resumes { sight = .running }
  }

  // MARK: Requests

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    settleUnnamed(call)
    if let write = call.debugRegisterWrite { return ledger.observe(write, at: sequence) }
    if call.writesArmBreakpoints {
      armsUnseenAddress = true
      return ledger.observe(.control(ledger.isArmed ? .disarmed : .armed), at: sequence)
    }
    switch call.request.kind {
    case .seize, .attach, .traceMe:
      begin()
      if call.request == .seize { take(options: call.data) }
    case .options:
      take(options: call.data)
    case .registersRead:
      if case .registers(let registers) = call.detail { observe(read: registers, at: sequence) }
    case .registersWritten:
      observe(written: call, at: sequence)
    case .interrupt:
      lastInterrupt = sequence
      // A stop of its own is not fini: the task must run, and on what is not its own.
      guard state == .lent, sight == .running else { return }
      ledger.interrupt = sequence
      daemonStarted = resumed
      state = .interrupting
    case .poke where state == .atEntry && call.request == .pokeUser:
      if call.address == UInt64(Registers.Name.origRAX.rawValue * 8) {
        ledger.sigreturnCancelled = sequence
      }
    case .detach:
      takeBackLooked()
      takeBackUnproved()
      ledger.detach(at: sequence)
    case _ where call.request.resumes:
      resume(call.request, at: sequence)
    default:
      break
    }
  }

  /// A task is taken once more: after a cure that reached fini the first one is judged.
  private mutating func begin() {
    if ledger.interrupt != nil {
      isOver = true
    } else {
      let tracer = tracer
      let sight = sight
      ledger = FiniLedger(ledger.capabilities)
      self = TracerMachine(ledger)
      self.tracer = tracer
      self.sight = sight
    }
  }

  private init(_ ledger: FiniLedger) { self.ledger = ledger }

  /// PTRACE_O_TRACEFORK to PTRACE_O_TRACEEXIT.
  private mutating func take(options: UInt64) { watches = options & 0x7e != 0 }

  private mutating func resume(_ request: PtraceRequest, at sequence: UInt32) {
    lastRead = nil
    resumed = sequence
    guard !isOnErrand else { return }
    takeBackUninfected()
    switch state {
    case .own: beginUninfected(request)
    case .stopped: state = .approaching
    case .atEntry: state = .leaving
    case .lent, .interrupting, .approaching, .leaving, .restored: break
    }
  }

  /// A task that a checkpoint is restored into has nothing to infect: its own code goes to rt_sigreturn, caught
  /// by a breakpoint or by tracing system calls.
  mutating func beginUninfected(_ request: PtraceRequest) {
    guard !ledger.isInfected, let lastInterrupt, ledger.interrupt == nil,
      ledger.isArmed || request == .syscall && !watches
    else { return }
    ledger.interrupt = lastInterrupt
    state = .approaching
    // Or it was infected, and that is what was lost.
    ledger.gap = ledger.gap ?? ledger.loss
  }

  /// A tracer that let go without rt_sigreturn, and saw of each call which one it was, did not wait for it
  /// (ToldErrorsTests).
  private mutating func takeBackLooked() {
    guard !ledger.isInfected, ledger.interrupt != nil, !ledger.isArmed, ledger.armed == nil,
      ledger.hit == nil, ledger.sigreturnEntry == nil, ledger.otherEntries > 0, unnamedEntry == nil
    else { return }
    ledger.interrupt = nil
    lastInterrupt = nil
    state = .own
  }

  /// A breakpoint in a task that is not infected, and no rt_sigreturn after it: a debugger's, and not fini
  /// (ForeignStreamTests). What a restore does is shown by its rt_sigreturn, or told by CRIU's own log.
  private mutating func takeBackUnproved() {
    guard !ledger.isInfected, ledger.interrupt != nil, ledger.armed != nil, !hasLog,
      !ledger.sawLoss, ledger.sigreturnEntry == nil, ledger.sigreturnLeft == nil,
      unnamedEntry == nil
    else { return }
    ledger.withdraw()
    lastInterrupt = nil
    state = .own
  }

  /// A tracer that waits for rt_sigreturn asks at each call which one it is. Another one only traces system calls, and
  /// there is no fini (ToldErrorsTests).
  private mutating func takeBackUninfected() {
    guard !ledger.isInfected, ledger.interrupt != nil, !ledger.isArmed, !hasLooked,
      ledger.hit == nil, ledger.sigreturnEntry == nil, ledger.otherEntries == 0,
      state == .atEntry || state == .stopped, unnamedEntry != nil
    else { return }
    ledger.interrupt = nil
    lastInterrupt = nil
    unnamedEntry = nil
    unnamedExit = nil
    state = .own
  }

  private mutating func observe(read registers: Registers, at sequence: UInt32) {
    if !ledger.isInfected { ledger.saved = registers }
    lastRead = (registers, sequence)
    if state == .restored, ledger.sigreturnExit != nil, !hasWrittenAfter {
      verify(registers, at: sequence)
    }
  }

  private mutating func observe(written call: RequestCall, at sequence: UInt32) {
    lastRead = nil
    // Those of an unmapping say nothing of whether the task was infected before.
    if state != .restored { ledger.isInfected = true }
    var isOwn = false
    if case .registers(let registers) = call.detail, let saved = ledger.saved {
      isOwn = registers == saved || registers.isRestored(from: saved)
      // rt_sigreturn may give back the wrong ones, and be cancelled: libcompel 3.17 writes the right ones when it
      // unmaps (VerdictTests, ForeignTracersTests).
      if state == .restored, registers.isGivenBack(from: saved) { isOwn = true }
    }
    switch state {
    case .own: if !isOwn { state = .lent }
    case .lent: if isOwn { state = .own }
    case .restored:
      hasWrittenAfter = true
      if isOwn { ledger.registersWritten = sequence }
    case .interrupting, .stopped, .approaching, .atEntry, .leaving:
      isOnErrand = !isOwn
      if isOwn { ledger.registersWritten = sequence }
    }
  }

  /// A tracer that has seen the call that it waits for traces no further one.
  private mutating func settleUnnamed(_ call: RequestCall) {
    guard let entry = unnamedEntry, let exit = unnamedExit, !call.request.onlyLooks else { return }
    unnamedEntry = nil
    unnamedExit = nil
    if call.request == .syscall {
      ledger.otherEntries += 1
    } else {
      ledger.sigreturnEntry = entry
      ledger.sigreturnExit = exit
      ledger.hasTakenUnseen = true
      state = .restored
    }
  }

  // MARK: Stops

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    switch state {
    case .interrupting:
      state = .stopped
      if stop.stopClass != .interrupt, stop.stopClass != .groupStop {
        ledger.interfere(stop, at: sequence)
      }
    case .approaching, .leaving:
      observeAwaited(stop, at: sequence)
    case .own, .lent, .stopped, .atEntry, .restored:
      break
    }
  }

  private mutating func observeAwaited(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where ledger.isArmed && mayBeAtArmedAddress(stop):
      if ledger.hit == nil { ledger.hit(by: stop, at: sequence) }
      // After rt_sigreturn, which so was not missed.
      ledger.missed = nil
      ledger.overdue = nil
      state = ledger.sigreturnLeft == nil ? .stopped : .restored
    case .syscallEntry:
      enter(stop, at: sequence)
    case .syscallExit:
      leave(at: sequence)
    case .syscallStop:
      state = .stopped
    default:
      ledger.interfere(stop, at: sequence)
      state = state == .leaving ? .atEntry : .stopped
    }
  }

  /// Not every source shows where a breakpoint stopped the task.
  private func mayBeAtArmedAddress(_ stop: StopRecord) -> Bool {
    if ledger.armedAddress == nil { return armsUnseenAddress }
    return ledger.isAtArmedAddress(stop)
      || stop.programCounter == nil && stop.info?.address == nil
  }

  private mutating func enter(_ stop: StopRecord, at sequence: UInt32) {
    if stop.syscall == nil {
      unnamedEntry = sequence
      state = .atEntry
    } else if stop.entersSigreturn {
      ledger.sigreturnEntry = sequence
      state = .atEntry
    } else {
      ledger.otherEntries += 1
      state = .stopped
    }
  }

  private mutating func leave(at sequence: UInt32) {
    guard state == .leaving else {
      state = .stopped
      return
    }
    if unnamedEntry != nil, ledger.sigreturnEntry == nil {
      state = .stopped
      if seesOwnSigreturn {
        // The task's own account says that it was another call.
        ledger.otherEntries += 1
        unnamedEntry = nil
      } else {
        unnamedExit = sequence
      }
      return
    }
    ledger.sigreturnExit = sequence
    state = .restored
    if let lastRead { verify(lastRead.registers, at: lastRead.event) }
  }
}
