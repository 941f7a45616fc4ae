extension LogFact {
  /// Whether the line tells of a step of a tracer with a task, taken or refused. Where there is none, that
  /// something never came says nothing.
  package var isStep: Bool {
    switch self {
    case .seizeRefused, .cannotBeSeized, .notStopped, .trapPending, .stopNotSupported,
      .detachRefused, .seccompNotSuspended, .stopBySignal, .interrupted, .notInjected,
      .childReported, .stoppedUnexpectedly, .killedUnexpectedly, .connectRefused, .waitMismatch,
      .stillRuns, .outsideOfBlob, .breakpointRefused, .unexpectedState, .stoppedWith, .killedWith,
      .willExecute, .trapped, .exitExpected, .stoppedAtExit, .waitsForTrap, .interruptTaken,
      .commandSent, .commandAcknowledged, .commandTaken, .leaving, .awaitsDaemon, .daemonServes,
      .syscallAt, .isSeized, .floatingPointRefused, .remoteCallFailed, .isZombie,
      .rseqDumped, .isOurselves, .freezerFailed, .timedOut:
      true
    case .text, .letGo, .exitedWith, .breakpointsOff, .breakpointsBroken, .finished, .failed,
      .stepFailed,
      .tracerVersion, .denied, .frameRefused, .restoreBegins, .parasiteCrashed:
      false
    }
  }
}
