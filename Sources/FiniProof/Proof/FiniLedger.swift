package import FiniModel

/// What the events of one task prove about its fini: the ledger that every machine keeps and that one
/// ladder of verdicts reads.
///
/// Each number is the sequence of the event that proves the fact. A machine decides *when* something is
/// written down, for that depends on what its source shows; *what* it then means is decided here.
package struct FiniLedger: Hashable, Sendable {
  /// What the source of the events can show at all.
  package let capabilities: Source.Capabilities

  /// PTRACE_INTERRUPT, which began fini.
  package var interrupt: UInt32?
  /// FINI (or its variant for `direct`) was sent.
  package var finiSent: UInt32?
  /// The command sent was PARK: the parasite waits to be taken away and does not leave by itself.
  package var parked = false
  /// The address of the sigreturn instruction as the parasite reported it.
  package var sigreturnAddress: RemoteAddress?
  /// DR0 was written, with this address.
  package var addressPoked: UInt32?
  /// The address in DR0.
  package var armedAddress: RemoteAddress?
  /// DR7 was armed.
  package var armed: UInt32?
  /// Whether DR7 has DR0 enabled now.
  package var isArmed = false
  /// The breakpoint's stop.
  package var hit: UInt32?
  /// What told that this stop is the breakpoint's.
  package var hitSign = HitSign.siginfo
  /// DR7 was cleared after the hit (or after what came in its place).
  package var disarmed: UInt32?
  /// The entry of rt_sigreturn.
  package var sigreturnEntry: UInt32?
  /// The number of the call that was taken for rt_sigreturn was never shown.
  package var hasTakenUnseen = false
  /// Entries of other system calls seen between FINI and rt_sigreturn.
  package var otherEntries: UInt32 = 0
  /// The exit of rt_sigreturn.
  package var sigreturnExit: UInt32?
  /// The task's own rt_sigreturn in fini, seen from inside the kernel: its exit.
  package var sigreturnLeft: UInt32?
  /// Registers read at that exit and found as saved.
  package var registersVerified: UInt32?
  /// Registers read at that exit and found different.
  package var registersDiffer: UInt32?
  /// The registers that were found there.
  package var differing: Registers?
  /// At the breakpoint after rt_sigreturn the task was found to have run its own code before: it had
  /// run over the breakpoint once, and came there again. What it has there is its own.
  package var secondArrival: UInt32?
  /// rt_sigreturn was turned into no call at its entry: it would lose a restart block, and the
  /// tracer writes the registers instead.
  package var sigreturnCancelled: UInt32?
  /// The saved registers were written by the tracer.
  package var registersWritten: UInt32?
  /// The first stop that came in place of the awaited one.
  package var intervening: UInt32?
  /// Its siginfo, if the tracer asked for it.
  package var interveningSignal: SignalInfo?
  /// The signal that the stop itself announces.
  package var announcedSignal: Signal?
  /// The class of that stop.
  package var interveningClass: StopClass?
  /// The log leaves it open whether what came was in place of the awaited stop.
  package var interventionIsUncertain = false
  /// A wait in fini ended at its deadline, or rt_sigreturn was left with no stop.
  package var missed: UInt32?
  /// What that wait was for.
  package var overdue: Missed?
  /// The task ended.
  package var ended: UInt32?
  /// How the task ended.
  package var ending: Ending?
  /// The tracer let go.
  package var detached: UInt32?
  /// The breakpoint was armed when the tracer let go.
  package var detachedArmed = false
  /// The tracer's own end, while it held the task.
  package var tracerEnded: UInt32?
  /// The tracer's own word that the dump or restore is over, and whether it went well.
  package var conclusion: Conclusion?
  /// The tracer's log has a line of severity Error.
  package var hasError = false
  /// The parasite said that it is about to call rt_sigreturn.
  package var leaving: UInt32?
  /// The tracer's version or configuration says that it sets no breakpoints.
  package var goesWithoutBreakpoints = false
  /// The task's own way back to its registers after its tracer was gone or had let go.
  package var selfCured: UInt32?
  /// The first request that is no look and that only a stopped task takes, where no stop was seen: what
  /// was written down of a foreign tracer does not show its waits, or not all of them.
  package var unseenStop: UInt32?
  /// The kind of that request.
  package var unseenStopKind: EventKind?
  /// Something was lost while fini was under way.
  package var gap: UInt32?
  /// The first loss before the task was let go, whenever that was.
  package var loss: UInt32?
  /// The registers read last before the first were written: what the task had of its own.
  package var saved: Registers?
  /// Something was lost, whenever that was: also after the task was let go, for what was lost may be older.
  package var sawLoss = false
  /// A step of a tracer with the task was seen: a request, or a line of its log that tells of one.
  package var sawStep = false
  /// What had seemed to be fini was none: see ``withdraw()``.
  package private(set) var withdrawn = false
  /// Registers or text of the task were written: what was read before is to be given back.
  package var isInfected = false

  /// What a breakpoint's stop is told by: not every tracer asks for the siginfo.
  package enum HitSign: Hashable, Sendable {
    /// TRAP_HWBKPT in the siginfo, or the log says so.
    case siginfo
    /// The program counter is where the breakpoint was set.
    case programCounter
    /// A SIGTRAP while it was armed: the place is not shown.
    case armed
  }

  /// How a tracer's own account of a dump or restore ends.
  package struct Conclusion: Hashable, Sendable {
    /// The line that says so.
    package var event: UInt32
    /// Whether it says that all went well.
    package var isGood: Bool
  }

  /// Nothing is known.
  package init(_ capabilities: Source.Capabilities) { self.capabilities = capabilities }

  /// Set where that rt_sigreturn was not seen says nothing: not every stop was.
  package var hiddenSigreturn: UInt32? { sigreturnEntry == nil ? unseenStop : nil }

  /// Whether the tracer itself gave the task its own registers back after rt_sigreturn gave others.
  package var isMended: Bool {
    guard sigreturnExit != nil, let registersWritten else { return false }
    return registersDiffer.map { $0 < registersWritten } ?? false
  }

  /// Whether the armed address is known to lie outside of the blob's own sigreturn: where it returns to.
  package var isBeyondSigreturn: Bool {
    sigreturnAddress != nil && armedAddress != sigreturnAddress
  }
}

// MARK: What every source tells in the same way

extension FiniLedger {
  /// Takes what was written into a debug register.
  mutating func observe(_ write: DebugRegister.Write, at sequence: UInt32) {
    switch write {
    // Nothing can be awaited at address zero: this is how some clear DR0.
    case .address(0, let address) where address.rawValue != 0:
      addressPoked = sequence
      armedAddress = address
    case .control(let control):
      if control.isArmed {
        armed = sequence
      } else if isArmed {
        disarmed = sequence
      }
      isArmed = control.isArmed
    case .address, .status:
      break
    }
  }

  /// Takes a stop that came where another was awaited; the first one counts.
  mutating func interfere(_ stop: StopRecord, at sequence: UInt32) {
    guard intervening == nil else { return }
    intervening = sequence
    interveningSignal = stop.info
    if stop.stopClass == .signalDelivery || stop.stopClass == .groupStop {
      announcedSignal = stop.signal
    }
    interveningClass = stop.stopClass
  }

  /// Takes registers that were read, or seen, when rt_sigreturn had been left.
  ///
  /// - Parameter areSaved: whether they are what the task had of its own.
  mutating func verify(_ registers: Registers, areSaved: Bool, at sequence: UInt32) {
    if areSaved {
      registersVerified = registersVerified ?? sequence
    } else if loss == nil, registersDiffer == nil {
      // Beside a loss it is not sure which ones were saved.
      registersDiffer = sequence
      differing = registers
    }
  }

  /// Takes that what was seen was no fini: nothing came in place of anything. The breakpoint stays what it is.
  mutating func withdraw() {
    withdrawn = true
    interrupt = nil
    missed = nil
    overdue = nil
    intervening = nil
    interveningSignal = nil
    announcedSignal = nil
    interveningClass = nil
    otherEntries = 0
  }

  /// Takes a wait that ended at its deadline; the first one counts.
  mutating func miss(_ wait: Missed, at sequence: UInt32) {
    guard missed == nil else { return }
    missed = sequence
    overdue = wait
  }

  /// Takes the breakpoint's stop.
  mutating func hit(by stop: StopRecord, at sequence: UInt32) {
    hit = sequence
    hitSign =
      stop.info != nil ? .siginfo : stop.programCounter != nil ? .programCounter : .armed
  }

  mutating func end(_ ending: Ending, at sequence: UInt32) {
    // Of several witnesses the first one tells when, and one that tells how is believed.
    if self.ending == nil { ended = ended ?? sequence } else { ended = sequence }
    self.ending = ending
  }

  /// Takes that a task which was stopped for its tracer is not there any more: how it ended is not told.
  mutating func vanish(at sequence: UInt32) { ended = ended ?? sequence }

  mutating func detach(at sequence: UInt32) {
    detached = sequence
    detachedArmed = isArmed
  }

  /// Takes a loss.
  ///
  /// - Parameter inFini: whether fini was under way.
  mutating func lose(at sequence: UInt32, inFini: Bool) {
    guard detached == nil else { return }
    loss = loss ?? sequence
    if inFini { gap = gap ?? sequence }
  }

  /// Whether a stop is where the breakpoint was set.
  func isAtArmedAddress(_ stop: StopRecord) -> Bool {
    guard let armedAddress else { return false }
    // The kernel puts the program counter into si_addr of a debug trap.
    return stop.programCounter == armedAddress || stop.info?.address == armedAddress
  }
}
