/// One thing that happened between a tracer and a tracee.
public struct Event: Hashable, Sendable {
  /// Place in its run, from 1, without holes.
  public var sequence: UInt32
  /// Who reported it.
  public var source: Source
  /// When the call was entered, or when the thing happened, in monotonic nanoseconds.
  public var entered: Instant
  /// When the call returned; the same as ``entered`` for what takes no time.
  public var left: Instant
  /// The task that traces.
  public var tracer: TaskID
  /// The task that is traced.
  public var tracee: TaskID
  /// What happened.
  public var payload: Payload

  /// Makes an event.
  public init(
    sequence: UInt32, source: Source = .engine, entered: Instant, left: Instant, tracer: TaskID,
    tracee: TaskID, payload: Payload
  ) {
    self.sequence = sequence
    self.source = source
    self.entered = entered
    self.left = left
    self.tracer = tracer
    self.tracee = tracee
    self.payload = payload
  }

  /// What happened, with the data that only this kind of event has.
  public enum Payload: Hashable, Sendable {
    /// A ptrace call.
    case request(RequestCall)
    /// A wait4 or waitid call.
    case wait(WaitCall)
    /// The stop that a wait reported, classified. It does not repeat the call.
    case stop(StopRecord)
    /// Something that happened to a signal of the tracee.
    case signal(SignalRecord)
    /// The tracee ended.
    case ended(Ending)
    /// A command to the parasite, or its answer.
    case rpc(RPCRecord)
    /// A phase of the cure begins; the event after this one is its first.
    case phase(Phase)
    /// A look at the tracee, taken because a stop was missed.
    case snapshot(Snapshot)
    /// A wait that ended at its deadline; no statement about what the tracee does now.
    case missed(Missed)
    /// Another strategy was taken than the one asked for.
    case fallback(Fallback)
    /// One put-back of the cure, attempted and checked.
    case putBack(PutBack)
    /// Events that were lost before this one.
    case gap(lost: UInt64)
  }

  /// The kind.
  public var kind: EventKind {
    switch payload {
    case .request(let call): call.request.kind
    case .wait: .wait
    case .stop: .stop
    case .signal: .signal
    case .ended(.exited): .exit
    case .ended(.killed): .killed
    case .rpc: .rpc
    case .phase: .phase
    case .snapshot: .snapshot
    case .missed: .missed
    case .fallback: .fallback
    case .putBack: .putBack
    case .gap: .gap
    }
  }

  /// How long the call took, in nanoseconds.
  public var duration: Int64 { left - entered }
}

/// A ptrace call: what was asked, what was answered.
public struct RequestCall: Hashable, Sendable {
  /// The request.
  public var request: PtraceRequest
  /// The third argument, raw.
  public var address: UInt64
  /// The fourth argument, raw; for a peek, the word that was read.
  public var data: UInt64
  /// The kernel's result: zero or more, or a negated error number.
  public var result: Int64
  /// What was decoded from the memory that the call read or wrote.
  public var detail: Detail

  /// Makes a call.
  public init(
    request: PtraceRequest, address: UInt64 = 0, data: UInt64 = 0, result: Int64 = 0,
    detail: Detail = .none
  ) {
    self.request = request
    self.address = address
    self.data = data
    self.result = result
    self.detail = detail
  }

  /// The memory behind a request's pointer.
  public enum Detail: Hashable, Sendable {
    /// Nothing, or nothing that was seen.
    case none
    /// General registers.
    case registers(Registers)
    /// The extended state (`NT_X86_XSTATE`): its size in bytes and a 64-bit digest of its bytes.
    case extendedState(byteCount: UInt64, digest: UInt64)
    /// A signal mask.
    case signalSet(SignalSet)
    /// A siginfo.
    case signalInfo(SignalInfo)
    /// The kernel's own word on a syscall-stop.
    case syscall(SyscallInfo)
  }

  /// The error, if the call failed.
  public var error: Errno? { Errno(result: result) }

  /// The debug register that a `POKEUSER` wrote and the word it got, if it is such a call.
  public var debugRegisterWrite: (number: Int, value: UInt64)? {
    guard request == .pokeUser, let number = DebugRegister.number(at: address) else { return nil }
    return (number, data)
  }
}

/// A wait4 or waitid call.
public struct WaitCall: Hashable, Sendable {
  /// The task waited for, or -1 for any.
  public var target: TaskID
  /// The options, raw.
  public var options: UInt32
  /// The task that was reported, zero for none, or a negated error number.
  public var result: Int64
  /// The status word, if a task was reported.
  public var status: UInt32?

  /// Makes a call.
  public init(target: TaskID, options: UInt32, result: Int64, status: UInt32? = nil) {
    self.target = target
    self.options = options
    self.result = result
    self.status = status
  }

  /// The error, if the call failed.
  public var error: Errno? { Errno(result: result) }
}

/// A stop of the tracee with all that was seen of it.
public struct StopRecord: Hashable, Sendable {
  /// The status word.
  public var status: UInt32
  /// The class that follows from the evidence.
  public var stopClass: StopClass
  /// The siginfo, if it was asked for.
  public var info: SignalInfo?
  /// The program counter, if it was seen.
  public var programCounter: RemoteAddress?
  /// The system call's number, at a syscall-entry.
  public var syscall: UInt64?
  /// The signal sets of the task, if they were read.
  public var sets: SignalSets?

  /// Makes a record.
  public init(
    status: UInt32, stopClass: StopClass, info: SignalInfo? = nil,
    programCounter: RemoteAddress? = nil, syscall: UInt64? = nil, sets: SignalSets? = nil
  ) {
    self.status = status
    self.stopClass = stopClass
    self.info = info
    self.programCounter = programCounter
    self.syscall = syscall
    self.sets = sets
  }
}

/// The signal sets of a task, as `/proc/<tid>/status` shows them; see proc_pid_status(5).
public struct SignalSets: Hashable, Sendable {
  /// Pending for the thread: `SigPnd`.
  public var pending: SignalSet
  /// Pending for the process: `ShdPnd`.
  public var sharedPending: SignalSet
  /// Blocked: `SigBlk`.
  public var blocked: SignalSet

  /// Makes a value.
  public init(pending: SignalSet, sharedPending: SignalSet, blocked: SignalSet) {
    self.pending = pending
    self.sharedPending = sharedPending
    self.blocked = blocked
  }

  /// Pending for the thread or the process.
  public var allPending: SignalSet { pending.union(sharedPending) }
}

/// Something that happened to a signal.
public struct SignalRecord: Hashable, Sendable {
  /// What happened; the numbers are part of the schema.
  public enum Fate: UInt8, CaseIterable, Hashable, Sendable {
    case generated = 1
    /// Found in a queue of the task; says nothing about when it came.
    case pending = 2
    case coalesced = 3
    case delivered = 4
    case discarded = 5
    /// Taken from the task by the tracer, to be put back.
    case held = 6
    /// Given back to the task by the tracer.
    case putBack = 7

    /// The name in files and reports.
    public var name: String { self == .putBack ? "put-back" : "\(self)" }
  }

  /// What happened.
  public var fate: Fate
  /// The signal, and who sent it as far as its siginfo says.
  public var info: SignalInfo
  /// Whether it was sent to the process rather than to the thread; `nil` if unknown.
  public var toProcess: Bool?

  /// Makes a record.
  public init(fate: Fate, info: SignalInfo, toProcess: Bool? = nil) {
    self.fate = fate
    self.info = info
    self.toProcess = toProcess
  }
}

/// How a task ended.
public enum Ending: Hashable, Sendable {
  /// By exit, with this status.
  case exited(code: UInt8)
  /// By a signal.
  case killed(Signal, dumpedCore: Bool)
}

/// A command to the parasite, or its answer.
public struct RPCRecord: Hashable, Sendable {
  /// The commands; the numbers are part of the schema.
  public enum Command: UInt8, CaseIterable, Hashable, Sendable {
    /// The parasite's first word; it carries `sigreturn_addr`.
    case ready = 1
    case ping = 2
    case misc = 3
    case fini = 4
    /// Close the descriptors and wait to be taken away (the `direct` strategy).
    case park = 5

    /// The name in files and reports.
    public var name: String { "\(self)" }
  }

  /// Which way it went; the numbers are part of the schema.
  public enum Direction: UInt8, CaseIterable, Hashable, Sendable {
    case sent = 1
    case acknowledged = 2
    /// The parasite closed its end.
    case closed = 3

    /// The name in files and reports.
    public var name: String { "\(self)" }
  }

  /// The command.
  public var command: Command
  /// Sent, or answered.
  public var direction: Direction
  /// The result that the parasite gave, or the error of the send.
  public var result: Int64
  /// The first word of the answer: for ``Command/ready`` the address of the sigreturn instruction.
  public var value: UInt64
  /// What the parasite told about the task, in the answer to ``Command/misc``.
  public var misc: ParasiteMisc?

  /// Makes a record.
  public init(
    command: Command, direction: Direction, result: Int64 = 0, value: UInt64 = 0,
    misc: ParasiteMisc? = nil
  ) {
    self.command = command
    self.direction = direction
    self.result = result
    self.value = value
    self.misc = misc
  }
}

/// What a task knows of itself, as the parasite sees it from inside.
public struct ParasiteMisc: Hashable, Sendable {
  /// The process, numbered in the task's own pid namespace.
  public var process: TaskID
  /// The task, numbered in its own pid namespace.
  public var task: TaskID
  /// The end of the heap.
  public var brk: RemoteAddress
  /// The file mode creation mask.
  public var umask: UInt32
  /// The signals that the parasite has blocked: what the tracer set.
  public var blocked: SignalSet
  /// The signals pending for the task or its process.
  public var pending: SignalSet

  /// Makes a value.
  public init(
    process: TaskID, task: TaskID, brk: RemoteAddress, umask: UInt32, blocked: SignalSet,
    pending: SignalSet
  ) {
    self.process = process
    self.task = task
    self.brk = brk
    self.umask = umask
    self.blocked = blocked
    self.pending = pending
  }
}

/// The state of a tracee, looked at because a stop was missed.
public struct Snapshot: Hashable, Sendable {
  /// The letter of `State:` in `/proc/<tid>/status`.
  public var state: UInt8
  /// Where it is, if it could be read.
  public var programCounter: RemoteAddress?
  /// DR0.
  public var dr0: UInt64?
  /// DR6; bit 0 tells that DR0 was hit.
  public var dr6: UInt64?
  /// DR7; bit 0 arms DR0.
  public var dr7: UInt64?
  /// Signal sets.
  public var sets: SignalSets?

  /// Makes a snapshot.
  public init(
    state: UInt8, programCounter: RemoteAddress? = nil, dr0: UInt64? = nil, dr6: UInt64? = nil,
    dr7: UInt64? = nil, sets: SignalSets? = nil
  ) {
    self.state = state
    self.programCounter = programCounter
    self.dr0 = dr0
    self.dr6 = dr6
    self.dr7 = dr7
    self.sets = sets
  }
}

/// A wait that ended at its deadline.
public struct Missed: Hashable, Sendable {
  /// What was waited for; the numbers are part of the schema.
  public enum Awaited: UInt8, CaseIterable, Hashable, Sendable {
    case interruptStop = 1
    case remoteSyscall = 2
    case parasite = 3
    case breakpoint = 4
    case sigreturn = 5

    /// The name in files and reports.
    public var name: String {
      switch self {
      case .interruptStop: "interrupt-stop"
      case .remoteSyscall: "remote-syscall"
      default: "\(self)"
      }
    }
  }

  /// What was waited for.
  public var awaited: Awaited
  /// How long, in nanoseconds.
  public var waited: UInt64

  /// Makes a record.
  public init(awaited: Awaited, waited: UInt64) {
    self.awaited = awaited
    self.waited = waited
  }
}

/// Another strategy taken than the one asked for.
public struct Fallback: Hashable, Sendable {
  /// Why; the numbers are part of the schema.
  public enum Reason: UInt8, CaseIterable, Hashable, Sendable {
    /// The probe on a child of our own saw no breakpoint trap.
    case probeFailed = 1
    /// The architecture has no debug registers that ptrace can reach.
    case noDebugRegisters = 2
    /// The tracee ignores or blocks SIGTRAP, and a forced one would change its action.
    case trapNotDeliverable = 3
    /// rt_sigreturn would lose the restart of the system call that was interrupted.
    case restartBlock = 4
    /// The breakpoint was armed and did not fire.
    case breakpointMissed = 5
    /// Writing a debug register failed.
    case debugRegisterRefused = 6

    /// The name in files and reports.
    public var name: String {
      switch self {
      case .probeFailed: "probe-failed"
      case .noDebugRegisters: "no-debug-registers"
      case .trapNotDeliverable: "trap-not-deliverable"
      case .restartBlock: "restart-block"
      case .breakpointMissed: "breakpoint-missed"
      case .debugRegisterRefused: "debug-register-refused"
      }
    }
  }

  /// What was asked for.
  public var from: FiniStrategy
  /// What was taken.
  public var to: FiniStrategy
  /// Why.
  public var reason: Reason

  /// Makes a record.
  public init(from: FiniStrategy, to: FiniStrategy, reason: Reason) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// One thing that the cure put back.
public struct PutBack: Hashable, Sendable {
  /// What; the numbers are part of the schema.
  public enum Item: UInt8, CaseIterable, Hashable, Sendable {
    case registers = 1
    case extendedState = 2
    case signalMask = 3
    case debugRegisters = 4
    case descriptors = 5
    case mapping = 6
    case heldSignals = 7
    case detach = 8

    /// The name in files and reports.
    public var name: String {
      switch self {
      case .extendedState: "extended-state"
      case .signalMask: "signal-mask"
      case .debugRegisters: "debug-registers"
      case .heldSignals: "held-signals"
      default: "\(self)"
      }
    }
  }

  /// What was put back.
  public var item: Item
  /// Zero if it was put back and found so; a negated error number if the attempt failed.
  public var result: Int64
  /// How many words, descriptors or signals still differ after an attempt that did not fail.
  public var differing: UInt32

  /// Makes a record.
  public init(item: Item, result: Int64, differing: UInt32 = 0) {
    self.item = item
    self.result = result
    self.differing = differing
  }

  /// Whether the thing is as it was.
  public var succeeded: Bool { result >= 0 && differing == 0 }
}
