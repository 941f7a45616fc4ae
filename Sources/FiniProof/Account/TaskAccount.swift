package import FiniModel

/// What the events tell of one task that is traced: how far the tracer came with it, what became of it, and
/// what the tracer left in it. Pure, and in one pass; each fact has the event that proves it.
///
/// Each remnant follows from a pair that is not closed: a word read and patched and not written back, memory
/// mapped and not unmapped, a signal taken and not given back, a mask set and not put back. What was lost may
/// have closed whatever was open: such a remnant is not sure. (TaskAccountTests, CauseTests.)
package struct TaskAccount: Hashable, Sendable {
  /// What became of the task, as far as its tracer is concerned.
  package enum Fate: Hashable, Sendable {
    /// It is traced, or was not yet.
    case held
    /// The tracer let go of it.
    case letGo(UInt32)
    /// The tracer ended, and the kernel let go of it.
    case tracerEnded(UInt32)
    /// It ended while it was held.
    case ended(UInt32)
  }

  /// The task was let run with the breakpoint armed and SIGTRAP blocked.
  package struct BlockedTrap: Hashable, Sendable {
    /// The mask with SIGTRAP in it was set.
    package var mask: UInt32
    /// The task was let run.
    package var resumed: UInt32
  }

  /// An address that the tracer sent the task to.
  package struct Sent: Hashable, Sendable {
    /// The address.
    package var address: RemoteAddress
    /// The write.
    package var event: UInt32
  }

  /// A signal of the tracer's own that the task was let go with.
  package struct GivenSignal: Hashable, Sendable {
    /// The signal.
    package var signal: Signal
    /// What the task had stopped for.
    package var stop: UInt32
    /// The detach.
    package var detached: UInt32
  }

  /// What became of the task.
  package private(set) var fate = Fate.held
  /// The first time that a tracer tried to take hold of it, or to stop it; that the task itself asked to be
  /// traced is none.
  package private(set) var taken: UInt32?
  /// The first time that a tracer tried to take hold of it by PTRACE_SEIZE or PTRACE_ATTACH.
  package private(set) var seized: UInt32?
  /// The first time that a tracer tried to stop it by PTRACE_INTERRUPT.
  package private(set) var interrupted: UInt32?
  /// Its first stop.
  package private(set) var firstStop: UInt32?
  /// The first time that its ptrace options were set.
  package private(set) var optionsSet: UInt32?
  /// The first call on it, refused or not, that did more than take hold of it, ask what it stopped for, set
  /// options and let go.
  package private(set) var handled: UInt32?
  /// The last time that its registers were written.
  package private(set) var registersWritten: UInt32?
  /// The first time that its registers or memory were written.
  package private(set) var changed: UInt32?
  /// The first call that was refused because the stopped task was gone.
  package private(set) var gone: UInt32?
  /// The first time that SIGTRAP was blocked while it ran towards a breakpoint.
  package private(set) var blockedTrap: BlockedTrap?
  /// The signal that it was let go with, which is not the one that it had stopped for.
  package private(set) var givenSignal: GivenSignal?
  /// PTRACE_O_EXITKILL was set: the kernel kills it when its tracer ends.
  package private(set) var diesWithTracer = false
  /// The last write of registers, if it sent the task where nothing is mapped.
  package var sentNowhere: Sent? { written.sentNowhere }
  /// The memory that it mapped for the tracer.
  package var memory: MappedMemory { written.memory }

  /// The first write over memory of its own that the tracer had not read.
  package var overwritten: PatchedWords.Unread? {
    guard source == .strace, !written.hasParasite else { return nil }
    for case .unreadBytes(let bytes) in written.unreadBytes.map(\.what) { return bytes }
    return nil
  }

  private let source: Source
  private let showsOwnSigreturn: Bool
  /// What our own engine writes is checked where it is written.
  private let isOwnEngine: Bool
  private var written = WrittenState()
  private var signals: TakenSignals
  private var mask = Mask()
  private var handlers = Handlers()
  private var isArmed = false
  /// SIGKILL ended it: nothing is lost to it any more.
  private var wasKilled = false
  private var presence = Presence.unknown
  /// The task whose last request was granted: only the one that took hold of a task is obeyed.
  private var holder: TaskID?
  private var lastStop: LastStop?

  private enum Presence {
    case unknown
    case stopped
    /// A call on the stopped task was refused: it is gone.
    case settled
  }

  private struct LastStop: Hashable {
    var stopClass: StopClass
    var signal: Signal?
    var event: UInt32
  }

  private struct Mask: Hashable {
    /// A set, and the event that shows it.
    struct Known: Hashable {
      var set: SignalSet
      var event: UInt32
    }
    /// What the task had of its own.
    var own: Known?
    /// What was set last.
    var last: Known?
    /// More than one mask was set.
    var hasSeveral = false
    var isSure = true
    /// From this number of signals on a mask is one that blocks nearly all.
    static let wideCount = 56
  }

  private struct Handlers: Hashable {
    /// The signals that the task had handlers for before it was let go.
    var before: SignalSet?
    /// What was lost, and the event that shows it.
    var lost: SignalSet?
    var event: UInt32 = 0
  }

  /// Starts before the first event of a run.
  package init(source: Source) {
    self.source = source
    isOwnEngine = source == .engine
    showsOwnSigreturn = source.capabilities.contains(.showsOwnSigreturn)
    signals = TakenSignals(showsSiginfo: source.watchesOneTask)
  }

  /// Whether its tracer holds it, in a stop.
  package var isHeldStopped: Bool { fate == .held && presence == .stopped }

  /// Whether the tracer has let go of the task, or is gone.
  package var isLetGo: Bool {
    switch fate {
    case .letGo, .tracerEnded: true
    case .held, .ended: false
    }
  }

  // MARK: What is left

  /// What the tracer did not put back; while it holds the task, only the signals that it has not given back.
  ///
  /// - Parameter ledger: what the same events prove about fini: rt_sigreturn puts the mask back.
  package func remnants(_ ledger: FiniLedger) -> [Remnant] {
    var found = signals.remnants
    switch fate {
    // It went on after this, and then came to its end by itself.
    case .ended:
      found = wasKilled ? [] : found.filter(\.outlastsTask) + written.passedBreakpoints
      if isWholeAndWithoutParasite(ledger) { found += written.unreadStates }
    // All else may still be put back; a signal that a stopped task was resumed without is gone.
    case .held: break
    case .letGo, .tracerEnded:
      found += written.memoryRemnants + leftMask(ledger)
      if isWholeAndWithoutParasite(ledger) {
        found += leftState + written.unreadStates
        // What a tracer reads by other ways than PEEK only a trace of all its calls shows.
        if source == .strace { found += written.unreadBytes }
      }
    }
    if let lost = handlers.lost {
      found.append(Remnant(what: .handlers(lost), event: handlers.event, isSure: true))
    }
    return found
  }

  /// Whether all that was done to the task is shown from its beginning. A parasite goes back to the task's registers by
  /// its own rt_sigreturn, also after its tracer let go.
  private func isWholeAndWithoutParasite(_ ledger: FiniLedger) -> Bool {
    !written.hasParasite && !ledger.sawWayToSigreturn && seized != nil && !isOwnEngine
  }

  /// A handler that is told to be lost is not told once more as the call that took it away.
  private var leftState: [Remnant] {
    guard handlers.lost != nil else { return written.remnants }
    return written.remnants.filter { remnant in
      guard case .call(let change) = remnant.what else { return true }
      return change.number != SyscallNumber.rtSigaction
    }
  }

  private func leftMask(_ ledger: FiniLedger) -> [Remnant] {
    if mask.own == nil, !written.hasParasite, ledger.interrupt == nil { return leftWideMask }
    guard let own = mask.own, let last = mask.last, own.set != last.set else { return [] }
    if !showsOwnSigreturn {
      if let exit = ledger.sigreturnExit {
        // The sigframe has the mask.
        guard exit < last.event else { return [] }
      } else if ledger.interrupt != nil {
        return []
      } else if ledger.isInfected {
        // A parasite that its tracer left puts the mask back by its own rt_sigreturn.
        guard case .letGo = fate else { return [] }
      }
    }
    return [
      Remnant(
        what: .mask(own: own.set, ownEvent: own.event, left: last.set), event: last.event,
        isSure: mask.isSure)
    ]
  }

  /// A mask that no program has of its own, where the trace shows from its beginning that no other one was set.
  private var leftWideMask: [Remnant] {
    guard seized != nil, mask.isSure, let last = mask.last, !mask.hasSeveral,
      last.set.signals.count >= Mask.wideCount
    else { return [] }
    return [Remnant(what: .wideMask(last.set), event: last.event, isSure: true)]
  }

  // MARK: Events

  /// Takes an event of the task, or a loss that may have been the task's.
  package mutating func observe(_ event: Event) {
    let sequence = event.sequence
    switch event.payload {
    case .request(let call):
      notePresence(call, by: event.tracer, at: sequence)
      noteStep(call.request, at: sequence)
      guard call.error == nil else { return }
      observe(call, at: sequence)
    case .stop(let stop):
      if presence != .settled { presence = .stopped }
      firstStop = firstStop ?? sequence
      written.stop(stop, at: sequence)
      lastStop = LastStop(stopClass: stop.stopClass, signal: stop.signal, event: sequence)
      if fate == .held { signals.stop(stop, by: event.tracer, at: sequence) }
    case .signal(let record) where record.fate == .generated:
      // After the task was let go only its tracer gives something back.
      if fate == .held || record.info.sender == event.tracer {
        signals.send(record.info, by: event.tracer)
      }
    case .sigreturn(let record) where record.passage == .left:
      // The sigframe has the mask.
      mask.last = nil
      written.settle()
    case .rpc(let record) where record.command == .ready && record.direction == .acknowledged:
      written.learn(sigreturn: RemoteAddress(record.value))
    case .snapshot(let snapshot):
      observe(caught: snapshot.caught, at: sequence)
    case .memory(let access) where fate == .held:
      if access.way.isWrite, access.error == nil { changed = changed ?? sequence }
      written.observe(access, at: sequence)
    case .gap where fate == .held:
      written.doubt()
      signals.doubt()
      if mask.own != nil || mask.last != nil { mask.isSure = false }
    case .ended(let ending) where fate == .held:
      fate = .ended(sequence)
      if case .killed(.kill, _) = ending { wasKilled = true }
    default: break
    }
  }

  /// Takes the end of the tracer, which lets go of everything at once.
  package mutating func observeTracerEnd(at sequence: UInt32) {
    if fate == .held { fate = .tracerEnded(sequence) }
  }

  private mutating func observe(_ call: RequestCall, at sequence: UInt32) {
    // Taken once more, after it was let go as it had been: what counts comes now.
    if call.request.takesHold, changed == nil, case .letGo = fate { fate = .held }
    switch call.request.kind {
    case .registersWritten:
      changed = changed ?? sequence
      registersWritten = sequence
    case .poke where call.debugRegisterWrite == nil: changed = changed ?? sequence
    default: break
    }
    guard fate == .held else { return }
    if call.request == .seize || call.request.kind == .options {
      diesWithTracer = call.data & PtraceOption.exitKill != 0
    }
    if call.request.resumes { resume(call, at: sequence) }
    if call.request.takesHold { signals.takeHold(call.request) }
    if case .control(let control)? = call.debugRegisterWrite { isArmed = control.isArmed }
    written.observe(call, at: sequence)
    switch (call.request, call.detail) {
    case (.getSignalMask, .signalSet(let set)):
      if mask.own == nil { mask.own = Mask.Known(set: set, event: sequence) }
    case (.setSignalMask, .signalSet(let set)):
      if let last = mask.last, last.set != set { mask.hasSeveral = true }
      mask.last = Mask.Known(set: set, event: sequence)
    case (.detach, _):
      fate = .letGo(sequence)
      noteGiven(call, at: sequence)
    default: break
    }
  }

  /// The fourth argument of a detach is a signal, which the kernel looks at only after a stop for a signal or at a
  /// system call.
  private mutating func noteGiven(_ call: RequestCall, at sequence: UInt32) {
    guard call.data > 0, call.data <= 64, let stop = lastStop else { return }
    let signal = Signal(rawValue: Int32(call.data))
    switch stop.stopClass {
    case .signalDelivery, .unknown, .syscallEntry, .syscallExit, .syscallStop:
      if stop.signal == signal { return }
    // The trap is the tracer's own.
    case .singleStep, .breakpoint, .softwareBreakpoint: break
    case .groupStop, .interrupt, .event: return
    }
    givenSignal = GivenSignal(signal: signal, stop: stop.event, detached: sequence)
  }

  /// How far the tracer tried to come, whatever the kernel said to that.
  private mutating func noteStep(_ request: PtraceRequest, at sequence: UInt32) {
    switch request.kind {
    case .seize, .attach:
      taken = taken ?? sequence
      seized = seized ?? sequence
    case .interrupt:
      taken = taken ?? sequence
      interrupted = interrupted ?? sequence
    case .options: optionsSet = optionsSet ?? sequence
    case .signalInfoRead, .detach: break
    default: handled = handled ?? sequence
    }
  }

  private mutating func resume(_ call: RequestCall, at sequence: UInt32) {
    written.resume(call.request)
    signals.resume(call, at: sequence)
    if call.request == .cont, isArmed, blockedTrap == nil, let set = mask.last,
      set.set.contains(.trap)
    {
      blockedTrap = BlockedTrap(mask: set.event, resumed: sequence)
    }
  }

  /// A task that was stopped, and then was not there any more.
  private mutating func notePresence(
    _ call: RequestCall, by tracer: TaskID, at sequence: UInt32
  ) {
    if call.error == nil { holder = tracer }
    // It is not there for a thread that does not trace it.
    guard presence == .stopped, holder == nil || holder == tracer else { return }
    if call.error == nil, call.request.resumes {
      presence = .unknown
    } else if call.error == .noSuchProcess {
      presence = .settled
      if call.request != .detach { gone = sequence }
    }
  }

  private mutating func observe(caught now: SignalSet?, at sequence: UInt32) {
    guard let now else { return }
    guard fate != .held, let before = handlers.before else {
      handlers.before = handlers.before ?? now
      return
    }
    // What it handles now and did not before is its own doing.
    let lost = before.subtracting(now)
    if !lost.isEmpty, handlers.lost == nil { (handlers.lost, handlers.event) = (lost, sequence) }
  }
}

extension Remnant {
  /// Whether it counts for a task that came to its end by itself later: a stop that it did not make, or a trap of a
  /// tracer's own, is nothing that it lacked. A child stops itself so that its tracer can take it (CauseTests).
  fileprivate var outlastsTask: Bool {
    guard case .signal(let signal, _) = what else { return true }
    return !signal.stopsTheGroup && signal != .trap
  }
}

extension FiniLedger {
  /// Whether the tracer did more than trace system calls to bring the task to rt_sigreturn.
  fileprivate var sawWayToSigreturn: Bool {
    interrupt != nil
      && (armed != nil || hit != nil || sigreturnEntry != nil || sigreturnExit != nil
        || sigreturnLeft != nil)
  }
}
