import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  private static func approached(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.takeAndInfect()
      $0.approach()
      body(&$0)
    }
  }

  /// The notice of a SIGCONT comes where the breakpoint is awaited, and the tracer goes on as if it were that.
  private static func noticeTaken(_ script: inout EventScript) {
    script.interruptStop()
    script.poke(7, 0)
    script.enter(45)
    script.leave()
    script.sigreturn()
  }

  /// Another call than rt_sigreturn is entered at the breakpoint.
  private static func otherCall(_ script: inout EventScript) {
    script.breakpointStop(at: EventScript.sigreturn)
    script.poke(7, 0)
    script.enter(3)
    script.leave()
  }

  /// What goes wrong from the interrupt of fini to the exit of rt_sigreturn.
  static let fini: [CauseCase] = [
    CauseCase(
      .stopSignalInFini, .named, "SIGSTOP in place of the breakpoint",
      approached {
        $0.deliveryStop(.stop)
        $0.request(.detach)
      }),
    CauseCase(.stopSignalInFini, .absent, "a whole cure", .cured(by: .strace)),
    CauseCase(
      .stopSignalInFini, .absent, "SIGUSR1 stops no group", approached { $0.deliveryStop(.user1) }),
    CauseCase(
      .signalInFini, .named, "SIGUSR1 in place of the breakpoint",
      approached { $0.deliveryStop(.user1) }),
    CauseCase(.signalInFini, .possible, "a status word that says nothing", by: .criuLog) {
      $0.log(.unexpectedState(status: 0xab_cdef))
    },
    CauseCase(
      .signalInFini, .absent, "SIGSTOP is one that stops the group",
      approached { $0.deliveryStop(.stop) }),
    CauseCase(
      .parasiteCrashed, .named, "SIGSEGV on the way to rt_sigreturn",
      approached { $0.deliveryStop(.segmentation) }),
    CauseCase(
      .parasiteCrashed, .absent, "SIGUSR1 is no crash", approached { $0.deliveryStop(.user1) }),
    CauseCase(
      .badFrame, .named, "SIGSEGV in place of the exit of rt_sigreturn",
      approached {
        $0.breakpointStop(at: EventScript.sigreturn)
        $0.poke(7, 0)
        $0.enter(15)
        $0.request(.syscall)
        $0.deliveryStop(.segmentation)
      }),
    CauseCase(
      .badFrame, .absent, "SIGSEGV before its entry",
      approached { $0.deliveryStop(.segmentation) }),
    CauseCase(
      .falseBreakpoint, .named, "the notice of a SIGCONT, and other calls before rt_sigreturn",
      approached(noticeTaken)),
    CauseCase(
      .falseBreakpoint, .possible, "events were lost after it",
      approached {
        noticeTaken(&$0)
        $0.add(.gap(lost: 3))
      }),
    CauseCase(
      .falseBreakpoint, .absent, "the tracer noticed, and did not go on",
      approached {
        $0.interruptStop()
        $0.request(.cont)
        $0.breakpointStop(at: EventScript.sigreturn)
      }),
    CauseCase(
      .wrongCall, .named, "close() at the breakpoint", approached(otherCall)),
    CauseCase(
      .wrongCall, .possible, "events were lost after it",
      approached {
        otherCall(&$0)
        $0.add(.gap(lost: 3))
      }),
    CauseCase(.wrongCall, .absent, "rt_sigreturn comes there", .cured(by: .strace)),
    CauseCase(
      .breakpointMissed, .named, "armed, let run, and the wait does not end",
      approached { $0.add(.missed(Missed(awaited: .breakpoint, waited: 9_000_000_000))) }),
    CauseCase(
      .breakpointMissed, .possible, "the parasite leaves, and the log has no further line",
      by: .criuLog
    ) {
      $0.log(.waitsForTrap, .info)
      $0.log(
        .leaving(stackPointer: RemoteAddress(0x7000), programCounter: EventScript.sigreturn), .info)
    },
    CauseCase(
      .breakpointMissed, .absent, "it fired, and something else is waited for",
      approached {
        $0.breakpointStop(at: EventScript.sigreturn)
        $0.poke(7, 0)
        $0.request(.syscall)
        $0.add(.missed(Missed(awaited: .sigreturn, waited: 9_000_000_000)))
      }),
    CauseCase(.breakpointRefused, .named, "DR0 = ENOSPC") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.poke(0, 0x2000, result: -28)
    },
    CauseCase(.breakpointRefused, .absent, "another word of the user area") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.request(.pokeUser, 120, 0, result: -5)
    },
    CauseCase(
      .killed, .named, "SIGKILL in fini",
      approached { $0.add(.ended(.killed(.kill, dumpedCore: false))) }),
    CauseCase(
      .killed, .possible, "it was stopped, and then gone",
      .told(by: .strace) {
        $0.takeAndInfect()
        $0.interruptDaemon()
        $0.poke(0, 0x2000, result: -3)
      }),
    CauseCase(
      .killed, .absent, "ESRCH of a detach says nothing",
      .told(by: .strace) {
        $0.takeAndInfect()
        $0.interruptDaemon()
        $0.request(.detach, result: -3)
      }),
    CauseCase(
      .exited, .named, "exit(3) in fini", approached { $0.add(.ended(.exited(code: 3))) }),
    CauseCase(.exited, .absent, "a program that ends under its debugger") {
      $0.take()
      $0.request(.cont)
      $0.add(.ended(.exited(code: 0)))
    },
    CauseCase(.outsideOfParasite, .named, "the log says so", by: .criuLog) {
      $0.log(.outsideOfBlob)
    },
    CauseCase(.outsideOfParasite, .absent, "the interrupt found it there", by: .criuLog) {
      $0.log(.interruptTaken, .info)
    },
  ]
}
