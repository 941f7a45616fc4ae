/// The grammar of fini: one pure machine that drives the live cure and judges the recorded one.
///
/// It looks at events and at nothing else. Live, the engine shows it every event that it records
/// and then does what ``action`` says; from a file, the timeline shows it the same events and
/// reads ``facts``. It never blocks, allocates or forgets.
public struct FiniMachine: Sendable {
  /// Where the task is on its way out.
  public enum State: Hashable, Sendable {
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
  public enum Action: Hashable, Sendable {
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

  /// What the judge needs; each number is the sequence of the event that proves it.
  public struct Facts: Hashable, Sendable {
    /// PTRACE_INTERRUPT, which began fini.
    public var interrupt: UInt32?
    /// FINI (or its variant for `direct`) was sent.
    public var finiSent: UInt32?
    /// The command sent was PARK: the parasite waits to be taken away and does not leave by itself.
    public var parked = false
    /// DR0 was written, with this address.
    public var addressPoked: UInt32?
    /// The address in DR0.
    public var armedAddress: RemoteAddress?
    /// DR7 was armed.
    public var armed: UInt32?
    /// The breakpoint's stop.
    public var hit: UInt32?
    /// DR7 was cleared after the hit (or after what came in its place).
    public var disarmed: UInt32?
    /// The entry of rt_sigreturn.
    public var sigreturnEntry: UInt32?
    /// rt_sigreturn was made no call at its entry, because it would have lost a restart block.
    public var sigreturnCancelled: UInt32?
    /// Entries of other system calls seen between FINI and rt_sigreturn.
    public var otherEntries: UInt32 = 0
    /// The exit of rt_sigreturn.
    public var sigreturnExit: UInt32?
    /// Registers read at that exit and found as saved.
    public var registersVerified: UInt32?
    /// Registers read at that exit and found different.
    public var registersDiffer: UInt32?
    /// The saved registers were written by the tracer.
    public var registersWritten: UInt32?
    /// The first stop that came in place of the awaited one.
    public var intervening: UInt32?
    /// Its signal.
    public var interveningSignal: SignalInfo?
    /// The class of that stop.
    public var interveningClass: StopClass?
    /// A wait in fini ended at its deadline.
    public var missed: UInt32?
    /// The task ended.
    public var ended: UInt32?
    /// How the task ended.
    public var ending: Ending?
    /// The tracer let go.
    public var detached: UInt32?
    /// Something was lost while fini was under way.
    public var gap: UInt32?
    /// The breakpoint was armed when the tracer let go.
    public var detachedArmed = false

    /// Nothing is known.
    public init() {}
  }

  /// Where the task is on its way out.
  public private(set) var state: State = .serving
  /// What was seen so far.
  public private(set) var facts = Facts()
  /// Whether DR7 has DR0 enabled.
  public private(set) var isArmed = false
  /// The registers saved when the task was first stopped.
  public private(set) var saved: Registers?
  /// The address of the sigreturn instruction as the parasite reported it.
  public private(set) var sigreturnAddress: RemoteAddress?

  private var strategy: FiniStrategy?
  /// The registers were given away to a remote system call: until they are the task's own again,
  /// what it runs and where it stops is no part of fini.
  private var isOnErrand = false

  /// Starts before fini.
  ///
  /// - Parameter strategy: how the live cure catches the task; `nil` to judge only.
  public init(strategy: FiniStrategy?) { self.strategy = strategy }

  /// Takes another strategy from here on: the one asked for cannot be had.
  public mutating func fallBack(to strategy: FiniStrategy) { self.strategy = strategy }

  /// Whether fini has begun and the tracer has not let go yet.
  public var isUnderWay: Bool {
    switch state {
    case .serving, .gone, .departed: facts.finiSent != nil && state == .serving
    default: true
    }
  }

  /// What a tracer with this strategy should do next.
  ///
  /// A machine without a strategy judges and has no wishes: asking it is an author's mistake.
  public var action: Action {
    guard let strategy else { preconditionFailure("a judging machine was asked to act") }
    switch state {
    case .serving:
      // `direct` sends its command first: the parasite parks itself before it is stopped.
      return strategy == .direct && facts.finiSent == nil ? .sendFini : .interrupt
    case .interrupting:
      return .await(.interruptStop)
    case .stoppedInParasite:
      if strategy == .direct { return .unmap }
      if strategy.needsBreakpoints, !isArmed, facts.hit == nil, facts.missed == nil { return .arm }
      if facts.finiSent == nil { return .sendFini }
      return isArmed ? .cont : .syscall
    case .approaching:
      return .await(isArmed ? .breakpoint : .sigreturn)
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
      return isArmed ? .disarm : .unmap
    case .gone, .departed:
      return .giveUp
    }
  }

  /// Takes an event.
  public mutating func observe(_ event: Event) {
    switch event.payload {
    case .request(let call):
      guard call.error == nil else { return }
      observe(call, at: event.sequence)
    case .stop(let stop):
      observe(stop, at: event.sequence)
    case .rpc(let record):
      observe(record, at: event.sequence)
    case .ended(let ending):
      facts.ended = event.sequence
      facts.ending = ending
      state = .gone
    case .missed:
      guard isUnderWay else { return }
      if facts.missed == nil { facts.missed = event.sequence }
      state = .overdue
    case .gap:
      if isUnderWay, facts.gap == nil { facts.gap = event.sequence }
    case .signal(let record):
      // The signal is in safe hands: the task may run on to what is still awaited.
      if record.fate == .held, case .intervened = state { state = .stoppedInParasite }
    case .fallback(let fallback):
      // An address that is never armed says nothing about how the task is caught from here on.
      if !fallback.to.needsBreakpoints, facts.armed == nil {
        facts.addressPoked = nil
        facts.armedAddress = nil
      }
    case .wait, .phase, .snapshot, .putBack:
      break
    }
  }

  private mutating func observe(_ record: RPCRecord, at sequence: UInt32) {
    switch (record.command, record.direction) {
    case (.ready, .acknowledged):
      sigreturnAddress = RemoteAddress(record.value)
    case (.fini, .sent), (.park, .sent):
      guard record.result >= 0, facts.finiSent == nil else { return }
      facts.finiSent = sequence
      facts.parked = record.command == .park
    default:
      break
    }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    switch call.request {
    case .interrupt:
      guard sigreturnAddress != nil || state == .overdue else { return }
      facts.interrupt = facts.interrupt ?? sequence
      state = .interrupting
      isOnErrand = false
    case .pokeUser:
      let origRAX = UInt64(Registers.Name.origRAX.rawValue * 8)
      if state == .atSigreturnEntry, call.address == origRAX, call.data == UInt64.max {
        facts.sigreturnCancelled = sequence
      }
      guard let (number, value) = call.debugRegisterWrite else { return }
      observeDebugRegister(number, value: value, at: sequence)
    case .getRegisterSet:
      guard case .registers(let registers) = call.detail else { return }
      if saved == nil { saved = registers }
      if state == .restored, !isOnErrand { verify(registers, at: sequence) }
    case .setRegisterSet:
      guard case .registers(let registers) = call.detail else { return }
      guard let saved, isUnderWay, facts.interrupt != nil else { return }
      let areOwn = registers == saved || registers == saved.forSigframe
      if areOwn, facts.finiSent != nil { facts.registersWritten = sequence }
      isOnErrand = !areOwn
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
      facts.detached = sequence
      facts.detachedArmed = isArmed
      state = .departed
    default:
      break
    }
  }

  private mutating func observeDebugRegister(_ number: Int, value: UInt64, at sequence: UInt32) {
    switch number {
    case 0:
      facts.addressPoked = sequence
      facts.armedAddress = RemoteAddress(value)
    case 7 where value & 0b11 != 0:
      facts.armed = sequence
      isArmed = true
    case 7:
      if isArmed { facts.disarmed = sequence }
      isArmed = false
      // A breakpoint after rt_sigreturn: the task has its own registers already.
      if state == .atBreakpoint { state = isBeyondSigreturn ? .restored : .disarmed }
    default:
      break
    }
  }

  private mutating func observe(_ stop: StopRecord, at sequence: UInt32) {
    guard !isOnErrand else { return }
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
      state = facts.sigreturnExit != nil ? .restored : .stoppedInParasite
    default:
      // Another stop was already pending and the kernel reports that one first.
      state = .intervened(stop.info?.signal)
      noteIntervening(stop, at: sequence)
    }
  }

  private mutating func observeAwaitedStop(_ stop: StopRecord, at sequence: UInt32) {
    switch stop.stopClass {
    case .breakpoint where isArmed && isAtArmedAddress(stop):
      facts.hit = sequence
      state = .atBreakpoint
    case .syscallEntry:
      if isSigreturn(stop.syscall) {
        facts.sigreturnEntry = sequence
        state = .atSigreturnEntry
      } else {
        facts.otherEntries += 1
        state = .atSyscallEntry
      }
    case .syscallExit:
      if state == .leaving {
        facts.sigreturnExit = sequence
        state = .restored
      } else {
        state = .atSyscallExit
      }
    case .interrupt, .groupStop:
      // The notice of a SIGCONT, or of a stop that the group already is in: it carries nothing
      // to keep, and the task runs on from where it was.
      noteIntervening(stop, at: sequence)
      state = state == .leaving ? .atSigreturnEntry : .stoppedInParasite
    default:
      noteIntervening(stop, at: sequence)
      // Past rt_sigreturn: the task is at the address where it would have gone on, and the
      // signal kept it from executing the instruction there.
      if isArmed, let address = facts.armedAddress, address != sigreturnAddress,
        stop.programCounter == address
      {
        state = .restored
      } else {
        state = .intervened(stop.info?.signal)
      }
    }
  }

  private mutating func noteIntervening(_ stop: StopRecord, at sequence: UInt32) {
    guard facts.intervening == nil else { return }
    facts.intervening = sequence
    facts.interveningSignal = stop.info
    facts.interveningClass = stop.stopClass
  }

  private mutating func verify(_ registers: Registers, at sequence: UInt32) {
    guard let saved else { return }
    // Written back by the tracer to the last word: of a call that was cancelled no more can be
    // asked, and after one that was verified it is no less.
    if registers == saved, facts.sigreturnCancelled != nil || facts.registersVerified != nil {
      facts.registersVerified = facts.registersVerified ?? sequence
    } else if registers.isAsAfterSigreturn(of: saved) {
      facts.registersVerified = sequence
    } else {
      facts.registersDiffer = facts.registersDiffer ?? sequence
    }
  }

  /// Whether the armed address lies outside of the blob's own sigreturn: where it returns to.
  private var isBeyondSigreturn: Bool {
    sigreturnAddress != nil && facts.armedAddress != sigreturnAddress
  }

  private func isAtArmedAddress(_ stop: StopRecord) -> Bool {
    guard let armed = facts.armedAddress else { return false }
    // The kernel puts the program counter into si_addr of a debug trap.
    return stop.programCounter == armed || stop.info?.address == armed
  }

  private func isSigreturn(_ number: UInt64?) -> Bool {
    number == SyscallNumber.rtSigreturn || number == SyscallNumber.rtSigreturn32
  }
}
