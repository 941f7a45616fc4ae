/// The first argument of ptrace(2).
public struct PtraceRequest: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number.
  public var rawValue: Int64

  /// Wraps a number, known or not.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// `PTRACE_PEEKDATA`.
  public static let peekData = PtraceRequest(rawValue: 2)
  /// `PTRACE_PEEKUSER`.
  public static let peekUser = PtraceRequest(rawValue: 3)
  /// `PTRACE_POKEDATA`.
  public static let pokeData = PtraceRequest(rawValue: 5)
  /// `PTRACE_POKEUSER`.
  public static let pokeUser = PtraceRequest(rawValue: 6)
  /// `PTRACE_CONT`.
  public static let cont = PtraceRequest(rawValue: 7)
  /// `PTRACE_SINGLESTEP`.
  public static let singleStep = PtraceRequest(rawValue: 9)
  /// `PTRACE_GETREGS`.
  public static let getRegisters = PtraceRequest(rawValue: 12)
  /// `PTRACE_SETREGS`.
  public static let setRegisters = PtraceRequest(rawValue: 13)
  /// `PTRACE_GETFPREGS`.
  public static let getFloatingPoint = PtraceRequest(rawValue: 14)
  /// `PTRACE_SETFPREGS`.
  public static let setFloatingPoint = PtraceRequest(rawValue: 15)
  /// `PTRACE_DETACH`.
  public static let detach = PtraceRequest(rawValue: 17)
  /// `PTRACE_SYSCALL`.
  public static let syscall = PtraceRequest(rawValue: 24)
  /// `PTRACE_SETOPTIONS`.
  public static let setOptions = PtraceRequest(rawValue: 0x4200)
  /// `PTRACE_GETEVENTMSG`.
  public static let getEventMessage = PtraceRequest(rawValue: 0x4201)
  /// `PTRACE_GETSIGINFO`.
  public static let getSignalInfo = PtraceRequest(rawValue: 0x4202)
  /// `PTRACE_SETSIGINFO`.
  public static let setSignalInfo = PtraceRequest(rawValue: 0x4203)
  /// `PTRACE_GETREGSET`.
  public static let getRegisterSet = PtraceRequest(rawValue: 0x4204)
  /// `PTRACE_SETREGSET`.
  public static let setRegisterSet = PtraceRequest(rawValue: 0x4205)
  /// `PTRACE_SEIZE`.
  public static let seize = PtraceRequest(rawValue: 0x4206)
  /// `PTRACE_INTERRUPT`.
  public static let interrupt = PtraceRequest(rawValue: 0x4207)
  /// `PTRACE_LISTEN`.
  public static let listen = PtraceRequest(rawValue: 0x4208)
  /// `PTRACE_PEEKSIGINFO`.
  public static let peekSignalInfo = PtraceRequest(rawValue: 0x4209)
  /// `PTRACE_GETSIGMASK`.
  public static let getSignalMask = PtraceRequest(rawValue: 0x420a)
  /// `PTRACE_SETSIGMASK`.
  public static let setSignalMask = PtraceRequest(rawValue: 0x420b)
  /// `PTRACE_GET_SYSCALL_INFO`.
  public static let getSyscallInfo = PtraceRequest(rawValue: 0x420e)
  /// `PTRACE_GET_RSEQ_CONFIGURATION`.
  public static let getSequenceArea = PtraceRequest(rawValue: 0x420f)
  /// `PTRACE_SECCOMP_GET_FILTER`.
  public static let getFilter = PtraceRequest(rawValue: 0x420c)
  /// `PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG`.
  public static let setDispatch = PtraceRequest(rawValue: 0x4210)
  /// `PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG`.
  public static let getDispatch = PtraceRequest(rawValue: 0x4211)

  /// Whether the request lets a stopped task run on.
  public var resumes: Bool {
    switch self {
    case .cont, .singleStep, .syscall, .detach, .listen: true
    default: rawValue == 8 || (31...33).contains(rawValue)
    }
  }

  /// The kind that an event of this request has.
  public var kind: EventKind {
    switch rawValue {
    case 0: .traceMe
    case 1, 2, 3: .peek
    case 4, 5, 6: .poke
    case 7: .cont
    case 8: .kill
    case 9: .step
    case 12, 14, 18, 0x4204: .registersRead
    case 13, 15, 19, 0x4205: .registersWritten
    case 16: .attach
    case 17: .detach
    case 24: .syscall
    case 21, 0x4200: .options
    case 0x4201: .eventMessage
    case 0x4202: .signalInfoRead
    case 0x4203: .signalInfoWritten
    case 0x4206: .seize
    case 0x4207: .interrupt
    case 0x4208: .listen
    case 0x4209: .signalQueueRead
    case 0x420a: .signalMaskRead
    case 0x420b: .signalMaskSet
    case 0x420e: .syscallInfo
    default: .request
    }
  }

  /// The C name, such as `PTRACE_CONT`, or `PTRACE_0x4299` for a number without one here.
  public var description: String {
    for (number, name) in PtraceRequest.names where number == rawValue { return name }
    return "PTRACE_0x" + String(UInt64(bitPattern: rawValue), radix: 16)
  }

  /// The names that this tool knows, from linux/ptrace.h and asm/ptrace-abi.h (x86).
  public static let names: [(Int64, String)] = [
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
