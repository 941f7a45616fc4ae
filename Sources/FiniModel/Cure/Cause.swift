/// What can go wrong, or is worth knowing: the one vocabulary of `check` (a ``Finding``) and of `explain` (a
/// ``Diagnosis``). The more it explains, the further up it stands.
package enum Cause: String, CaseIterable, Hashable, Sendable {
  /// A SIGTRAP was pending for the task, and the tracer could not tell it from its own.
  case pendingTrap = "pending-trap"
  /// Another tracer holds the task, or a rule forbids tracing it.
  case alreadyTraced = "already-traced"
  /// The task is dead and not reaped.
  case zombie
  /// The task sleeps uninterruptibly (state D) and can not be stopped.
  case uninterruptible
  /// The tracer asked the task to stop, and it did not within the tracer's own time.
  case notStopped = "not-stopped"
  /// The tracer is itself below the process that it was to dump.
  case ownTree = "own-tree"
  /// The task could not be seized, or was gone when it was to be.
  case seizeRefused = "seize-refused"
  /// The control group of the tasks could not be frozen.
  case frozenGroup = "frozen-group"
  /// Seccomp of the task could not be suspended.
  case seccomp
  /// The task was stopped by a signal that its tracer does not know what to do with.
  case unsupportedStop = "unsupported-stop"
  /// The parasite was not allowed to connect to its tracer, or a security module denied something.
  case connectDenied = "connect-denied"
  /// The parasite, or what else was injected, crashed.
  case parasiteCrashed = "parasite-crashed"
  /// A task that was restored ended by a fault of its own: there is no parasite in a restore.
  case restoredTaskCrashed = "restored-task-crashed"
  /// The same fault comes again each time that the tracer lets the task run.
  case faultLoop = "fault-loop"
  /// The kernel refused the signal frame that rt_sigreturn was to restore the task from.
  case badFrame = "bad-frame"
  /// The extended state (FPU, SSE, AVX) could not be read or written.
  case extendedState = "extended-state"
  /// A signal came while the task made a call for its tracer, and was taken for the call's end.
  case interruptedCall = "interrupted-call"
  /// A signal that stops the process came in fini, in place of the awaited stop.
  case stopSignalInFini = "stop-signal-in-fini"
  /// Another stop was taken for the breakpoint.
  case falseBreakpoint = "false-breakpoint"
  /// A signal came in fini, in place of the awaited stop.
  case signalInFini = "signal-in-fini"
  /// After the breakpoint the task entered another call than rt_sigreturn.
  case wrongCall = "wrong-call"
  /// The breakpoint never fired.
  case breakpointMissed = "breakpoint-missed"
  /// A debug register could not be written.
  case breakpointRefused = "breakpoint-refused"
  /// The task was killed.
  case killed
  /// The task exited while it was held, or restored.
  case exited
  /// The tracer ended while it held the task, or its log breaks off.
  case tracerDied = "tracer-died"
  /// The tracer waits for a stop that does not come, or in a call that does not return.
  case hangs
  /// The interrupt of fini found the task outside of the parasite.
  case outsideOfParasite = "outside-of-parasite"
  /// SIGTRAP was blocked while the breakpoint was armed.
  case trapBlocked = "trap-blocked"
  /// The tracer let go with the breakpoint armed: it kills the task later.
  case detachedArmed = "detached-armed"
  /// The trace ends with the breakpoint armed, and no tracer holds the task, or none is seen to.
  case leftArmed = "left-armed"
  /// The tracer took away a system call that the task was about to make.
  case callSkipped = "call-skipped"
  /// The tracer changed a word of memory and did not change it back.
  case memoryPatched = "memory-patched"
  /// The tracer let go of a task with other registers than its own: those of code that it had run there, or changed
  /// ones.
  case registersLeft = "registers-left"
  /// A call that the task made for its tracer changed something in it, and that was not undone.
  case callNotUndone = "call-not-undone"
  /// The tracer left memory mapped.
  case blobLeft = "blob-left"
  /// The task stands still: the tracer's own SIGSTOP stays with it, or it was stopped and never let go.
  case stopLeft = "stop-left"
  /// A signal had stopped the task, and its tracer let it run on: PTRACE_LISTEN would have kept it stopped.
  case stopUndone = "stop-undone"
  /// The tracer let go of a task with a signal of its own.
  case signalGiven = "signal-given"
  /// The tracer took a signal and did not give it back.
  case signalLost = "signal-lost"
  /// The tracer left another signal mask.
  case maskChanged = "mask-changed"
  /// A signal that the task had a handler for before has none after it was traced.
  case handlerLost = "handler-lost"
  /// One call took as long as hundreds of its kind.
  case slowStep = "slow-step"
  /// The tracer went without hardware breakpoints.
  case breakpointsOff = "breakpoints-off"
  /// The tracer gave up at its own time limit.
  case timedOut = "timed-out"
  /// Events were lost, so what happened can not be told.
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
  /// The task had no tracer any more, and went back to its own registers by itself.
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
    case .stopLeft, .stopUndone, .signalLost, .tracerDied, .breakpointMissed, .hangs,
      .falseBreakpoint,
      .wrongCall:
      true
    default: false
    }
  }

  /// Whether it is that a tracer did not do something, or that something did not come.
  package var isOmission: Bool {
    switch self {
    case .memoryPatched, .registersLeft, .callNotUndone, .blobLeft, .stopLeft, .stopUndone,
      .signalLost, .maskChanged, .detachedArmed, .leftArmed, .tracerDied, .breakpointMissed, .hangs,
      .falseBreakpoint,
      .wrongCall:
      true
    default: false
    }
  }

  /// Whether it means harm to the task, as a finding.
  package var isFailure: Bool {
    switch self {
    case .putBackFailed, .detachedArmed, .leftArmed, .registersDiffer, .memoryPatched,
      .registersLeft, .callNotUndone, .callSkipped, .blobLeft, .signalLost, .signalGiven,
      .maskChanged, .handlerLost:
      true
    default: false
    }
  }

  /// Whether it is something that a tracer left in the task, and not why it failed.
  package var isHarm: Bool {
    switch self {
    case .detachedArmed, .leftArmed, .memoryPatched, .registersLeft, .callNotUndone,
      .callSkipped, .blobLeft, .stopLeft, .stopUndone,
      .signalLost, .signalGiven, .maskChanged, .handlerLost, .trapBlocked:
      true
    default: false
    }
  }
}
