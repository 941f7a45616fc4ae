/// Judges fini of one tracee of a foreign tracer, which sends us no word of what it is about.
///
/// ``FiniMachine`` knows from the parasite where its rt_sigreturn is and when FINI was sent. Here both
/// follow from what was done: a tracee that runs with registers that the tracer wrote, and is
/// interrupted, is about to be cured; what it enters next tells where the breakpoint was.
public struct ForeignMachine: Sendable {
  private enum State: Hashable, Sendable {
    /// Not traced, or stopped before fini.
    case outside
    /// Let run, before fini; with registers of the tracer's own if it wrote any.
    case running
    /// PTRACE_INTERRUPT was sent to a tracee that runs the parasite.
    case interrupting
    /// Stopped on its way out.
    case stopped
    /// Let run on its way out.
    case approaching
    /// At the entry of rt_sigreturn, or on from there.
    case atEntry
    case leaving
    /// Behind it.
    case restored
    case departed
    case gone
  }

  /// Whether the tracee is stopped, as far as the trace shows.
  private enum Sight {
    /// Nobody saw how the tracer came by it.
    case unknown
    case running
    case stopped
  }

  /// What was seen so far.
  public private(set) var facts = FiniMachine.Facts()
  /// Whether DR7 has DR0 enabled.
  public private(set) var isArmed = false
  /// The registers read before any were written: what the task had of its own.
  public private(set) var saved: Registers?
  /// Nobody showed the number of the call that was taken for rt_sigreturn.
  public private(set) var hasTakenUnseen = false
  /// The tracer wrote registers or text of the tracee.
  public private(set) var isInfected = false

  /// The first loss before it was let go, whenever that was.
  public private(set) var loss: UInt32?

  private var state: State = .outside
  /// The tracer asked for stops at fork, exec, exit and the like: it watches a program, and traces its
  /// system calls for their own sake.
  private var watches = false
  /// The registers were given away to a call for the tracer: what the tracee enters is no part of fini.
  private var isOnErrand = false
  private var lastInterrupt: UInt32?
  private var sight = Sight.unknown
  /// The registers read since the tracee ran last: a stop is looked at before it is told.
  private var lastRead: (registers: Registers, event: UInt32)?
  /// A syscall-entry whose number nobody showed, and its exit.
  private var unseenEntry: UInt32?
  private var unseenExit: UInt32?

  /// Starts before the first event.
  public init() {}

  /// Whether fini has begun, and the tracee is neither cured nor gone.
  public var isUnderWay: Bool {
    facts.interrupt != nil && state != .restored && state != .departed && state != .gone
  }

  /// Takes an event of the tracee.
  public mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call) where call.error == nil:
      lookForStop(call, at: event.sequence)
      observe(call, at: event.sequence)
    case .stop(let stop):
      sight = .stopped
      observe(stop, at: event.sequence)
    case .ended(let ending):
      facts.ended = event.sequence
      facts.ending = ending
      state = .gone
    case .missed where isUnderWay:
      facts.missed = facts.missed ?? event.sequence
    case .gap where facts.detached == nil:
      loss = loss ?? event.sequence
      if isUnderWay { facts.gap = facts.gap ?? event.sequence }
    default:
      break
    }
  }

  /// Notes a stop that must have been there and was not told. Looks come before the stop that they
  /// belong to.
  private mutating func lookForStop(_ call: RequestCall, at sequence: UInt32) {
    if call.request.changesStoppedTask, case .running = sight {
      facts.unseenStop = facts.unseenStop ?? sequence
    }
    switch call.request.kind {
    case .seize, .attach, .traceMe: sight = .running
    case _ where call.request.resumes: sight = .running
    default: break
    }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    settleUnseen(call)
    if let write = call.debugRegisterWrite {
      observe(write, at: sequence)
      return
    }
    if call.writesArmBreakpoints {
      observe(.control(isArmed ? .disarmed : .armed), at: sequence)
      return
    }
    switch call.request.kind {
    case .registersRead:
      guard case .registers(let registers) = call.detail else { return }
      if !isInfected { saved = registers }
      lastRead = (registers, sequence)
    case .registersWritten, .poke:
      isInfected = true
      lastRead = nil
      if call.request.kind == .registersWritten, facts.interrupt != nil {
        write(call, at: sequence)
      }
    case .seize, .options:
      // PTRACE_O_TRACEFORK to PTRACE_O_TRACEEXIT.
      watches = call.data & 0x7e != 0
    case .interrupt:
      lastInterrupt = sequence
      guard state == .running, isInfected, facts.interrupt == nil else { return }
      facts.interrupt = sequence
      state = .interrupting
    case .cont, .syscall, .step, .listen:
      resume(call.request)
    case .detach:
      facts.detached = sequence
      facts.detachedArmed = isArmed
      state = .departed
    default:
      break
    }
  }

  /// Registers written on the way out: the task's own, or those of a call that it is to make.
  private mutating func write(_ call: RequestCall, at sequence: UInt32) {
    guard case .registers(let registers) = call.detail, let saved else {
      isOnErrand = true
      return
    }
    isOnErrand = registers != saved && !registers.isRestored(from: saved)
    if !isOnErrand { facts.registersWritten = sequence }
  }

  private mutating func resume(_ request: PtraceRequest) {
    lastRead = nil
    guard !isOnErrand || facts.interrupt == nil else { return }
    switch state {
    case .outside:
      // Who restores a task has nothing to infect: its own code goes to rt_sigreturn, caught by a
      // breakpoint or by tracing system calls.
      if !isInfected, isArmed || request == .syscall && !watches, let lastInterrupt {
        facts.interrupt = lastInterrupt
        state = .approaching
      } else {
        state = .running
      }
    case .stopped: state = .approaching
    case .atEntry: state = .leaving
    case .running, .interrupting, .approaching, .leaving, .restored, .departed, .gone: break
    }
  }

  private mutating func observe(_ write: DebugRegister.Write, at sequence: UInt32) {
    switch write {
    case .address(0, let address):
      facts.addressPoked = sequence
      facts.armedAddress = address
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

  // MARK: Stops

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    guard !isOnErrand || facts.interrupt == nil else { return }
    switch state {
    case .running:
      state = .outside
    case .interrupting:
      if stop.stopClass != .interrupt, stop.stopClass != .groupStop {
        interfere(stop, at: sequence)
      }
      state = .stopped
    case .approaching, .leaving:
      observeAwaited(stop, at: sequence)
    default:
      break
    }
  }

  private mutating func observeAwaited(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where isArmed:
      facts.hit = facts.hit ?? sequence
      state = .stopped
    case .syscallEntry:
      enter(stop, at: sequence)
    case .syscallExit:
      if state == .leaving {
        facts.sigreturnExit = sequence
        state = .restored
        if let lastRead { verify(lastRead.registers, at: lastRead.event) }
      } else {
        if unseenEntry != nil { unseenExit = sequence }
        state = .stopped
      }
    case .syscallStop:
      state = .stopped
    default:
      interfere(stop, at: sequence)
      state = state == .leaving ? .atEntry : .stopped
    }
  }

  private mutating func enter(_ stop: StopRecord, at sequence: UInt32) {
    guard stop.syscall != nil else {
      unseenEntry = sequence
      state = .stopped
      return
    }
    if stop.entersSigreturn {
      facts.sigreturnEntry = sequence
      state = .atEntry
    } else {
      facts.otherEntries += 1
      state = .stopped
    }
  }

  /// A tracer that has seen the call that it waits for traces no further one.
  private mutating func settleUnseen(_ call: RequestCall) {
    guard let entry = unseenEntry, let exit = unseenExit, !call.request.onlyLooks else { return }
    unseenEntry = nil
    unseenExit = nil
    if call.request == .syscall {
      facts.otherEntries += 1
    } else {
      facts.sigreturnEntry = entry
      facts.sigreturnExit = exit
      hasTakenUnseen = true
      state = .restored
    }
  }

  private mutating func interfere(_ stop: StopRecord, at sequence: UInt32) {
    guard facts.intervening == nil else { return }
    facts.intervening = sequence
    facts.interveningSignal = stop.info
    facts.interveningClass = stop.stopClass
  }

  private mutating func verify(_ registers: Registers, at sequence: UInt32) {
    // What is read of a task that a checkpoint is restored into is not its own yet.
    guard isInfected, let saved else { return }
    if registers.isRestored(from: saved) {
      facts.registersVerified = facts.registersVerified ?? sequence
    } else {
      facts.registersDiffer = facts.registersDiffer ?? sequence
    }
  }

  // MARK: The verdict

  /// How the stop was caught, if the proof of one way is there.
  ///
  /// A foreign tracer may never look at the registers behind rt_sigreturn, so they are part of the
  /// proof only if they were read, and then must be the saved ones.
  public var caught: FiniMachine.Catch? {
    guard facts.registersDiffer == nil, facts.interrupt != nil else { return nil }
    let isLeft = isBefore(facts.sigreturnEntry, facts.sigreturnExit)
    if facts.hiddenSigreturn != nil { return nil }
    if facts.armed == nil, facts.addressPoked == nil {
      if isLeft { return .syscallTracing }
      return facts.registersWritten != nil && facts.sigreturnEntry == nil ? .direct : nil
    }
    guard isBefore(facts.armed, facts.hit), isBefore(facts.hit, facts.disarmed) else { return nil }
    if facts.sigreturnEntry == nil { return .breakpointAfter }
    // CRIU disarms at the breakpoint, libcompel 3.17 behind rt_sigreturn.
    guard isBefore(facts.hit, facts.sigreturnEntry), facts.otherEntries == 0, isLeft else {
      return nil
    }
    return .breakpoint
  }

  private func isBefore(_ first: UInt32?, _ second: UInt32?) -> Bool {
    guard let first, let second else { return false }
    return first < second
  }

  /// The verdict on what was observed so far.
  public var verdict: Verdict { loss == nil ? seemingVerdict : seemingVerdict.besideLoss }

  private var seemingVerdict: Verdict {
    if facts.gap != nil { return .undetermined }
    if facts.missed != nil { return .missed }
    guard facts.interrupt != nil else {
      return facts.detached != nil || facts.ended != nil || state == .outside
        ? .neverReached : .unfinished
    }
    if facts.intervening != nil, facts.hit == nil || facts.sigreturnExit == nil {
      return facts.detached != nil || facts.ended != nil ? .intervened : .unfinished
    }
    // What a dump ends by itself was cured before.
    if facts.ended != nil, facts.detached == nil, facts.sigreturnExit == nil { return .lost }
    if facts.detached != nil || facts.ended != nil {
      return caught != nil ? .landed : facts.intervening != nil ? .intervened : .undetermined
    }
    return .unfinished
  }
}
