import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  private static func log(_ facts: LogFact...) -> EventScript {
    .told(by: .criuLog) { script in for fact in facts { script.log(fact) } }
  }

  /// Seized and refused, by a tracer that says in the end that it failed.
  private static func refused(_ result: Int64, end code: UInt8) -> EventScript {
    .told(by: .strace) {
      $0.request(.seize, 0, 0, result: result)
      $0.endTracer(.exited(code: code))
    }
  }

  /// A first stop that is a group-stop, and then let go without a look at the registers.
  private static func foundStopped(by signal: Signal) -> EventScript {
    .told(by: .strace) {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.stop(.groupStop, status: 0x80 << 16 | UInt32(signal.rawValue) << 8 | 0x7f)
      $0.request(.detach)
    }
  }

  /// What keeps a tracer from beginning.
  static let seizing: [CauseCase] = [
    CauseCase(.pendingTrap, .named, "the tracer says so", log(.trapPending)),
    CauseCase(.pendingTrap, .possible, "SIGTRAP is in a queue, and nothing else was done") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.add(.signal(SignalRecord(fate: .pending, info: EventScript.sent(.trap))))
      $0.request(.detach)
    },
    CauseCase(.pendingTrap, .possible, "let go at once, before anything was read") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.setOptions, 0, 1)
      $0.request(.detach)
    },
    CauseCase(.pendingTrap, .absent, "let go after a look") {
      $0.take()
      $0.request(.detach)
    },
    CauseCase(
      .alreadyTraced, .named, "state t", log(.cannotBeSeized(state: UInt8(ascii: "t")))),
    CauseCase(.alreadyTraced, .possible, "EPERM, and nothing shows why", refused(-1, end: 1)),
    CauseCase(.alreadyTraced, .absent, "it was gone", refused(-3, end: 1)),
    CauseCase(
      .uninterruptible, .named, "state D", log(.cannotBeSeized(state: UInt8(ascii: "D")))),
    CauseCase(
      .uninterruptible, .absent, "state t", log(.cannotBeSeized(state: UInt8(ascii: "t")))),
    CauseCase(.zombie, .named, "state Z", log(.cannotBeSeized(state: UInt8(ascii: "Z")))),
    CauseCase(.zombie, .possible, "refused, and the tracer went on with another task") {
      let first = $0.tracee
      $0.tracee = TaskID(4800)
      $0.take()
      $0.request(.detach)
      $0.tracee = first
      $0.request(.seize, 0, 0, result: -1)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(
      .alreadyTraced, .possible, "all was refused, and the tracer ended with 0", refused(-1, end: 0)
    ),
    CauseCase(
      .seizeRefused, .named, "no such task, and the tracer ended with 0", refused(-3, end: 0)),
    CauseCase(.zombie, .absent, "refused, and the tracer failed", refused(-1, end: 1)),
    CauseCase(
      .zombie, .absent, "CRIU supposes a zombie where a seize was refused",
      log(.seizeRefused(error: .notPermitted), .isZombie, .failed)),
    CauseCase(.ownTree, .named, "the log says so", log(.isOurselves)),
    CauseCase(.ownTree, .absent, "another refusal", log(.isZombie)),
    CauseCase(.seizeRefused, .named, "it was gone", refused(-3, end: 1)),
    CauseCase(.seizeRefused, .named, "the log says that it was not stopped", log(.notStopped)),
    CauseCase(.seizeRefused, .possible, "a wait told of no stop", log(.stillRuns)),
    CauseCase(
      .seizeRefused, .absent, "a thread that was gone, and an error beside it",
      log(.seizeRefused(error: .noSuchProcess), .trapPending)),
    CauseCase(.frozenGroup, .named, "the log says so", log(.freezerFailed)),
    CauseCase(.frozenGroup, .absent, "another refusal", log(.isZombie)),
    CauseCase(.seccomp, .named, "PTRACE_O_SUSPEND_SECCOMP = EPERM") {
      $0.request(.seize, 0, 1 << 21, result: -1)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.seccomp, .absent, "the task was gone") {
      $0.request(.seize, 0, 1 << 21, result: -3)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(
      .unsupportedStop, .named, "the log says so", log(.stopNotSupported(signal: .terminalInput))),
    CauseCase(
      .unsupportedStop, .possible, "found stopped by SIGTTIN and let go at once",
      foundStopped(by: .terminalInput)),
    CauseCase(.unsupportedStop, .absent, "SIGSTOP is the usual one", foundStopped(by: .stop)),
    CauseCase(.unsupportedStop, .absent, "its registers were read") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.stop(
        .groupStop, status: 0x80 << 16 | UInt32(Signal.terminalInput.rawValue) << 8 | 0x7f)
      $0.readRegisters(EventScript.saved)
      $0.request(.detach)
    },
    CauseCase(.pendingTrap, .absent, "a seize was refused before") {
      $0.request(.seize, result: -1)
      $0.request(.seize)
      $0.request(.setOptions, 0, 1)
      $0.request(.detach)
    },
  ]
}
