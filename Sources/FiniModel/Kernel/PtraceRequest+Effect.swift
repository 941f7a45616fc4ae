/// What a request does to the task and to memory. Only these properties decide it.
extension PtraceRequest {
  /// What a request does to the task that it is about.
  package enum Effect: Hashable, Sendable {
    /// It only reads: the task is the same afterwards. It succeeds only on a stopped task.
    case looks
    /// It changes the stopped task, which stays stopped: memory, registers, mask, siginfo, options.
    case changes
    /// It lets the stopped task run, or wait for SIGCONT (`PTRACE_LISTEN`), or lets go of it.
    case resumes
    /// It begins to trace a task, which need not be stopped.
    case takes
    /// It asks a running task for a stop: `PTRACE_INTERRUPT`.
    case asksForStop
    /// A request without a name here.
    case unknown
  }

  /// What the request does to the task if it succeeds; see ptrace(2).
  package var effect: Effect {
    switch self {
    case .peekText, .peekData, .peekUser, .getRegisters, .getFloatingPoint,
      .getExtendedFloatingPoint, .getThreadArea, .getEventMessage, .getSignalInfo, .getRegisterSet,
      .peekSignalInfo, .getSignalMask, .getFilter, .getFilterMetadata, .getSyscallInfo,
      .getSequenceArea, .getDispatch:
      .looks
    case .pokeText, .pokeData, .pokeUser, .setRegisters, .setFloatingPoint,
      .setExtendedFloatingPoint, .setThreadArea, .archPrctl, .setOldOptions, .setOptions,
      .setSignalInfo, .setRegisterSet, .setSignalMask, .setDispatch, .setSyscallInfo:
      .changes
    case .cont, .kill, .singleStep, .syscall, .emulate, .emulateStep, .singleBlock, .detach,
      .listen:
      .resumes
    case .traceMe, .attach, .seize: .takes
    case .interrupt: .asksForStop
    default: .unknown
    }
  }

  /// Whether the request only reads, so that the task is the same afterwards.
  package var onlyLooks: Bool { effect == .looks }

  /// Whether the request lets a stopped task run.
  package var resumes: Bool { effect == .resumes }

  /// Whether it begins to trace a task.
  package var takesHold: Bool { effect == .takes }

  /// Whether it succeeds only on a stopped task, and does more than read.
  ///
  /// `PTRACE_KILL` succeeds on any task.
  package var changesStoppedTask: Bool {
    self != .kill && (effect == .changes || effect == .resumes)
  }

  /// The memory of the tracer that a request reads or fills: what its last argument (`data`) points
  /// to.
  package enum Memory: Hashable, Sendable {
    /// None, or none that anything here reads.
    case none
    /// One word of 64 bits.
    case word
    /// A `siginfo_t`; for `PTRACE_PEEKSIGINFO` the first one of several.
    case signalInfo
    /// A `user_regs_struct`.
    case registers
    /// A structure. At most as many bytes are moved as the third argument says.
    case structure
    /// A `struct iovec` that says where a register set is. The third argument says which set.
    case registerSet
  }

  /// The memory that the request moves. The BPF program has the same list: `look_of_ptrace` in calls.h.
  package var memory: Memory {
    switch self {
    // The raw system call stores the word that the C library's ptrace() returns.
    case .peekText, .peekData, .peekUser, .getEventMessage, .getSignalMask, .setSignalMask: .word
    case .getSignalInfo, .setSignalInfo, .peekSignalInfo: .signalInfo
    case .getRegisters, .setRegisters: .registers
    case .getSyscallInfo, .getSequenceArea: .structure
    case .getRegisterSet, .setRegisterSet: .registerSet
    default: .none
    }
  }

  /// Whether the request writes that memory into the task. Then the memory means something even if
  /// the request failed.
  package var givesMemory: Bool { effect == .changes }
}

/// A register set of ptrace(2): the `NT_*` number in the third argument of `PTRACE_GETREGSET`; linux/elf.h.
package enum RegisterSet {
  /// `NT_PRSTATUS`: the general registers.
  package static let general: UInt64 = 1
  /// `NT_PRFPREG`: x87 and SSE.
  package static let floatingPoint: UInt64 = 2
  /// `NT_X86_XSTATE`: the extended state as XSAVE writes it.
  package static let extendedState: UInt64 = 0x202
  /// `NT_ARM_HW_BREAK`: the breakpoint registers of arm64.
  package static let armBreakpoints: UInt64 = 0x402
  /// `NT_ARM_HW_WATCH`: the watchpoint registers of arm64.
  package static let armWatchpoints: UInt64 = 0x403
  /// `NT_ARM_SYSTEM_CALL`: the number of the system call that an arm64 task is at.
  package static let armSystemCall: UInt64 = 0x404
  /// `NT_ARM_VFP`: floating point of arm.
  package static let armVector: UInt64 = 0x400
  /// `NT_PRXFPREG`: x87 and SSE of a 32-bit task.
  package static let extendedFloatingPoint: UInt64 = 0x46e6_2b7f

  /// The name in elf.h of a set; `nil` for one that is not in the list.
  package static func name(_ number: UInt64) -> String? {
    switch number {
    case general: "NT_PRSTATUS"
    case floatingPoint: "NT_PRFPREG"
    case extendedState: "NT_X86_XSTATE"
    case armBreakpoints: "NT_ARM_HW_BREAK"
    case extendedFloatingPoint: "NT_PRXFPREG"
    case armVector: "NT_ARM_VFP"
    case 0x401: "NT_ARM_TLS"
    case armWatchpoints: "NT_ARM_HW_WATCH"
    case armSystemCall: "NT_ARM_SYSTEM_CALL"
    case 0x405: "NT_ARM_SVE"
    case 0x200: "NT_386_TLS"
    default: nil
    }
  }
}
