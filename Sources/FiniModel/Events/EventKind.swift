/// The kind of an event, in the words of ptrace(2); the numbers are part of the schema.
public enum EventKind: UInt8, CaseIterable, Hashable, Sendable {
  // Requests.
  case seize = 1
  case attach = 2
  case traceMe = 3
  case interrupt = 4
  case poke = 5
  case peek = 6
  case registersRead = 7
  case registersWritten = 8
  case signalMaskRead = 9
  case signalMaskSet = 10
  case cont = 11
  case syscall = 12
  case step = 13
  case listen = 14
  case detach = 15
  case kill = 16
  case signalInfoRead = 17
  case signalInfoWritten = 18
  case signalQueueRead = 19
  case options = 20
  case eventMessage = 21
  case syscallInfo = 22
  /// A request that has no kind of its own.
  case request = 23
  // What is not a request.
  /// A wait4 or waitid call and its duration.
  case wait = 30
  /// What kind of stop a wait reported.
  case stop = 31
  /// Something that happened to a signal.
  case signal = 32
  /// The task called exit.
  case exit = 33
  /// A signal ended the task.
  case killed = 34
  /// A command to the parasite, or its answer.
  case rpc = 35
  /// A line of a log that says what its program did or found.
  case log = 36
  /// A line that was not understood.
  case unparsed = 37
  /// A phase began.
  case phase = 38
  /// A look at the task from outside after something was missed.
  case snapshot = 39
  /// A wait ended at its deadline with nothing to report.
  case missed = 40
  /// Another strategy was taken than the one asked for.
  case fallback = 41
  /// One thing that was put back, or could not be.
  case putBack = 42
  /// Events were lost.
  case gap = 43
  /// The task was in a restartable sequence, and goes on at its abort handler.
  case sequenceAbort = 44

  /// The tracee entered or left rt_sigreturn.
  case sigreturn = 45

  /// The name in files, filters and reports.
  public var name: String {
    switch self {
    case .seize: "seize"
    case .attach: "attach"
    case .traceMe: "traceme"
    case .interrupt: "interrupt"
    case .poke: "poke"
    case .peek: "peek"
    case .registersRead: "registers-read"
    case .registersWritten: "registers-written"
    case .signalMaskRead: "sigmask-read"
    case .signalMaskSet: "sigmask-set"
    case .cont: "cont"
    case .syscall: "syscall"
    case .step: "step"
    case .listen: "listen"
    case .detach: "detach"
    case .kill: "kill"
    case .signalInfoRead: "siginfo-read"
    case .signalInfoWritten: "siginfo-written"
    case .signalQueueRead: "sigqueue-read"
    case .options: "options"
    case .eventMessage: "event-message"
    case .syscallInfo: "syscall-info"
    case .request: "request"
    case .wait: "wait"
    case .stop: "stop"
    case .signal: "signal"
    case .exit: "exit"
    case .killed: "killed"
    case .rpc: "rpc"
    case .log: "log"
    case .unparsed: "unparsed"
    case .phase: "phase"
    case .snapshot: "snapshot"
    case .missed: "missed"
    case .fallback: "fallback"
    case .putBack: "put-back"
    case .gap: "gap"
    case .sequenceAbort: "rseq-abort"
    case .sigreturn: "sigreturn"
    }
  }

  /// Finds a kind by its ``name``.
  public init?(name: String) {
    guard let kind = EventKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  /// Whether the event is a ptrace call.
  public var isRequest: Bool { rawValue < EventKind.wait.rawValue }

  /// Whether the event is a system call that the tracer made on a tracee: ptrace or wait.
  public var isCall: Bool { rawValue <= EventKind.wait.rawValue }
}

/// Who reported an event.
public enum Source: UInt8, CaseIterable, Hashable, Sendable {
  /// Our own cure.
  case engine = 1
  /// Tracepoints in the kernel.
  case bpf = 2
  /// Our own tracing of another tracer.
  case ptraceObserver = 3
  /// A log that strace(1) wrote of a tracer.
  case strace = 4
  /// A log that CRIU wrote of itself.
  case criuLog = 5
  /// Lines of `perf trace` or `perf script`.
  case perf = 6
  /// Lines of the kernel's trace file.
  case ftrace = 7

  /// What a source can show of a cure; what it can't, no event of it denies.
  public struct Capabilities: OptionSet, Hashable, Sendable {
    /// The bits.
    public var rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The tracer's commands to its parasite, and the answers: only our own engine tells them.
    public static let tellsCommands = Capabilities(rawValue: 1)
    /// Requests, waits and stops; a tracer's own log has few of them.
    public static let showsStops = Capabilities(rawValue: 2)
    /// Signals when they are sent, traps of the processor among them.
    public static let showsTraps = Capabilities(rawValue: 4)
    /// The task's own rt_sigreturn, with its registers, whoever traces it.
    public static let showsOwnSigreturn = Capabilities(rawValue: 8)
    /// The signals in a stopped task's queues.
    public static let showsQueues = Capabilities(rawValue: 16)
  }

  /// What the source can show.
  public var capabilities: Capabilities {
    switch self {
    case .engine: [.tellsCommands, .showsStops, .showsQueues]
    case .bpf: [.showsStops, .showsTraps, .showsOwnSigreturn]
    case .ptraceObserver: [.showsStops, .showsQueues]
    case .strace, .perf, .ftrace: [.showsStops]
    case .criuLog: []
    }
  }

  /// Whether a run of this source was recorded to watch one task of the user's choice.
  public var watchesOneTask: Bool { self == .bpf || self == .ptraceObserver }

  /// What a run of this source can't show, where that is to be said with it.
  public var unseen: String? {
    guard self == .ptraceObserver else { return nil }
    return "who sent a signal and when, the task's own rt_sigreturn, what the tracer's children do"
  }

  /// The name in files and reports.
  public var name: String {
    switch self {
    case .engine: "engine"
    case .bpf: "bpf"
    case .ptraceObserver: "ptrace-observer"
    case .strace: "strace"
    case .criuLog: "criu-log"
    case .perf: "perf"
    case .ftrace: "ftrace"
    }
  }
}
