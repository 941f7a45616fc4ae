/// The kind of an event, in the words of ptrace(2); the numbers are part of the schema.
package enum EventKind: UInt8, CaseIterable, Hashable, Sendable {
  // Requests. Each is a call of ptrace(2) as it was made. `result` says whether the kernel accepted
  // it; a failed request changed nothing.

  /// `PTRACE_SEIZE`: the caller becomes the tracer. This does not stop the task.
  case seize = 1
  /// `PTRACE_ATTACH`: the same, and the kernel sends the task a SIGSTOP. The stop comes later, and
  /// a stop by another signal may come first.
  case attach = 2
  /// `PTRACE_TRACEME`: the task makes its parent its tracer. The parent is not told.
  case traceMe = 3
  /// `PTRACE_INTERRUPT`: asks for a stop. The task may run on for a while, and the next stop need
  /// not be the answer.
  case interrupt = 4
  /// A word of the task's memory or of `struct user` was written; a debug register is such a word.
  /// Only DR7 says whether a breakpoint is armed.
  case poke = 5
  /// A word was read. It says nothing about any other moment.
  case peek = 6
  /// Registers were read: the general ones, or the extended state, of which a digest is kept.
  case registersRead = 7
  /// Registers were written. The task has them when it runs. Whether they are its own or lent
  /// follows from what was read before.
  case registersWritten = 8
  /// The mask of blocked signals was read.
  case signalMaskRead = 9
  /// The mask was set. rt_sigreturn sets it too, but is not a request.
  case signalMaskSet = 10
  /// `PTRACE_CONT`: lets the stopped task run. `data` has the signal to deliver. If it is 0, the
  /// signal of that stop is dropped, unless it is sent again.
  case cont = 11
  /// `PTRACE_SYSCALL`: the same until the next entry or exit of a system call, or any other stop.
  case syscall = 12
  /// `PTRACE_SINGLESTEP`: the same for one instruction.
  case step = 13
  /// `PTRACE_LISTEN`: leaves a task in group-stop stopped. SIGCONT can then continue it.
  case listen = 14
  /// `PTRACE_DETACH`: lets go of a stopped task. What the tracer wrote stays: registers, memory,
  /// debug registers.
  case detach = 15
  /// `PTRACE_KILL`: as if SIGKILL were sent to a stopped task. It returns 0 even if it had no
  /// effect.
  case kill = 16
  /// `PTRACE_GETSIGINFO`: the siginfo of this stop's signal. EINVAL says that the stop is no
  /// signal-delivery-stop.
  case signalInfoRead = 17
  /// `PTRACE_SETSIGINFO`: replaces the siginfo of the signal to deliver.
  case signalInfoWritten = 18
  /// `PTRACE_PEEKSIGINFO`: reads signals in a queue; they stay there.
  case signalQueueRead = 19
  /// `PTRACE_SETOPTIONS`. Options given with `PTRACE_SEIZE` are in the event of that request.
  case options = 20
  /// `PTRACE_GETEVENTMSG`: the number that belongs to an event stop, for example the new child's.
  case eventMessage = 21
  /// `PTRACE_GET_SYSCALL_INFO`: the kernel says whether a stop is an entry or an exit, and of which
  /// call.
  case syscallInfo = 22
  /// A request without a kind of its own; `request` has its number.
  case request = 23

  // Everything that is not a request.

  /// A wait4 or waitid call with its duration. What it reported is an event of its own. A wait that
  /// was interrupted or found nothing reported nothing.
  case wait = 30
  /// The stop that a wait reported, with its class. The class follows from what was seen; it is
  /// `unknown` if several classes fit. The task may have been stopped long before.
  case stop = 31
  /// Something that happened to a signal: sent, queued, delivered, held, discarded. One event is
  /// one step. If a later step has no event, it may still have happened.
  case signal = 32
  /// The task called exit. Its process continues if it has other threads.
  case exit = 33
  /// A signal ended the task. A `signal` event says who sent it, if that was seen.
  case killed = 34
  /// A command to the parasite, or its answer. Only fini-trace's own engine reports these.
  case rpc = 35
  /// A line of a tracer's own log: what the tracer says that it did or found. It need not be what
  /// happened.
  case log = 36
  /// A line that was not understood. It is kept, and may be of any kind.
  case unparsed = 37
  /// A phase begins with the next event of the task.
  case phase = 38
  /// The task's state read from outside, in /proc, after a stop was missed. The task was not
  /// stopped for it.
  case snapshot = 39
  /// A wait ended at its deadline, or its end was never seen. It does not say what the task did
  /// later.
  case missed = 40
  /// Another strategy than the one asked for was taken, with the reason.
  case fallback = 41
  /// One thing that the cure put back: attempted, read back, compared. `result` and `differing`
  /// have the outcome.
  case putBack = 42
  /// Events were lost here; they are counted. Which events, and whether they were the task's, is
  /// unknown.
  case gap = 43
  /// The task was stopped in a restartable sequence, and continues at its abort handler.
  case sequenceAbort = 44
  /// The task entered or left its own rt_sigreturn, seen in the kernel. Its tracer may not have
  /// stopped it there.
  case sigreturn = 45
  /// Memory of the task was read or written without ptrace: through /proc/PID/mem, or by process_vm_writev. Of a long
  /// one the beginning is told, in pieces of 8 bytes.
  case memory = 46

  /// The name in files, filters and reports.
  package var name: String {
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
    case .memory: "memory"
    }
  }

  /// Finds a kind by its ``name``.
  package init?(name: String) {
    guard let kind = EventKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  /// Whether the event is a ptrace call.
  package var isRequest: Bool { rawValue < EventKind.wait.rawValue }

  /// Whether it is a line of an imported log, of which the text is kept.
  package var isLine: Bool { self == .log || self == .unparsed }

  /// Whether the event is a system call that the tracer made on a tracee: ptrace or wait.
  package var isCall: Bool { rawValue <= EventKind.wait.rawValue }
}

/// What reported an event.
package enum Source: UInt8, CaseIterable, Hashable, Sendable {
  /// fini-trace's own cure.
  case engine = 1
  /// Tracepoints in the kernel.
  case bpf = 2
  /// fini-trace as the tracer of another tracer.
  case ptraceObserver = 3
  /// A log that strace(1) wrote of a tracer.
  case strace = 4
  /// A log that CRIU wrote of itself.
  case criuLog = 5
  /// Lines of `perf trace` or `perf script`.
  case perf = 6
  /// Lines of the kernel's trace file.
  case ftrace = 7

  /// What a source can show of a cure. Without an event from it, anything that it can't show may
  /// still have happened.
  package struct Capabilities: OptionSet, Hashable, Sendable {
    /// The bits.
    package var rawValue: UInt8
    /// Wraps bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The tracer's commands to its parasite, and the answers: only fini-trace's own engine reports
    /// them.
    package static let tellsCommands = Capabilities(rawValue: 1)
    /// Requests, waits and stops; a tracer's own log has only few of them.
    package static let showsStops = Capabilities(rawValue: 2)
    /// Signals at the moment they are sent, including the processor's traps.
    package static let showsTraps = Capabilities(rawValue: 4)
    /// The task's own rt_sigreturn, with its registers, under any tracer.
    package static let showsOwnSigreturn = Capabilities(rawValue: 8)
    /// The signals in a stopped task's queues.
    package static let showsQueues = Capabilities(rawValue: 16)
  }

  /// What the source can show.
  package var capabilities: Capabilities {
    switch self {
    case .engine: [.tellsCommands, .showsStops, .showsQueues]
    case .bpf: [.showsStops, .showsTraps, .showsOwnSigreturn]
    case .ptraceObserver: [.showsStops, .showsQueues]
    case .strace, .perf, .ftrace: [.showsStops]
    case .criuLog: []
    }
  }

  /// Whether a run of this source was recorded to watch one task that the user chose.
  package var watchesOneTask: Bool { self == .bpf || self == .ptraceObserver }

  /// What a run of this source can't show, if that must be said with it.
  package var unseen: String? {
    guard self == .ptraceObserver else { return nil }
    return "who sent a signal and when, the task's own rt_sigreturn, what the tracer's children do"
  }

  /// The name in files and reports.
  package var name: String {
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
