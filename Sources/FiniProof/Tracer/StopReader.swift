package import FiniModel

/// Tells the class of each stop of one tracee of a foreign tracer.
///
/// Such a tracer asks for less than the class needs, so it follows from what the tracer did before:
/// its options, the debug registers it wrote, how it let the tracee run. Where the source shows each SIGTRAP
/// that is generated, that tells more than all else. Both dialects come out right, with
/// `PTRACE_O_TRACESYSGOOD` and without; see ptrace(2), "Syscall-stops".
package struct StopReader: Sendable {
  /// The class of a stop, and how sure it is.
  package struct Reading: Hashable, Sendable {
    /// The class; ``StopClass/unknown`` where several fit.
    package var stopClass: StopClass
    /// A SIGTRAP without a witness while a breakpoint is armed: what comes next will tell.
    package var mayBeBreakpoint = false
    /// The number of the system call, at a syscall-entry where it is known.
    package var syscall: CallNumber?
    /// What the tracer was told of the signal, or else what was seen of the trap when it was generated.
    package var info: SignalInfo?
    /// Where the trap was generated.
    package var trapped: RemoteAddress?
  }

  /// The options of `PTRACE_SEIZE` and `PTRACE_SETOPTIONS`; see linux/ptrace.h.
  private enum Option {
    static let marksSyscalls: UInt64 = 1
    /// TRACEFORK, TRACEVFORK, TRACECLONE.
    static let children: UInt64 = 0b1110
    /// PTRACE_O_TRACEFORK to PTRACE_O_TRACEEXIT.
    static let events: UInt64 = 0x7e
  }

  /// Where the tracee is, as far as it tells what its next syscall-stop is.
  private enum Place {
    /// Neither its attaching nor a stop that tells was seen.
    case unseen
    case outsideCall
    /// In a system call whose exit is reported if it is let run by `PTRACE_SYSCALL`.
    case insideCall
  }

  /// Whether DR7 enables DR0.
  package private(set) var isArmed = false
  /// The address in DR0, once it was written.
  package private(set) var armedAddress: RemoteAddress?
  /// DR7, once it was written.
  private(set) var debugControl: DebugControl?
  /// The options that its tracer set; none where that was not seen.
  private var options: UInt64 = 0
  /// Whether it was taken by `PTRACE_SEIZE`, as far as is known: a group-stop is marked as one then.
  private var isSeized = false
  private var lastResume: (request: PtraceRequest, data: UInt64)?
  private var place = Place.unseen
  private let showsTraps: Bool
  /// Traps of the kernel's that are on their way to it, and when they were generated.
  private(set) var traps: [(signal: GeneratedSignal, time: Instant)] = []
  /// SIGTRAPs that were sent to it.
  private var sentTraps: [GeneratedSignal] = []

  /// Starts before the first request.
  ///
  /// - Parameter showsTraps: whether ``keep(_:at:)`` is told of each SIGTRAP that is generated.
  package init(showsTraps: Bool = false) { self.showsTraps = showsTraps }

  private var marksSyscalls: Bool { options & Option.marksSyscalls != 0 }
  /// Whether its children are traced from their birth.
  var tracesChildren: Bool { options & Option.children != 0 }
  /// Whether its tracer asked for stops at fork, exec, exit and the like.
  var watches: Bool { options & Option.events != 0 }

  /// Takes a request that the kernel did not refuse.
  package mutating func observe(_ call: RequestCall) {
    guard call.error == nil else { return }
    switch call.debugRegisterWrite {
    case .address(0, let address): armedAddress = address
    case .control(let control):
      debugControl = control
      isArmed = control.isArmed
    case .address, .status, nil: break
    }
    if call.writesArmBreakpoints { isArmed.toggle() }
    if call.request.takesHold {
      isSeized = call.request == .seize
      options = isSeized ? call.data : 0
      place = .outsideCall
      lastResume = nil
    }
    if call.request.kind == .options { options = call.data }
    guard call.request.resumes || call.request == .detach else { return }
    lastResume = (call.request, call.data)
    // Let run otherwise, the exit of the call that it is in is not reported.
    if call.request != .syscall, place == .insideCall { place = .outsideCall }
  }

  /// A child that is traced from its birth has the options of its parent.
  mutating func inherit(from parent: StopReader) {
    options = parent.options
    isSeized = parent.isSeized
  }

  /// Keeps a SIGTRAP until its stop, or until it is clear that there is none.
  package mutating func keep(_ trap: GeneratedSignal, at time: Instant) {
    if trap.isOfKernel { traps.append((trap, time)) } else { sentTraps.append(trap) }
  }

  /// The kernel's traps that no stop was seen for.
  mutating func takeTraps() -> [(signal: GeneratedSignal, time: Instant)] {
    defer { traps = [] }
    return traps
  }

  /// Reads a stop; the next one is read on from there.
  package mutating func read(_ seen: Sighting) -> Reading {
    var seen = seen
    let trap = WaitStatus(rawValue: seen.status) == .stopped(.trap) ? takeTrap(for: seen) : nil
    seen.info = seen.info ?? trap?.info
    var reading = classify(seen)
    reading.info = seen.info
    reading.trapped = trap?.programCounter
    switch reading.stopClass {
    case .syscallEntry:
      place = .insideCall
      reading.syscall = seen.entered
    case .event(.fork), .event(.vfork), .event(.clone), .event(.exec), .event(.vforkDone),
      .event(.seccomp):
      place = .insideCall
    case .syscallStop, .unknown:
      break
    default:
      // The exit of a system call is reported before signals and interrupts are.
      place = .outsideCall
    }
    return reading
  }

  /// The trap that a SIGTRAP stop is of: the kernel dequeues its own first.
  private mutating func takeTrap(for stop: Sighting) -> GeneratedSignal? {
    if let info = stop.info {
      // The tracer asked, so it is clear which one it is.
      if let index = traps.firstIndex(where: { $0.signal.info.code == info.code }) {
        return traps.remove(at: index).signal
      }
      if let index = sentTraps.firstIndex(where: { $0.info.code == info.code }) {
        return sentTraps.remove(at: index)
      }
      return nil
    }
    if !traps.isEmpty { return traps.removeFirst().signal }
    // A sent one may be blocked, and this may be a syscall-stop that looks like it.
    let isCertain = marksSyscalls || lastResume?.request != .syscall
    return isCertain && !sentTraps.isEmpty ? sentTraps.removeFirst() : nil
  }

  private func classify(_ seen: Sighting) -> Reading {
    switch WaitStatus(rawValue: seen.status) {
    case .syscallStop:
      return Reading(stopClass: syscallStop(seen))
    case .stopped(.trap):
      return trap(seen)
    case let status:
      var evidence = StopEvidence(status: status, info: seen.info)
      evidence.isInfoRefused = seen.isInfoRefused
      if let word = lastResume?.data, word != 0, !isSeized {
        evidence.injected = Signal(rawValue: Int32(truncatingIfNeeded: word))
      }
      return Reading(stopClass: evidence.stopClass)
    }
  }

  private func trap(_ seen: Sighting) -> Reading {
    let mayBeSyscallStop = lastResume?.request == .syscall && !marksSyscalls
    if let info = seen.info, info.code != .unknown {
      // SIGTRAP itself, or with the 0x80 bit: what a syscall-stop has for a siginfo.
      if info.code.rawValue == 5 || info.code.rawValue == 0x85 {
        return Reading(stopClass: syscallStop(seen))
      }
      let evidence = StopEvidence(status: .stopped(.trap), info: info)
      return Reading(stopClass: evidence.stopClass)
    }
    if showsTraps {
      // With no signal on its way it is the kernel's notice.
      let isNotice = mayBeSyscallStop && traps.isEmpty && sentTraps.isEmpty
      return Reading(stopClass: isNotice ? syscallStop(seen) : .unknown)
    }
    // A task inside of a call runs no instruction of its own, and so no breakpoint, before its exit is reported.
    if mayBeSyscallStop, !isArmed || place == .insideCall {
      return Reading(stopClass: syscallStop(seen))
    }
    if lastResume?.request == .singleStep { return Reading(stopClass: .singleStep) }
    guard isArmed else { return Reading(stopClass: .unknown) }
    guard let armedAddress, let counter = seen.place else {
      return Reading(stopClass: .unknown, mayBeBreakpoint: true)
    }
    if counter == armedAddress { return Reading(stopClass: .breakpoint) }
    // At an entry the kernel has put ENOSYS where the result will be.
    if mayBeSyscallStop { return Reading(stopClass: syscallStop(seen)) }
    return Reading(stopClass: .signalDelivery)
  }

  private func syscallStop(_ seen: Sighting) -> StopClass {
    switch seen.syscall?.operation {
    case .entry, .seccomp: return .syscallEntry
    case .exit: return .syscallExit
    default: break
    }
    return switch place {
    case .unseen: .syscallStop
    case .outsideCall: .syscallEntry
    case .insideCall: .syscallExit
    }
  }
}
