import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
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
    CauseCase(.interruptedCall, .possible, "the log does not say by what", by: .criuLog) {
      $0.log(.interrupted)
    },
    CauseCase(
      .interruptedCall, .absent, "a fault is a crash of what was injected",
      stopped(by: .segmentation)),
    CauseCase(.interruptedCall, .absent, "a whole cure", .cured(by: .strace)),
    CauseCase(
      .parasiteCrashed, .named, "a fault in a call that the task makes for the tracer",
      stopped(by: .segmentation)),
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
