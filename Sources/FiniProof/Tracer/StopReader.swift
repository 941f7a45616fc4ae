public import FiniModel

/// Tells the class of each stop of one tracee of a foreign tracer.
///
/// Such a tracer asks for less than the class needs, so it follows from what the tracer did before:
/// its options, the debug registers it wrote, how it let the tracee run. Both dialects come out right,
/// with `PTRACE_O_TRACESYSGOOD` and without; see ptrace(2), "Syscall-stops".
public struct StopReader: Sendable {
  /// What was seen of one stop.
  public struct Sighting: Sendable {
    /// The status word.
    public var status: UInt32
    /// What `PTRACE_GETSIGINFO` said, if the tracer asked.
    public var info: SignalInfo?
    /// The registers that the tracer read there, as far as they are known.
    public var registers: KnownRegisters?
    /// What `PTRACE_GET_SYSCALL_INFO` said, if the tracer asked.
    public var syscall: SyscallInfo?
    /// Where the tracee was, if somebody looked.
    public var programCounter: RemoteAddress?
    /// The system call that the tracee was in, if somebody looked.
    public var callNumber: UInt64?
    /// The signal sets of the tracee, if somebody looked.
    public var sets: SignalSets?

    /// Makes a sighting.
    public init(status: UInt32) { self.status = status }

    /// The call that was entered, by the best witness: the kernel, the registers, a look into /proc.
    var entered: CallNumber? {
      let abi = syscall?.abi ?? registers?[.cs].map { _ in registers?.registers.abi } ?? nil
      let number = syscall?.number ?? registers?[.origRAX] ?? callNumber
      return number.map { CallNumber($0, by: abi) }
    }
  }

  /// The class of a stop, and how sure it is.
  public struct Reading: Hashable, Sendable {
    /// The class; ``StopClass/unknown`` where several fit.
    public var stopClass: StopClass
    /// A SIGTRAP without a witness while a breakpoint is armed: what comes next will tell.
    public var mayBeBreakpoint = false
    /// The number of the system call, at a syscall-entry where it is known.
    public var syscall: CallNumber?
  }

  /// Whether DR7 enables DR0.
  public private(set) var isArmed = false
  /// The address in DR0, once it was written.
  public private(set) var armedAddress: RemoteAddress?
  /// Whether `PTRACE_O_TRACESYSGOOD` is set; `false` where that was not seen.
  private var marksSyscalls = false
  private var lastResume: PtraceRequest?
  private var isInsideCall = false

  /// Starts before the first request.
  public init() {}

  /// Takes a request that the kernel did not refuse.
  public mutating func observe(_ call: RequestCall) {
    guard call.error == nil else { return }
    switch call.debugRegisterWrite {
    case .address(0, let address): armedAddress = address
    case .control(let control): isArmed = control.isArmed
    case .address, .status, nil: break
    }
    if call.writesArmBreakpoints { isArmed.toggle() }
    // The first bit of PTRACE_SEIZE's options, of PTRACE_SETOPTIONS and of the old number of that.
    if call.request == .seize || call.request.kind == .options {
      marksSyscalls = call.data & 1 != 0
    }
    guard call.request.resumes else { return }
    lastResume = call.request
    // Let run otherwise, the exit of the call that it is in is not reported.
    if call.request != .syscall { isInsideCall = false }
  }

  /// Reads a stop; the next one is read on from there.
  public mutating func read(_ seen: Sighting) -> Reading {
    var reading = classify(seen)
    switch reading.stopClass {
    case .syscallEntry:
      isInsideCall = true
      reading.syscall = seen.entered
    case .syscallExit, .signalDelivery, .groupStop, .breakpoint, .softwareBreakpoint, .singleStep:
      isInsideCall = false
    case .syscallStop, .interrupt, .event, .unknown:
      break
    }
    return reading
  }

  private func classify(_ seen: Sighting) -> Reading {
    switch WaitStatus(rawValue: seen.status) {
    case .syscallStop:
      return Reading(stopClass: syscallStop(seen))
    case .stopped(.trap):
      return trap(seen)
    default:
      let evidence = StopEvidence(
        status: WaitStatus(rawValue: seen.status), info: seen.info,
        syscall: seen.syscall?.operation, followsSyscallEntry: isInsideCall)
      return Reading(stopClass: evidence.stopClass)
    }
  }

  private func trap(_ seen: Sighting) -> Reading {
    if let info = seen.info {
      // SIGTRAP itself, or with the 0x80 bit: what a syscall-stop has for a siginfo.
      if info.code.rawValue == 5 || info.code.rawValue == 0x85 {
        return Reading(stopClass: syscallStop(seen))
      }
      let evidence = StopEvidence(status: .stopped(.trap), info: info)
      return Reading(stopClass: evidence.stopClass)
    }
    switch lastResume {
    case .syscall where !isArmed && !marksSyscalls:
      return Reading(stopClass: syscallStop(seen))
    case .singleStep:
      return Reading(stopClass: .singleStep)
    default:
      break
    }
    guard isArmed else { return Reading(stopClass: .unknown) }
    guard let armedAddress, let counter = seen.programCounter ?? seen.registers?.programCounter
    else {
      return Reading(stopClass: .unknown, mayBeBreakpoint: true)
    }
    if counter == armedAddress { return Reading(stopClass: .breakpoint) }
    // At an entry the kernel has put ENOSYS where the result will be.
    if lastResume == .syscall, !marksSyscalls { return Reading(stopClass: syscallStop(seen)) }
    return Reading(stopClass: .signalDelivery)
  }

  private func syscallStop(_ seen: Sighting) -> StopClass {
    switch seen.syscall?.operation {
    case .entry, .seccomp: return .syscallEntry
    case .exit: return .syscallExit
    default: return isInsideCall ? .syscallExit : .syscallEntry
    }
  }
}
