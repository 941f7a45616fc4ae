import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  private static func missed(_ awaited: Missed.Awaited, _ waited: UInt64) -> EventScript {
    .told(by: .strace) {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.add(.missed(Missed(awaited: awaited, waited: waited)))
    }
  }

  /// A wait that another signal ends.
  private static func interrupted(_ microseconds: Int64) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -4)), takes: microseconds)
      $0.request(.interrupt)
    }
  }

  /// A call that takes its time.
  private static func slow(_ microseconds: Int64) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.add(
        .request(RequestCall(request: .pokeUser, address: DebugRegister.offset(7), data: 1)),
        takes: microseconds)
      $0.poke(7, 0)
      $0.request(.detach)
    }
  }

  /// What a tracer waits for, and how long something took.
  static let waiting: [CauseCase] = [
    CauseCase(
      .hangs, .named, "no stop for ten seconds", missed(.interruptStop, 10_000_000_000)),
    CauseCase(.hangs, .possible, "the trace ends in a wait", missed(.interruptStop, 0)),
    CauseCase(.hangs, .named, "an alarm ends a wait of two seconds", interrupted(2_000_000)),
    CauseCase(.hangs, .absent, "a wait is interrupted soon", interrupted(2000)),
    CauseCase(.hangs, .possible, "PTRACE_SEIZE had not returned") {
      $0.request(.seize, 0, 0, result: -512)
    },
    CauseCase(.notStopped, .named, "asked to stop, and the tracer ended after ten seconds") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -4)), takes: 10_000_000)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.notStopped, .absent, "it had stopped before") {
      $0.take()
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -4)), takes: 10_000_000)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.hangs, .absent, "the tracer's end is told, and is what counts") {
      $0.take()
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -4)), takes: 2_000_000)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.hangs, .possible, "the trace has an open wait and nothing else") {
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)))
    },
    CauseCase(
      .hangs, .absent, "a breakpoint that never fires has its own name",
      .told(by: .strace) {
        $0.takeAndInfect()
        $0.approach()
        $0.add(.missed(Missed(awaited: .breakpoint, waited: 10_000_000_000)))
      }),
    CauseCase(.slowStep, .named, "DR7 took 75 ms", slow(75_000)),
    CauseCase(.slowStep, .absent, "DR7 took 4 ms", slow(4000)),
    CauseCase(
      .lost, .possible, "events were lost in fini",
      .told(by: .strace) {
        $0.takeAndInfect()
        $0.approach()
        $0.add(.gap(lost: 3))
        $0.unmapAndLetGo()
      }),
    CauseCase(.lost, .absent, "nothing was lost", .cured(by: .strace)),
  ]

  /// What only a tracer's own log tells.
  static let logs: [CauseCase] = [
    CauseCase(.breakpointsOff, .named, "its probe found none that fires", by: .criuLog) {
      $0.log(.breakpointsBroken(status: 0), .warning)
      $0.log(.finished, .info)
    },
    CauseCase(.breakpointsOff, .absent, "it says nothing of them", by: .criuLog) {
      $0.log(.finished, .info)
    },
    CauseCase(.timedOut, .named, "the log says so", by: .criuLog) { $0.log(.timedOut) },
    CauseCase(.timedOut, .absent, "it failed by something else", by: .criuLog) {
      $0.log(.isZombie)
    },
    CauseCase(.tracerError, .named, "an error that no rule knows", by: .criuLog) {
      $0.log(.text)
      $0.log(.failed)
    },
    CauseCase(.tracerError, .absent, "an error that was survived", by: .criuLog) {
      $0.log(.text)
      $0.log(.finished, .info)
    },
    CauseCase(.tracerError, .absent, "a rule knows it", by: .criuLog) {
      $0.log(.isOurselves)
      $0.log(.failed)
    },
    CauseCase(.failedWithoutReason, .named, "it says that it failed, and not why", by: .criuLog) {
      $0.log(.isSeized, .info)
      $0.log(.failed)
    },
    CauseCase(.failedWithoutReason, .named, "a whole cure, and then it exited with 1") {
      $0 = .cured(by: .strace)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.failedWithoutReason, .absent, "it says why", by: .criuLog) {
      $0.log(.text)
      $0.log(.failed)
    },
    CauseCase(.requestRefused, .named, "PTRACE_GETREGSET = EINVAL, and nothing after it") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.getRegisterSet, RegisterSet.general, 0, result: -22)
    },
    CauseCase(.requestRefused, .absent, "the tracer found another way") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.getRegisterSet, RegisterSet.general, 0, result: -22)
      $0.readRegisters(EventScript.saved)
    },
    CauseCase(.requestRefused, .absent, "ENOENT says that there is no further filter") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.getFilter, 1, 0, result: -2)
    },
    CauseCase(.requestRefused, .named, "the filters may not be read") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.getFilter, 0, 0, result: -13)
    },
  ]
}
