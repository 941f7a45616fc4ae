import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  /// The same fault, and each time the task is let run without its signal.
  private static func faults(_ count: Int) -> EventScript {
    .told(by: .strace) {
      $0.take()
      for _ in 0..<count {
        $0.stop(
          .signalDelivery, status: 0xb7f,
          info: SignalInfo(
            signal: .segmentation, code: SignalCode(rawValue: 1), address: RemoteAddress(0x38)))
        $0.request(.cont)
      }
    }
  }

  /// A call is under way in the task when something stops it.
  private static func stopped(by signal: Signal) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.add(.phase(.infect))
      $0.writeRegisters(EventScript.lent(9, 0, EventScript.blobSize))
      $0.request(.cont)
      $0.deliveryStop(signal)
      $0.request(.detach)
    }
  }

  /// What goes wrong between the first stop and fini.
  static let infection: [CauseCase] = [
    CauseCase(
      .interruptedCall, .named, "SIGSTOP in a call that the task makes for the tracer",
      stopped(by: .stop)),
    CauseCase(.interruptedCall, .named, "the log does not say by what", by: .criuLog) {
      $0.log(.interrupted)
    },
    CauseCase(
      .interruptedCall, .absent, "a fault is a crash of what was injected",
      stopped(by: .segmentation)),
    CauseCase(.interruptedCall, .absent, "a whole cure", .cured(by: .strace)),
    CauseCase(
      .parasiteCrashed, .named, "a fault in a call that the task makes for the tracer",
      stopped(by: .segmentation)),
    CauseCase(.parasiteCrashed, .named, "a signal that is blocked while it serves", by: .criuLog) {
      $0.log(.daemonServes, .info)
      $0.log(.stoppedUnexpectedly(signal: .user1))
    },
    CauseCase(
      .restoredTaskCrashed, .named, "SIGSEGV in a restore, and no error before", by: .criuLog
    ) {
      $0.log(.parasiteCrashed(signal: .segmentation))
      $0.log(.failed)
    },
    CauseCase(
      .restoredTaskCrashed, .absent, "the tracer's own error stands before it", by: .criuLog
    ) {
      $0.log(.text)
      $0.log(.parasiteCrashed(signal: .segmentation))
      $0.log(.failed)
    },
    CauseCase(
      .killed, .absent, "the tracer ends what it has restored after its error", by: .criuLog
    ) {
      $0.log(.text)
      $0.log(.failed)
      $0.log(.parasiteCrashed(signal: .kill))
    },
    CauseCase(.faultLoop, .named, "SEGV_MAPERR at one address after each resume", faults(2)),
    CauseCase(.faultLoop, .absent, "one fault", faults(1)),
    CauseCase(.signalLost, .absent, "a fault comes again by itself", faults(1)),
    CauseCase(.connectDenied, .named, "connect = EACCES", by: .criuLog) {
      $0.log(.connectRefused(error: .accessDenied))
    },
    CauseCase(.connectDenied, .possible, "a security module denied something", by: .criuLog) {
      $0.log(.denied, .other)
    },
    CauseCase(.connectDenied, .absent, "the parasite answered", by: .criuLog) {
      $0.log(.awaitsDaemon, .info)
      $0.log(.daemonServes, .info)
    },
    CauseCase(.extendedState, .named, "NT_X86_XSTATE = EFAULT") {
      $0.take()
      $0.request(
        .setRegisterSet, RegisterSet.extendedState, 0, result: -14,
        detail: .extendedState(byteCount: 4096, digest: nil))
      $0.request(.detach)
    },
    CauseCase(.extendedState, .absent, "the task was gone") {
      $0.take()
      $0.request(.setRegisterSet, RegisterSet.extendedState, 0, result: -3)
    },
  ]
}
