public import FiniModel

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
  public private(set) var ledger: FiniLedger

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
  ///
  /// - Parameter source: what the events are from.
  public init(source: Source = .strace) { ledger = FiniLedger(source.capabilities) }

  /// Whether fini has begun, and the tracee is neither cured nor gone.
  public var isUnderWay: Bool {
    ledger.interrupt != nil && state != .restored && state != .departed && state != .gone
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
      ledger.end(ending, at: event.sequence)
      state = .gone
    case .missed where isUnderWay:
      ledger.missed = ledger.missed ?? event.sequence
    case .gap:
      ledger.lose(at: event.sequence, inFini: isUnderWay)
    default:
      break
    }
  }

  /// Notes a stop that must have been there and was not told. Looks come before the stop that they
  /// belong to.
  private mutating func lookForStop(_ call: RequestCall, at sequence: UInt32) {
    if call.request.changesStoppedTask, case .running = sight {
      ledger.unseenStop = ledger.unseenStop ?? sequence
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
      ledger.observe(write, at: sequence)
      return
    }
    if call.writesArmBreakpoints {
      ledger.observe(.control(ledger.isArmed ? .disarmed : .armed), at: sequence)
      return
    }
    switch call.request.kind {
    case .registersRead:
      guard case .registers(let registers) = call.detail else { return }
      if !ledger.isInfected { ledger.saved = registers }
      lastRead = (registers, sequence)
    case .registersWritten, .poke:
      ledger.isInfected = true
      lastRead = nil
      if call.request.kind == .registersWritten, ledger.interrupt != nil {
        write(call, at: sequence)
      }
    case .seize, .options:
      // PTRACE_O_TRACEFORK to PTRACE_O_TRACEEXIT.
      watches = call.data & 0x7e != 0
    case .interrupt:
      lastInterrupt = sequence
      guard state == .running, ledger.isInfected, ledger.interrupt == nil else { return }
      ledger.interrupt = sequence
      state = .interrupting
    case .cont, .syscall, .step, .listen:
      resume(call.request)
    case .detach:
      ledger.detach(at: sequence)
      state = .departed
    default:
      break
    }
  }

  /// Registers written on the way out: the task's own, or those of a call that it is to make.
  private mutating func write(_ call: RequestCall, at sequence: UInt32) {
    guard case .registers(let registers) = call.detail, let saved = ledger.saved else {
      isOnErrand = true
      return
    }
    isOnErrand = registers != saved && !registers.isRestored(from: saved)
    if !isOnErrand { ledger.registersWritten = sequence }
  }

  private mutating func resume(_ request: PtraceRequest) {
    lastRead = nil
    guard !isOnErrand || ledger.interrupt == nil else { return }
    switch state {
    case .outside:
      // Who restores a task has nothing to infect: its own code goes to rt_sigreturn, caught by a
      // breakpoint or by tracing system calls.
      if !ledger.isInfected, ledger.isArmed || request == .syscall && !watches, let lastInterrupt {
        ledger.interrupt = lastInterrupt
        state = .approaching
      } else {
        state = .running
      }
    case .stopped: state = .approaching
    case .atEntry: state = .leaving
    case .running, .interrupting, .approaching, .leaving, .restored, .departed, .gone: break
    }
  }

  // MARK: Stops

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    guard !isOnErrand || ledger.interrupt == nil else { return }
    switch state {
    case .running:
      state = .outside
    case .interrupting:
      if stop.stopClass != .interrupt, stop.stopClass != .groupStop {
        ledger.interfere(stop, at: sequence)
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
    case .breakpoint where ledger.isArmed:
      ledger.hit = ledger.hit ?? sequence
      state = .stopped
    case .syscallEntry:
      enter(stop, at: sequence)
    case .syscallExit:
      if state == .leaving {
        ledger.sigreturnExit = sequence
        state = .restored
        if let lastRead { verify(lastRead.registers, at: lastRead.event) }
      } else {
        if unseenEntry != nil { unseenExit = sequence }
        state = .stopped
      }
    case .syscallStop:
      state = .stopped
    default:
      ledger.interfere(stop, at: sequence)
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
      ledger.sigreturnEntry = sequence
      state = .atEntry
    } else {
      ledger.otherEntries += 1
      state = .stopped
    }
  }

  /// A tracer that has seen the call that it waits for traces no further one.
  private mutating func settleUnseen(_ call: RequestCall) {
    guard let entry = unseenEntry, let exit = unseenExit, !call.request.onlyLooks else { return }
    unseenEntry = nil
    unseenExit = nil
    if call.request == .syscall {
      ledger.otherEntries += 1
    } else {
      ledger.sigreturnEntry = entry
      ledger.sigreturnExit = exit
      ledger.hasTakenUnseen = true
      state = .restored
    }
  }

  private mutating func verify(_ registers: Registers, at sequence: UInt32) {
    // What is read of a task that a checkpoint is restored into is not its own yet.
    guard ledger.isInfected, let saved = ledger.saved else { return }
    ledger.verify(registers.isRestored(from: saved), at: sequence)
  }
}
