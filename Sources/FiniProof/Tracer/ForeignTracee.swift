internal import FiniModel

/// What ``ForeignStream`` knows of one tracee.
///
/// What is asked for each call and each stop is `mutating`, and changes nothing: it is asked where the value stands.
/// Otherwise the value, which is half a kilobyte, would be copied out of its array first.
struct ForeignTracee: Sendable {
  var reader: StopReader
  /// A stop that a wait reported, until all that was asked about it is there.
  var sighting: StopReader.Sighting?
  var sightingMoment: ForeignStream.Moment?
  var stopClass: StopClass?
  var phase: Phase?
  /// A SIGTRAP that may be the breakpoint, and the phase that would begin with it.
  var trapSlot: Int?
  var trapPhaseSlot: Int?
  /// After that trap came a system call whose number was not shown.
  var unseenEntry = false
  var unseenExit = false
  /// The phase that begins if the task that was let run turns out to be the daemon.
  var daemonSlot: Int?
  /// Its tracer has not let it go, as far as is known.
  var isHeld = false
  /// Who made the last request.
  var tracer: TaskID?
  /// The signals that were in its queues at the stop before.
  var pending = SignalSet.empty
  private var hasWrittenRegisters = false
  /// Since it was taken: registers were written, and it was interrupted.
  private var isInfected = false
  private var isInterrupted = false
  /// Its own registers, where its tracer read them all before it wrote any.
  private var saved: Registers?

  init(showsTraps: Bool) { reader = StopReader(showsTraps: showsTraps) }

  /// Takes a request that is in the stream now.
  mutating func observe(_ call: RequestCall) {
    sighting?.observe(call)
    guard call.error == nil else { return }
    reader.observe(call)
    if call.request.takesHold {
      isInfected = false
      isInterrupted = false
      saved = nil
    }
    if call.request == .interrupt { isInterrupted = true }
    switch call.request.kind {
    case .registersWritten where !call.writesArmBreakpoints:
      hasWrittenRegisters = true
      isInfected = true
    case .registersRead where !isInfected:
      if case .registers(let registers) = call.detail { saved = registers }
    default: break
    }
    if call.request.resumes { hasWrittenRegisters = false }
  }

  /// What its tracer waits for when it waits for it.
  var awaited: Missed.Awaited {
    switch phase {
    case .seize, nil: .interruptStop
    case .prepare, .infect, .unmap, .detach: .remoteSyscall
    case .daemon, .commands: .parasite
    case .fini, .sigreturn:
      reader.armedAddress == nil && !reader.isArmed || phase == .sigreturn
        ? .sigreturn : .breakpoint
    }
  }

  /// Whether this lets the task run with registers of the tracer's own.
  mutating func mayStartDaemon(_ call: RequestCall) -> Bool {
    phase == .infect && call.request == .cont && hasWrittenRegisters
  }

  /// The phase that begins with a request.
  mutating func phase(at call: RequestCall) -> Phase? {
    if call.writesArmBreakpoints { return nil }
    switch call.request.kind {
    case .seize, .attach, .traceMe:
      return phase == nil || phase == .detach ? .seize : nil
    case .detach:
      return phase == nil || phase == .detach ? nil : .detach
    case .interrupt:
      return phase == .daemon || phase == .commands ? .fini : nil
    case .poke where call.debugRegisterWrite == nil, .registersWritten, .signalMaskSet:
      switch phase {
      // A restore lets SIGTRAP through once the breakpoint is armed, and infects nothing.
      case .prepare:
        return call.request.kind == .signalMaskSet && awaitsUninfected ? .fini : .infect
      case .sigreturn: return .unmap
      // Its own registers are given back, and no rt_sigreturn is waited for.
      case .fini where givesBack(call): return .unmap
      default: return nil
      }
    case _ where call.request.resumes:
      return beginsUninfected(call.request) ? .fini : nil
    default:
      return nil
    }
  }

  private func givesBack(_ call: RequestCall) -> Bool {
    guard case .registers(let written) = call.detail, call.request.kind == .registersWritten,
      let saved
    else { return false }
    return written == saved || written.isRestored(from: saved)
  }

  /// A task that a checkpoint is restored into has nothing to infect: its own code goes to rt_sigreturn, caught
  /// by a breakpoint or by tracing system calls (``TracerMachine`` says the same).
  private func beginsUninfected(_ request: PtraceRequest) -> Bool {
    guard phase == .prepare || phase == .infect else { return false }
    return awaitsUninfected || isUninfected && request == .syscall && !reader.watches
  }

  private var isUninfected: Bool { isInterrupted && !isInfected }

  /// Whether a breakpoint awaits a task that nothing was brought into.
  private var awaitsUninfected: Bool { isUninfected && reader.isArmed }

  /// The phase that begins with a stop.
  mutating func phase(at stop: StopRecord, mayBeBreakpoint: Bool) -> Phase? {
    switch phase {
    case .seize: return .prepare
    case .fini:
      if stop.stopClass == .breakpoint || mayBeBreakpoint { return .sigreturn }
      return stop.entersSigreturn ? .sigreturn : nil
    case .prepare: return stop.entersSigreturn ? .sigreturn : nil
    default: return nil
    }
  }

  /// The phase that begins with what the kernel shows of the task's own rt_sigreturn.
  func phase(at record: SigreturnRecord) -> Phase? {
    phase == .fini && record.passage == .entered ? .sigreturn : nil
  }
}
