/// What kind of ptrace-stop a stop was, in the words of ptrace(2).
package enum StopClass: Hashable, Sendable {
  /// SIGTRAP by an armed debug register: `TRAP_HWBKPT`.
  case breakpoint
  /// SIGTRAP by an int3 instruction.
  case softwareBreakpoint
  /// SIGTRAP by a single step: `TRAP_TRACE`, or the exit of a stepped system call.
  case singleStep
  /// Syscall-enter-stop.
  case syscallEntry
  /// Syscall-exit-stop.
  case syscallExit
  /// A syscall-stop that may be an entry or an exit.
  case syscallStop
  /// Signal-delivery-stop.
  case signalDelivery
  /// Group-stop.
  case groupStop
  /// `PTRACE_EVENT_STOP` with SIGTRAP: the answer to an interrupt, or the notice of a SIGCONT.
  case interrupt
  /// Another `PTRACE_EVENT_*` stop.
  case event(PtraceEvent)
  /// The class can't be known from what was seen.
  case unknown

  /// The number in the file; part of the schema, never reused.
  package var code: UInt8 {
    switch self {
    case .unknown: 0
    case .breakpoint: 1
    case .softwareBreakpoint: 2
    case .singleStep: 3
    case .syscallEntry: 4
    case .syscallExit: 5
    case .syscallStop: 6
    case .signalDelivery: 7
    case .groupStop: 8
    case .interrupt: 9
    case .event(let event): event.rawValue < 100 ? 100 + event.rawValue : 0
    }
  }

  /// Reads the number in a file; an unknown number is read as ``unknown``.
  package init(code: UInt8) {
    switch code {
    case 1: self = .breakpoint
    case 2: self = .softwareBreakpoint
    case 3: self = .singleStep
    case 4: self = .syscallEntry
    case 5: self = .syscallExit
    case 6: self = .syscallStop
    case 7: self = .signalDelivery
    case 8: self = .groupStop
    case 9: self = .interrupt
    case 101...199: self = .event(PtraceEvent(rawValue: code - 100))
    default: self = .unknown
    }
  }

  /// The word of ptrace(2).
  package var name: String {
    switch self {
    case .unknown: "unknown"
    case .breakpoint: "breakpoint"
    case .softwareBreakpoint: "int3"
    case .singleStep: "single-step"
    case .syscallEntry: "syscall-entry"
    case .syscallExit: "syscall-exit"
    case .syscallStop: "syscall-stop"
    case .signalDelivery: "signal-delivery"
    case .groupStop: "group-stop"
    case .interrupt: "interrupt-stop"
    case .event(let event): "event-\(event)"
    }
  }

  /// The classes that have a fixed number, for the enum table of the schema.
  package static let all: [StopClass] =
    [
      .unknown, .breakpoint, .softwareBreakpoint, .singleStep, .syscallEntry, .syscallExit,
      .syscallStop, .signalDelivery, .groupStop, .interrupt,
    ] + (1...7).map { StopClass.event(PtraceEvent(rawValue: $0)) }
}

/// Everything that was seen of a stop. Its class follows from that.
package struct StopEvidence: Sendable {
  /// The decoded status word.
  package var status: WaitStatus
  /// What `PTRACE_GETSIGINFO` said, if it was asked.
  package var info: SignalInfo?
  /// What `PTRACE_GET_SYSCALL_INFO` said, if it was asked.
  package var syscall: SyscallInfo.Operation?
  /// Whether the stop before this one, with only `PTRACE_SYSCALL` between, was a syscall-enter-stop.
  package var followsSyscallEntry: Bool
  /// Whether `PTRACE_GETSIGINFO` was refused with EINVAL: the stop is not a signal-delivery-stop.
  package var isInfoRefused = false
  /// The signal with which the task was resumed.
  package var injected: Signal?

  package init(
    status: WaitStatus, info: SignalInfo? = nil, syscall: SyscallInfo.Operation? = nil,
    followsSyscallEntry: Bool = false
  ) {
    self.status = status
    self.info = info
    self.syscall = syscall
    self.followsSyscallEntry = followsSyscallEntry
  }

  /// The class; pure and total.
  ///
  /// A SIGTRAP without a siginfo stays ``StopClass/unknown``: except for interrupts, only the
  /// siginfo tells a breakpoint from a signal that a user sent.
  package var stopClass: StopClass {
    switch status {
    case .syscallStop:
      switch syscall {
      case .entry: return .syscallEntry
      case .exit: return .syscallExit
      default: return followsSyscallEntry ? .syscallExit : .syscallStop
      }
    case .event(.stop, let signal):
      return signal.stopsTheGroup ? .groupStop : .interrupt
    case .event(let event, _):
      return .event(event)
    case .stopped(.trap):
      guard let info, info.code != .unknown else { return .unknown }
      switch info.code {
      // Without PTRACE_O_TRACESYSGOOD, the siginfo of a syscall-stop has the exit code as its
      // si_code.
      case SignalCode(rawValue: 5): return plainSyscallStop
      case .trapHardwareBreakpoint: return .breakpoint
      case .kernel: return .softwareBreakpoint
      case .trapTrace: return .singleStep
      // A stepped system call reports TRAP_BRKPT; a sender cannot choose a code above zero.
      case SignalCode(rawValue: 1): return .singleStep
      default: return .signalDelivery
      }
    case .stopped(let signal):
      // For a tracer that attached without SEIZE, a group-stop looks like the signal itself. It
      // comes after the tracer let that signal through.
      let isGroupStop = signal.stopsTheGroup && (isInfoRefused || injected == signal)
      return isGroupStop ? .groupStop : .signalDelivery
    case .exited, .killed, .continued, .unrecognized:
      return .unknown
    }
  }

  private var plainSyscallStop: StopClass {
    switch syscall {
    case .entry: .syscallEntry
    case .exit: .syscallExit
    default: followsSyscallEntry ? .syscallExit : .syscallStop
    }
  }
}
