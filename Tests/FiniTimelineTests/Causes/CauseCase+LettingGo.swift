import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  /// Taken, with a call made for the tracer at a patched instruction; the word put back, the registers not.
  private static func lent(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeData, EventScript.injected, 0xcc_050f)
      $0.injectedCall(39, result: 77)
      $0.request(.pokeData, EventScript.injected, 0xc3)
      body(&$0)
      $0.request(.detach)
    }
  }

  /// Taken by PTRACE_ATTACH and let go with a signal.
  private static func letGo(with signal: UInt64, after stop: Signal) -> EventScript {
    .told(by: .strace) {
      $0.request(.attach)
      $0.deliveryStop(stop)
      $0.request(.detach, 0, signal)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// How a tracer lets go.
  static let lettingGo: [CauseCase] = [
    CauseCase(
      .signalGiven, .named, "SIGKILL in place of its SIGSTOP", letGo(with: 9, after: .stop)),
    CauseCase(
      .signalGiven, .named, "SIGUSR1 in place of its SIGSTOP", letGo(with: 10, after: .stop)),
    CauseCase(
      .signalGiven, .absent, "the one that it had stopped for", letGo(with: 10, after: .user1)),
    CauseCase(.memoryPatched, .absent, "the program that was patched is gone by execve") {
      $0.take()
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeData, EventScript.injected, 0xcc)
      $0.request(.cont)
      $0.stop(.event(.exec), status: 0x4057f)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.signalGiven, .absent, "none", letGo(with: 0, after: .stop)),
    CauseCase(.signalGiven, .absent, "the kernel looks at none after PTRACE_INTERRUPT") {
      $0.take()
      $0.request(.detach, 0, 9)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.killed, .named, "PTRACE_O_EXITKILL, and the tracer ended without a detach") {
      $0.request(.seize, 0, PtraceOption.exitKill)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.killed, .absent, "PTRACE_O_EXITKILL, and let go before") {
      $0.request(.seize, 0, PtraceOption.exitKill)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.requestRefused, .named, "taken, never stopped, and asked for its registers") {
      $0.request(.seize)
      $0.request(.getRegisters, result: -3)
      $0.request(.detach, result: -3)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.requestRefused, .absent, "taken and let run") {
      $0.request(.seize)
      $0.endTracer(.exited(code: 0))
    },
  ]

  /// What becomes of the registers that a tracer lends.
  static let registers: [CauseCase] = [
    CauseCase(.registersLeft, .named, "those of a call for the tracer", lent { _ in }),
    CauseCase(
      .registersLeft, .possible, "events were lost after it", lent { $0.add(.gap(lost: 3)) }),
    CauseCase(
      .registersLeft, .absent, "put back", lent { $0.writeRegisters(EventScript.saved) }),
    CauseCase(
      .registersLeft, .absent, "put back, with the system call to be issued anew",
      lent {
        var anew = EventScript.saved
        anew[.rip] -= 2
        anew[.rax] = EventScript.saved[.origRAX]
        $0.writeRegisters(anew)
      }),
    CauseCase(
      .registersLeft, .named, "put back but for one",
      lent {
        var wrong = EventScript.saved
        wrong[.rbx] ^= 1
        $0.writeRegisters(wrong)
      }),
    CauseCase(
      .registersLeft, .named, "rip alone put back",
      lent {
        var wrong = EventScript.lent(39, at: EventScript.saved[.rip])
        wrong[.rax] = 77
        $0.writeRegisters(wrong)
      }, saying: "its own rip and the tracer's values in other registers"),
    CauseCase(
      .registersLeft, .named, "put back but for orig_rax, in an interrupted call",
      lent {
        var wrong = EventScript.saved
        wrong[.origRAX] = .max
        $0.writeRegisters(wrong)
      }, saying: "an interrupted read: it is not started again, and fails with error 512"),
    CauseCase(
      .registersLeft, .named, "rip of the tracer's code",
      lent { $0.writeRegisters(EventScript.lent(39)) }, saying: "its own were not put back"),
    CauseCase(.registersLeft, .absent, "back over a debugger's own int3, and moved by hand") {
      $0.take()
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeData, EventScript.injected, 0xcc)
      $0.request(.cont)
      var hit = EventScript.saved
      hit[.rip] = EventScript.injected + 1
      $0.stop(
        .softwareBreakpoint, status: 0x57f, info: SignalInfo(signal: .trap, code: .kernel),
        at: RemoteAddress(hit[.rip]))
      $0.readRegisters(hit)
      hit[.rip] -= 1
      $0.writeRegisters(hit)
      hit[.rax] = 5
      $0.writeRegisters(hit)
      $0.request(.pokeData, EventScript.injected, 0xc3)
      $0.request(.cont)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.request(.detach)
    },
    CauseCase(.registersLeft, .absent, "a parasite that leaves by rt_sigreturn") {
      $0.takeAndInfect()
      $0.request(.detach)
    },
  ]
}
