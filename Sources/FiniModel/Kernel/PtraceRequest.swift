/// The first argument of ptrace(2).
///
/// Other modules compare requests and tasks for each line of a trace: what that needs is inlined there.
@usableFromInline
package struct PtraceRequest: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number.
  @usableFromInline package var rawValue: Int64

  /// Wraps a number, known or not.
  @inlinable
  package init(rawValue: Int64) { self.rawValue = rawValue }

  @inlinable
  package static func == (left: PtraceRequest, right: PtraceRequest) -> Bool {
    left.rawValue == right.rawValue
  }

  /// `PTRACE_TRACEME`.
  package static let traceMe = PtraceRequest(rawValue: 0)
  /// `PTRACE_PEEKTEXT`.
  package static let peekText = PtraceRequest(rawValue: 1)
  /// `PTRACE_PEEKDATA`.
  package static let peekData = PtraceRequest(rawValue: 2)
  /// `PTRACE_PEEKUSER`.
  package static let peekUser = PtraceRequest(rawValue: 3)
  /// `PTRACE_POKETEXT`.
  package static let pokeText = PtraceRequest(rawValue: 4)
  /// `PTRACE_POKEDATA`.
  package static let pokeData = PtraceRequest(rawValue: 5)
  /// `PTRACE_POKEUSER`.
  package static let pokeUser = PtraceRequest(rawValue: 6)
  /// `PTRACE_CONT`.
  package static let cont = PtraceRequest(rawValue: 7)
  /// `PTRACE_KILL`.
  package static let kill = PtraceRequest(rawValue: 8)
  /// `PTRACE_SINGLESTEP`.
  package static let singleStep = PtraceRequest(rawValue: 9)
  /// `PTRACE_GETREGS`.
  package static let getRegisters = PtraceRequest(rawValue: 12)
  /// `PTRACE_SETREGS`.
  package static let setRegisters = PtraceRequest(rawValue: 13)
  /// `PTRACE_GETFPREGS`.
  package static let getFloatingPoint = PtraceRequest(rawValue: 14)
  /// `PTRACE_SETFPREGS`.
  package static let setFloatingPoint = PtraceRequest(rawValue: 15)
  /// `PTRACE_ATTACH`.
  package static let attach = PtraceRequest(rawValue: 16)
  /// `PTRACE_DETACH`.
  package static let detach = PtraceRequest(rawValue: 17)
  /// `PTRACE_GETFPXREGS`.
  package static let getExtendedFloatingPoint = PtraceRequest(rawValue: 18)
  /// `PTRACE_SETFPXREGS`.
  package static let setExtendedFloatingPoint = PtraceRequest(rawValue: 19)
  /// `PTRACE_OLDSETOPTIONS`.
  package static let setOldOptions = PtraceRequest(rawValue: 21)
  /// `PTRACE_SYSCALL`.
  package static let syscall = PtraceRequest(rawValue: 24)
  /// `PTRACE_GET_THREAD_AREA`.
  package static let getThreadArea = PtraceRequest(rawValue: 25)
  /// `PTRACE_SET_THREAD_AREA`.
  package static let setThreadArea = PtraceRequest(rawValue: 26)
  /// `PTRACE_ARCH_PRCTL`.
  package static let archPrctl = PtraceRequest(rawValue: 30)
  /// `PTRACE_SYSEMU`.
  package static let emulate = PtraceRequest(rawValue: 31)
  /// `PTRACE_SYSEMU_SINGLESTEP`.
  package static let emulateStep = PtraceRequest(rawValue: 32)
  /// `PTRACE_SINGLEBLOCK`.
  package static let singleBlock = PtraceRequest(rawValue: 33)
  /// `PTRACE_SETOPTIONS`.
  package static let setOptions = PtraceRequest(rawValue: 0x4200)
  /// `PTRACE_GETEVENTMSG`.
  package static let getEventMessage = PtraceRequest(rawValue: 0x4201)
  /// `PTRACE_GETSIGINFO`.
  package static let getSignalInfo = PtraceRequest(rawValue: 0x4202)
  /// `PTRACE_SETSIGINFO`.
  package static let setSignalInfo = PtraceRequest(rawValue: 0x4203)
  /// `PTRACE_GETREGSET`.
  package static let getRegisterSet = PtraceRequest(rawValue: 0x4204)
  /// `PTRACE_SETREGSET`.
  package static let setRegisterSet = PtraceRequest(rawValue: 0x4205)
  /// `PTRACE_SEIZE`.
  package static let seize = PtraceRequest(rawValue: 0x4206)
  /// `PTRACE_INTERRUPT`.
  package static let interrupt = PtraceRequest(rawValue: 0x4207)
  /// `PTRACE_LISTEN`.
  package static let listen = PtraceRequest(rawValue: 0x4208)
  /// `PTRACE_PEEKSIGINFO`.
  package static let peekSignalInfo = PtraceRequest(rawValue: 0x4209)
  /// `PTRACE_GETSIGMASK`.
  package static let getSignalMask = PtraceRequest(rawValue: 0x420a)
  /// `PTRACE_SETSIGMASK`.
  package static let setSignalMask = PtraceRequest(rawValue: 0x420b)
  /// `PTRACE_SECCOMP_GET_FILTER`.
  package static let getFilter = PtraceRequest(rawValue: 0x420c)
  /// `PTRACE_SECCOMP_GET_METADATA`.
  package static let getFilterMetadata = PtraceRequest(rawValue: 0x420d)
  /// `PTRACE_GET_SYSCALL_INFO`.
  package static let getSyscallInfo = PtraceRequest(rawValue: 0x420e)
  /// `PTRACE_GET_RSEQ_CONFIGURATION`.
  package static let getSequenceArea = PtraceRequest(rawValue: 0x420f)
  /// `PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG`.
  package static let setDispatch = PtraceRequest(rawValue: 0x4210)
  /// `PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG`.
  package static let getDispatch = PtraceRequest(rawValue: 0x4211)
  /// `PTRACE_SET_SYSCALL_INFO`.
  package static let setSyscallInfo = PtraceRequest(rawValue: 0x4212)

  /// The kind that an event of this request has.
  package var kind: EventKind {
    switch self {
    case .traceMe: .traceMe
    case .peekText, .peekData, .peekUser: .peek
    case .pokeText, .pokeData, .pokeUser: .poke
    case .cont: .cont
    case .kill: .kill
    case .singleStep: .step
    case .getRegisters, .getFloatingPoint, .getExtendedFloatingPoint, .getRegisterSet:
      .registersRead
    case .setRegisters, .setFloatingPoint, .setExtendedFloatingPoint, .setRegisterSet:
      .registersWritten
    case .attach: .attach
    case .detach: .detach
    case .syscall: .syscall
    case .setOldOptions, .setOptions: .options
    case .getEventMessage: .eventMessage
    case .getSignalInfo: .signalInfoRead
    case .setSignalInfo: .signalInfoWritten
    case .seize: .seize
    case .interrupt: .interrupt
    case .listen: .listen
    case .peekSignalInfo: .signalQueueRead
    case .getSignalMask: .signalMaskRead
    case .setSignalMask: .signalMaskSet
    case .getSyscallInfo: .syscallInfo
    default: .request
    }
  }

  /// The C name, such as `PTRACE_CONT`, or `PTRACE_0x4299` for a number without a name here.
  @usableFromInline package var description: String {
    for (number, name) in PtraceRequest.names where number == rawValue { return name }
    return "PTRACE_0x" + String(UInt64(bitPattern: rawValue), radix: 16)
  }

  /// The names that fini-trace knows, from linux/ptrace.h and asm/ptrace-abi.h (x86).
  package static let names: [(Int64, String)] = [
    (0, "PTRACE_TRACEME"), (1, "PTRACE_PEEKTEXT"), (2, "PTRACE_PEEKDATA"), (3, "PTRACE_PEEKUSER"),
    (4, "PTRACE_POKETEXT"), (5, "PTRACE_POKEDATA"), (6, "PTRACE_POKEUSER"), (7, "PTRACE_CONT"),
    (8, "PTRACE_KILL"), (9, "PTRACE_SINGLESTEP"), (12, "PTRACE_GETREGS"), (13, "PTRACE_SETREGS"),
    (14, "PTRACE_GETFPREGS"), (15, "PTRACE_SETFPREGS"), (16, "PTRACE_ATTACH"),
    (17, "PTRACE_DETACH"), (18, "PTRACE_GETFPXREGS"), (19, "PTRACE_SETFPXREGS"),
    (21, "PTRACE_OLDSETOPTIONS"), (24, "PTRACE_SYSCALL"), (25, "PTRACE_GET_THREAD_AREA"),
    (26, "PTRACE_SET_THREAD_AREA"), (30, "PTRACE_ARCH_PRCTL"), (31, "PTRACE_SYSEMU"),
    (32, "PTRACE_SYSEMU_SINGLESTEP"), (33, "PTRACE_SINGLEBLOCK"), (0x4200, "PTRACE_SETOPTIONS"),
    (0x4201, "PTRACE_GETEVENTMSG"), (0x4202, "PTRACE_GETSIGINFO"), (0x4203, "PTRACE_SETSIGINFO"),
    (0x4204, "PTRACE_GETREGSET"), (0x4205, "PTRACE_SETREGSET"), (0x4206, "PTRACE_SEIZE"),
    (0x4207, "PTRACE_INTERRUPT"), (0x4208, "PTRACE_LISTEN"), (0x4209, "PTRACE_PEEKSIGINFO"),
    (0x420a, "PTRACE_GETSIGMASK"), (0x420b, "PTRACE_SETSIGMASK"),
    (0x420c, "PTRACE_SECCOMP_GET_FILTER"), (0x420d, "PTRACE_SECCOMP_GET_METADATA"),
    (0x420e, "PTRACE_GET_SYSCALL_INFO"), (0x420f, "PTRACE_GET_RSEQ_CONFIGURATION"),
    (0x4210, "PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG"),
    (0x4211, "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG"), (0x4212, "PTRACE_SET_SYSCALL_INFO"),
  ]
}
