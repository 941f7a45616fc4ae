/// What can go wrong, or is worth knowing: the one vocabulary of `check` (a ``Finding``) and of `explain` (a
/// ``Diagnosis``). The more it explains, the further up it stands.
package enum Cause: String, CaseIterable, Hashable, Sendable {
  case pendingTrap = "pending-trap"
  case alreadyTraced = "already-traced"
  case zombie
  case uninterruptible
  /// The tracer asked the task to stop, and it did not within the tracer's own time.
  case notStopped = "not-stopped"
  case ownTree = "own-tree"
  case seizeRefused = "seize-refused"
  case frozenGroup = "frozen-group"
  case seccomp
  case unsupportedStop = "unsupported-stop"
  case connectDenied = "connect-denied"
  case parasiteCrashed = "parasite-crashed"
  /// A task that was restored ended by a fault of its own: there is no parasite in a restore.
  case restoredTaskCrashed = "restored-task-crashed"
  /// The same fault comes again each time that the tracer lets the task run.
  case faultLoop = "fault-loop"
  case badFrame = "bad-frame"
  case extendedState = "extended-state"
  case interruptedCall = "interrupted-call"
  case stopSignalInFini = "stop-signal-in-fini"
  case falseBreakpoint = "false-breakpoint"
  case signalInFini = "signal-in-fini"
  case wrongCall = "wrong-call"
  case breakpointMissed = "breakpoint-missed"
  case breakpointRefused = "breakpoint-refused"
  case killed
  case exited
  case tracerDied = "tracer-died"
  case hangs
  case outsideOfParasite = "outside-of-parasite"
  /// SIGTRAP was blocked while the breakpoint was armed.
  case trapBlocked = "trap-blocked"
  /// The tracer let go with the breakpoint armed: it kills the task later.
  case detachedArmed = "detached-armed"
  /// The trace ends with the breakpoint armed, and no tracer holds the task, or none is seen to.
  case leftArmed = "left-armed"
  /// The tracer changed a word of memory and did not change it back.
  case memoryPatched = "memory-patched"
  /// The tracer left memory mapped.
  case blobLeft = "blob-left"
  /// The tracer's own SIGSTOP stays with the task, which stands still then.
  case stopLeft = "stop-left"
  /// The tracer took a signal and did not give it back.
  case signalLost = "signal-lost"
  /// The tracer left another signal mask.
  case maskChanged = "mask-changed"
  /// A signal that the task had a handler for before has none after it was traced.
  case handlerLost = "handler-lost"
  case slowStep = "slow-step"
  case breakpointsOff = "breakpoints-off"
  case timedOut = "timed-out"
  case lost = "events-lost"
  /// A ptrace request was refused, and no other cause tells why.
  case requestRefused = "request-refused"
  /// What the tracer's log calls its error, in words of the catalogue or its own.
  case tracerError = "tracer-error"
  /// The tracer failed, and what is there of its log does not say why.
  case failedWithoutReason = "failed-without-reason"
  // What only `check` tells.
  /// A put-back was attempted and failed, or its result differs.
  case putBackFailed = "put-back-failed"
  /// The registers after rt_sigreturn are not the saved ones.
  case registersDiffer = "registers-differ"
  /// They were not, and the tracer wrote the saved ones afterwards.
  case registersMended = "registers-mended"
  /// Nobody held the task any more, and it went back to its own registers by itself.
  case selfCured = "self-cured"
  /// Another stop came in between.
  case intervention
  /// Another strategy was taken than the one asked for.
  case fallback
  /// Events were lost outside of fini.
  case gap
}

extension Cause {
  /// Whether it rests on a stop, or an end, that no wait reported.
  package var needsStops: Bool {
    switch self {
    case .stopLeft, .signalLost, .tracerDied, .breakpointMissed, .hangs, .falseBreakpoint,
      .wrongCall:
      true
    default: false
    }
  }

  /// Whether it is that a tracer did not do something, or that something did not come.
  package var isOmission: Bool {
    switch self {
    case .memoryPatched, .blobLeft, .stopLeft, .signalLost, .maskChanged, .detachedArmed,
      .leftArmed, .tracerDied, .breakpointMissed, .hangs, .falseBreakpoint, .wrongCall:
      true
    default: false
    }
  }

  /// Whether it means harm to the task, as a finding.
  package var isFailure: Bool {
    switch self {
    case .putBackFailed, .detachedArmed, .leftArmed, .registersDiffer, .memoryPatched, .blobLeft,
      .signalLost, .maskChanged, .handlerLost:
      true
    default: false
    }
  }
}
