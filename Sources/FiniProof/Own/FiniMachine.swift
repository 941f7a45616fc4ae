package import FiniModel

/// The grammar of fini: one pure machine that drives the live cure and judges the recorded one.
///
/// It reads events and nothing else. Live, the engine shows it every event that it records
/// and then does what ``action`` says; from a file, the timeline shows it the same events and
/// reads ``ledger``. It never blocks, allocates or forgets.
package struct FiniMachine: Sendable {
  /// Where the task is on its way out.
  package enum State: Hashable, Sendable {
    /// The parasite serves commands, or there is none yet.
    case serving
    /// PTRACE_INTERRUPT was sent.
    case interrupting
    /// Stopped inside the parasite; the registers of the breakpoint may be half written.
    case stoppedInParasite
    /// Running on towards the awaited stop.
    case approaching
    /// At the breakpoint, which is still armed.
    case atBreakpoint
    /// At the breakpoint or at another stop on the way, nothing armed.
    case disarmed
    /// At the entry of a system call on the way.
    case atSyscallEntry
    /// At the exit of a system call on the way.
    case atSyscallExit
    /// At the entry of rt_sigreturn.
    case atSigreturnEntry
    /// Running from the entry of rt_sigreturn to its exit.
    case leaving
    /// Another stop came than the awaited one; its signal is to be kept.
    case intervened(Signal?)
    /// The wait ended at its deadline.
    case overdue
    /// The task has its own registers back, or is stopped where they can be written.
    case restored
    /// The task is gone.
    case gone
    /// The tracer let go.
    case departed
  }

  /// What a tracer should do next.
  package enum Action: Hashable, Sendable {
    /// `PTRACE_INTERRUPT`.
    case interrupt
    /// Wait for the stop.
    case await(Missed.Awaited)
    /// Write DR0, clear DR6, arm DR7.
    case arm
    /// Send FINI; the task is stopped and will find it when it runs.
    case sendFini
    /// `PTRACE_CONT`.
    case cont
    /// `PTRACE_SYSCALL`.
    case syscall
    /// Keep the signal of this stop, to be put back later, and go on.
    case hold
    /// DR7 = 0.
    case disarm
    /// Find out where the task is and cure it by other means.
    case rescue
    /// Fini is done: unmap.
    case unmap
    /// There is nothing left to cure.
    case giveUp
  }

  /// Where the task is on its way out.
  package private(set) var state: State = .serving
  /// What was seen so far.
  package private(set) var ledger = FiniLedger(Source.engine.capabilities)

  private var strategy: FiniStrategy?
  /// The registers were given away to a remote system call: until they are the task's own again,
  /// what it runs and where it stops is no part of fini.
  private var isOnErrand = false
  /// What is read back after that says nothing about what rt_sigreturn gave back.
  private var hasWrittenInFini = false
  /// The signal mask read before the first was written.
  private var savedMask: SignalSet?
  private var hasWrittenMask = false
  /// The signal in between came at the armed address.
  private var intervenedAtBreakpoint = false

  /// Starts before fini.
  ///
  /// - Parameter strategy: how the live cure catches the task; `nil` to judge only.
  package init(strategy: FiniStrategy?) { self.strategy = strategy }

  /// Takes another strategy from here on: the one asked for cannot be had.
  package mutating func fallBack(to strategy: FiniStrategy) { self.strategy = strategy }

  /// Whether fini has begun and the tracer has not let go yet.
  package var isUnderWay: Bool {
    switch state {
    case .serving, .gone, .departed: ledger.finiSent != nil && state == .serving
    default: true
    }
  }

  /// What a tracer with this strategy should do next.
  ///
  /// A machine without a strategy only judges: to ask it is an author's mistake.
  package var action: Action {
    guard let strategy else { preconditionFailure("a judging machine was asked to act") }
    switch state {
    case .serving:
      // `direct` sends its command first: the parasite parks itself before it is stopped.
      return strategy == .direct && ledger.finiSent == nil ? .sendFini : .interrupt
    case .interrupting:
      return .await(.interruptStop)
    case .stoppedInParasite:
      if strategy == .direct { return .unmap }
      if strategy.needsBreakpoints, !ledger.isArmed, ledger.hit == nil, ledger.missed == nil,
        ledger.disarmed == nil
      {
        return .arm
      }
      if ledger.finiSent == nil { return .sendFini }
      return ledger.isArmed ? .cont : .syscall
    case .approaching:
      return .await(ledger.isArmed ? .breakpoint : .sigreturn)
    case .atBreakpoint:
      return .disarm
    case .disarmed:
      return .syscall
    case .atSyscallEntry, .atSyscallExit, .atSigreturnEntry:
      return .syscall
    case .leaving:
      return .await(.sigreturn)
    case .intervened:
      return .hold
    case .overdue:
      return .rescue
    case .restored:
      return ledger.isArmed ? .disarm : .unmap
    case .gone, .departed:
      return .giveUp
    }
  }

  /// Takes an event.
  package mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call):
      guard call.error == nil else { return }
      observe(call, at: event.sequence)
    case .stop(let stop):
      observe(stop, at: event.sequence)
    case .rpc(let record):
      observe(record, at: event.sequence)
    case .ended(let ending):
      ledger.end(ending, at: event.sequence)
      state = .gone
    case .missed(let wait):
      guard isUnderWay else { return }
      ledger.miss(wait, at: event.sequence)
      state = .overdue
    case .gap:
      ledger.lose(at: event.sequence, inFini: isUnderWay)
    case .signal(let record):
      // The signal is held: the task may run on to the stop that is still awaited.
      guard record.fate == .held, case .intervened = state else { return }
      state = intervenedAtBreakpoint ? .atBreakpoint : .stoppedInParasite
      intervenedAtBreakpoint = false
    case .fallback(let fallback):
      // An address that is never armed says nothing about how the task is caught from here on.
      if !fallback.to.needsBreakpoints, ledger.armed == nil {
        ledger.addressPoked = nil
        ledger.armedAddress = nil
      }
    case .sequenceAbort(let abort):
      // The registers to give back are those after the abort.
      guard !ledger.isInfected, let saved = ledger.saved else { return }
      ledger.saved = saved.aborted(abort.sequence) ?? saved
    case .putBack(let record) where record.item == .detach && record.succeeded:
      // Let go asleep, by the end of the thread that traced it.
      ledger.detach(at: event.sequence)
      state = .departed
    case .wait, .sigreturn, .phase, .snapshot, .putBack, .memory, .log, .unparsed:
      break
    }
  }

  private mutating func observe(_ record: RPCRecord, at sequence: UInt32) {
    switch (record.command, record.direction) {
    case (.ready, .acknowledged):
      ledger.sigreturnAddress = RemoteAddress(record.value)
    case (.fini, .sent), (.park, .sent):
      guard record.result >= 0, ledger.finiSent == nil else { return }
      ledger.finiSent = sequence
      ledger.parked = record.command == .park
    default:
      break
    }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch call.request {
    case .interrupt:
      guard ledger.sigreturnAddress != nil || state == .overdue else { return }
      ledger.interrupt = ledger.interrupt ?? sequence
      state = .interrupting
      isOnErrand = false
      hasWrittenInFini = false
    case .pokeUser:
      if let write = call.debugRegisterWrite {
        observe(write, at: sequence)
      } else if state == .atSigreturnEntry, call.address == FiniMachine.systemCallOffset {
        ledger.sigreturnCancelled = sequence
      }
    case .getRegisterSet, .getRegisters:
      guard case .registers(let registers) = call.detail else { return }
      // A signal that came before the first interrupt-stop had its registers read as well; the
      // last ones read before any are written are the task's own.
      if !ledger.isInfected { ledger.saved = registers }
      if state == .restored, !hasWrittenInFini { verify(registers, at: sequence) }
    case .getSignalMask:
      guard case .signalSet(let mask) = call.detail else { return }
      if !hasWrittenMask { savedMask = mask }
      if isAtOwnBreakpoint, mask != savedMask { noteSecondArrival(at: sequence) }
    case .setSignalMask:
      hasWrittenMask = true
    case .setRegisterSet, .setRegisters:
      guard case .registers(let registers) = call.detail else { return }
      ledger.isInfected = true
      guard let saved = ledger.saved, isUnderWay, ledger.interrupt != nil else { return }
      let areOwn =
        registers == saved || registers.isRestored(from: saved)
        || registers == saved.waitingUnlessHandled
      if areOwn, ledger.finiSent != nil { ledger.registersWritten = sequence }
      isOnErrand = !areOwn
      hasWrittenInFini = true
    case .cont, .syscall, .singleStep:
      guard !isOnErrand else { return }
      switch state {
      case .stoppedInParasite, .disarmed, .atBreakpoint, .atSyscallEntry, .atSyscallExit,
        .intervened:
        state = .approaching
      case .atSigreturnEntry:
        state = .leaving
      default:
        break
      }
    case .detach:
      ledger.detach(at: sequence)
      state = .departed
    default:
      break
    }
  }

  private mutating func observe(_ write: DebugRegister.Write, at sequence: UInt32) {
    ledger.observe(write, at: sequence)
    // A breakpoint after rt_sigreturn: the task has its own registers already.
    if case .control = write, !ledger.isArmed, state == .atBreakpoint {
      state = ledger.isBeyondSigreturn ? .restored : .disarmed
    }
  }

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    // The kernel clears the debug registers when a task becomes another program.
    if stop.stopClass == .event(.exec) { ledger.isArmed = false }
    switch state {
    case .interrupting:
      observeInterruptStop(stop, at: sequence)
    case .approaching, .leaving:
      observeAwaitedStop(stop, at: sequence)
    default:
      break
    }
  }

  private mutating func observeInterruptStop(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .interrupt, .groupStop:
      state = ledger.sigreturnExit != nil ? .restored : .stoppedInParasite
    default:
      // Another stop was already pending and the kernel reports that one first.
      state = .intervened(stop.info?.signal)
      ledger.interfere(stop, at: sequence)
    }
  }

  private mutating func observeAwaitedStop(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where ledger.isArmed && ledger.isAtArmedAddress(stop):
      ledger.hit(by: stop, at: sequence)
      state = .atBreakpoint
    case .syscallEntry:
      if stop.entersSigreturn {
        ledger.sigreturnEntry = sequence
        state = .atSigreturnEntry
      } else {
        ledger.otherEntries += 1
        state = .atSyscallEntry
      }
    case .syscallExit:
      if state == .leaving {
        ledger.sigreturnExit = sequence
        state = .restored
      } else {
        state = .atSyscallExit
      }
    case .interrupt, .groupStop:
      // The notice of a SIGCONT, or of a stop that the group already is in: it carries nothing
      // to keep, and the task runs on from where it was.
      ledger.interfere(stop, at: sequence)
      state = state == .leaving ? .atSigreturnEntry : .stoppedInParasite
    default:
      ledger.interfere(stop, at: sequence)
      // Past rt_sigreturn: the task is at the address where it would have gone on, and the
      // signal kept it from executing the instruction there.
      let counter = stop.programCounter
      let isThere = ledger.isArmed && counter != nil && counter == ledger.armedAddress
      if isThere, ledger.armedAddress != ledger.sigreturnAddress {
        state = .restored
      } else {
        // At the breakpoint, a user's SIGTRAP may stand for the trap itself: the kernel drops its own
        // where one waits already. The instruction would not trap a second time.
        intervenedAtBreakpoint = isThere
        state = .intervened(stop.info?.signal)
      }
    }
  }

  private mutating func verify(_ registers: Registers, at sequence: UInt32) {
    // A cancelled rt_sigreturn gives nothing back: what is there are the parasite's registers.
    guard let saved = ledger.saved, ledger.sigreturnCancelled == nil else { return }
    let areSaved = registers.isRestored(from: saved)
    if !areSaved, isAtOwnBreakpoint {
      noteSecondArrival(at: sequence)
    } else {
      ledger.verify(registers, areSaved: areSaved, at: sequence)
    }
  }

  /// Whether the task is where `breakpoint-after` caught it, and nothing of it was written since.
  private var isAtOwnBreakpoint: Bool {
    state == .restored && ledger.hit != nil && ledger.isBeyondSigreturn && !hasWrittenInFini
  }

  private mutating func noteSecondArrival(at sequence: UInt32) {
    ledger.secondArrival = ledger.secondArrival ?? sequence
  }

  /// Where `struct user` has `orig_rax`, in bytes.
  private static let systemCallOffset = UInt64(Registers.Name.origRAX.rawValue * 8)

  /// How the stop was caught; see ``FiniLedger/caught``.
  package var caught: FiniStrategy? { ledger.caught }

  /// The verdict on what was observed so far.
  package var verdict: Verdict { ledger.verdict }
}
