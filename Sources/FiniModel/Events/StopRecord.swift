/// A stop of the tracee, with everything that was seen of it.
package struct StopRecord: Hashable, Sendable {
  /// The status word.
  package var status: UInt32
  /// The class that follows from the evidence.
  package var stopClass: StopClass
  /// The siginfo, if it was asked for.
  package var info: SignalInfo?
  /// The program counter, if it was seen.
  package var programCounter: RemoteAddress?
  /// The system call's number, at a syscall-entry.
  package var syscall: CallNumber?
  /// The signal sets of the task, if they were read.
  package var sets: SignalSets?

  package init(
    status: UInt32, stopClass: StopClass, info: SignalInfo? = nil,
    programCounter: RemoteAddress? = nil, syscall: CallNumber? = nil, sets: SignalSets? = nil
  ) {
    self.status = status
    self.stopClass = stopClass
    self.info = info
    self.programCounter = programCounter
    self.syscall = syscall
    self.sets = sets
  }

  /// Whether it is the entry of rt_sigreturn.
  package var entersSigreturn: Bool {
    stopClass == .syscallEntry && syscall?.isSigreturn == true
  }

  /// The signal that the stop's status names: the one to deliver, the one that stopped the group,
  /// or the SIGTRAP of an event. `nil` for a syscall-stop, and for a status that is not a stop.
  package var signal: Signal? {
    switch WaitStatus(rawValue: status) {
    case .stopped(let signal), .event(_, let signal): signal
    case .syscallStop, .exited, .killed, .continued, .unrecognized: nil
    }
  }
}

/// The signal sets of a task, as `/proc/<tid>/status` shows them; see proc_pid_status(5).
package struct SignalSets: Hashable, Sendable {
  /// Pending for the thread: `SigPnd`.
  package var pending: SignalSet
  /// Pending for the process: `ShdPnd`.
  package var sharedPending: SignalSet
  /// Blocked: `SigBlk`.
  package var blocked: SignalSet

  package init(pending: SignalSet, sharedPending: SignalSet, blocked: SignalSet) {
    self.pending = pending
    self.sharedPending = sharedPending
    self.blocked = blocked
  }

  /// Pending for the thread or the process.
  package var allPending: SignalSet { pending.union(sharedPending) }
}

/// How a task ended.
package enum Ending: Hashable, Sendable {
  /// By exit, with this status.
  case exited(code: UInt8)
  /// By a signal.
  case killed(Signal, dumpedCore: Bool)
}
