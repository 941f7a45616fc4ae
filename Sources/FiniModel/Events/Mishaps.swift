/// The state of a tracee, read because a stop was missed.
package struct Snapshot: Hashable, Sendable {
  /// The letter of `State:` in `/proc/<tid>/status`.
  package var state: UInt8
  /// The program counter, if it could be read.
  package var programCounter: RemoteAddress?
  /// The system call that it is in, by its number, where that is known.
  package var syscall: UInt64?
  /// DR0. For an observed task DR0 and DR7 are what its tracer wrote last.
  package var dr0: UInt64?
  /// DR6; bit 0 says that DR0 was hit.
  package var dr6: UInt64?
  /// DR7; bit 0 arms DR0.
  package var dr7: UInt64?
  /// Signal sets.
  package var sets: SignalSets?
  /// The signals that it has handlers for: `SigCgt` in `/proc/<tid>/status`.
  package var caught: SignalSet?

  package init(
    state: UInt8, programCounter: RemoteAddress? = nil, dr0: UInt64? = nil, dr6: UInt64? = nil,
    dr7: UInt64? = nil, sets: SignalSets? = nil, syscall: UInt64? = nil, caught: SignalSet? = nil
  ) {
    self.state = state
    self.syscall = syscall
    self.caught = caught
    self.programCounter = programCounter
    self.dr0 = dr0
    self.dr6 = dr6
    self.dr7 = dr7
    self.sets = sets
  }
}

/// A wait that ended at its deadline.
package struct Missed: Hashable, Sendable {
  /// What was waited for; the numbers are part of the schema.
  package enum Awaited: UInt8, CaseIterable, Hashable, Sendable {
    case interruptStop = 1
    case remoteSyscall = 2
    case parasite = 3
    case breakpoint = 4
    case sigreturn = 5

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .interruptStop: "interrupt-stop"
      case .remoteSyscall: "remote-syscall"
      case .parasite: "parasite"
      case .breakpoint: "breakpoint"
      case .sigreturn: "sigreturn"
      }
    }
  }

  /// What was waited for.
  package var awaited: Awaited
  /// How long, in nanoseconds.
  package var waited: UInt64

  package init(awaited: Awaited, waited: UInt64) {
    self.awaited = awaited
    self.waited = waited
  }
}

/// Another strategy was taken than the one asked for.
package struct Fallback: Hashable, Sendable {
  /// Why; the numbers are part of the schema.
  package enum Reason: UInt8, CaseIterable, Hashable, Sendable {
    /// The breakpoint probe, in a child process, got no breakpoint trap.
    case probeFailed = 1
    /// The architecture has no debug registers that ptrace can reach.
    case noDebugRegisters = 2
    /// The tracee ignores or blocks SIGTRAP; a forced SIGTRAP would change its action.
    case trapNotDeliverable = 3
    /// rt_sigreturn would lose the restart of the system call that was interrupted.
    case restartBlock = 4
    /// The breakpoint was armed and did not fire.
    case breakpointMissed = 5
    /// Writing a debug register failed.
    case debugRegisterRefused = 6
    /// Syscall User Dispatch is switched off for the cure, and the task must not run its own code
    /// then.
    case syscallUserDispatch = 7

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .probeFailed: "probe-failed"
      case .noDebugRegisters: "no-debug-registers"
      case .trapNotDeliverable: "trap-not-deliverable"
      case .restartBlock: "restart-block"
      case .breakpointMissed: "breakpoint-missed"
      case .debugRegisterRefused: "debug-register-refused"
      case .syscallUserDispatch: "syscall-user-dispatch"
      }
    }
  }

  /// What was asked for.
  package var from: FiniStrategy
  /// What was taken.
  package var to: FiniStrategy
  /// Why.
  package var reason: Reason

  package init(from: FiniStrategy, to: FiniStrategy, reason: Reason) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// One thing that the cure put back.
package struct PutBack: Hashable, Sendable {
  /// What; the numbers are part of the schema.
  package enum Item: UInt8, CaseIterable, Hashable, Sendable {
    case registers = 1
    case extendedState = 2
    case signalMask = 3
    case debugRegisters = 4
    case descriptors = 5
    case mapping = 6
    case heldSignals = 7
    case detach = 8
    /// The instructions that lead the task back without a tracer.
    case bridge = 9
    /// The task's Syscall User Dispatch setting.
    case syscallUserDispatch = 10

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .registers: "registers"
      case .extendedState: "extended-state"
      case .signalMask: "signal-mask"
      case .debugRegisters: "debug-registers"
      case .descriptors: "descriptors"
      case .mapping: "mapping"
      case .heldSignals: "held-signals"
      case .detach: "detach"
      case .bridge: "bridge"
      case .syscallUserDispatch: "syscall-user-dispatch"
      }
    }
  }

  /// What was put back.
  package var item: Item
  /// Zero if it was put back and read back the same; a negated error number if the attempt failed.
  package var result: Int64
  /// How many words, descriptors or signals still differ after a successful attempt.
  package var differing: UInt32
  /// The parts of the extended state that had to be written again; empty for other items.
  package var mended: XSaveComponents

  package init(
    item: Item, result: Int64, differing: UInt32 = 0, mended: XSaveComponents = []
  ) {
    self.item = item
    self.result = result
    self.differing = differing
    self.mended = mended
  }

  /// Whether it is as it was.
  package var succeeded: Bool { result >= 0 && differing == 0 }
}
