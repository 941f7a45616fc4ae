import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  private static let push: UInt64 = 0x55

  /// A task that runs into an int3 of its tracer's, where nothing shows its registers.
  private static func blindHit(
    resumedBy request: PtraceRequest = .cont, _ body: (inout EventScript) -> Void
  ) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.peek(EventScript.injected, push)
      $0.request(.pokeData, EventScript.injected, 0xcc)
      $0.request(request)
      $0.stop(.unknown, status: 0x57f)
      body(&$0)
      $0.add(.ended(.exited(code: 0)))
      $0.endTracer(.exited(code: 0))
    }
  }

  /// Sent elsewhere while it is interrupted in a call.
  private static func moved(_ change: (inout Registers) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.readRegisters(EventScript.saved)
      var registers = EventScript.saved
      registers[.rip] = 0x40_3000
      change(&registers)
      $0.writeRegisters(registers)
      $0.request(.cont)
      $0.add(.ended(.exited(code: 0)))
      $0.endTracer(.exited(code: 0))
    }
  }

  /// A child that asked to be traced, stops by a SIGTRAP without a siginfo, and dies of it.
  private static func trapped(_ before: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      before(&$0)
      $0.stop(.unknown, status: 0x57f)
      $0.request(.cont, 0, 5)
      $0.add(.ended(.killed(.trap, dumpedCore: false)))
      $0.endTracer(.exited(code: 0))
    }
  }

  /// A tracer that waits for one task and is ended by SIGTERM, five seconds later.
  private static func hung(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      body(&$0)
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: 5_000_000)
      $0.endTracer(.killed(.terminate, dumpedCore: false))
    }
  }

  /// Registers are written in the infection, the task runs, and a signal comes.
  private static func signalled(writing registers: Registers) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.add(.phase(.infect))
      $0.readRegisters(EventScript.saved)
      $0.writeRegisters(registers)
      $0.request(.cont)
      $0.deliveryStop(.user1)
      $0.request(.detach, 0, 10)
      $0.endTracer(.exited(code: 0))
    }
  }

  static let misuse: [CauseCase] = [
    CauseCase(
      .interruptedCall, .named, "led to a call", signalled(writing: EventScript.lent(39))),
    CauseCase(
      .interruptedCall, .absent, "registers written as they were",
      signalled(writing: EventScript.saved)),
    // A breakpoint that was hit, by its byte alone.
    CauseCase(
      .registersLeft, .named, "an int3 was hit and taken away, and rip never touched",
      blindHit {
        $0.request(.pokeData, EventScript.injected, push)
        $0.request(.cont)
      }),
    CauseCase(
      .registersLeft, .absent, "an int3 was hit and taken away, and rip written",
      blindHit {
        $0.request(.pokeData, EventScript.injected, push)
        $0.request(.pokeUser, UInt64(Registers.Name.rip.rawValue * 8), EventScript.injected)
        $0.request(.cont)
      }),
    CauseCase(
      .registersLeft, .absent, "the trap may be one of a system call",
      blindHit(resumedBy: .syscall) {
        $0.request(.pokeData, EventScript.injected, push)
        $0.request(.cont)
      }),
    CauseCase(
      .registersLeft, .absent, "the int3 stays: the trap may be another one",
      blindHit { $0.request(.cont) }),
    // An interrupted call.
    CauseCase(
      .registersLeft, .named, "sent elsewhere in a call that is started again", moved { _ in }),
    CauseCase(
      .registersLeft, .absent, "sent elsewhere, and no call is started again",
      moved { $0[.origRAX] = .max }),
    // The tracer's own traps.
    CauseCase(.killed, .named, "the trap of its execve was passed on", trapped { _ in }),
    CauseCase(
      .killed, .named, "the trap of a system call was passed on",
      trapped {
        $0.stop(.unknown, status: 0x57f)
        $0.request(.syscall)
      }),
    CauseCase(
      .killed, .absent, "a trap of a child's own was passed on",
      trapped {
        $0.stop(.unknown, status: 0x57f)
        $0.request(.cont)
      }),
    // Hangs.
    CauseCase(.hangs, .named, "seized, and never interrupted", hung { $0.request(.seize) }),
    CauseCase(
      .hangs, .named, "another task stands stopped",
      hung {
        let task = $0.tracee
        $0.tracee = TaskID(4799)
        $0.take()
        $0.tracee = task
      }),
    CauseCase(
      .hangs, .absent, "the other one was let run",
      hung {
        let task = $0.tracee
        $0.tracee = TaskID(4799)
        $0.take()
        $0.request(.cont)
        $0.tracee = task
      }),
    // What an error is taken for.
    CauseCase(.requestRefused, .named, "an error was taken for an address") {
      $0.take()
      $0.request(.pokeData, UInt64(bitPattern: -22), 0, result: -5)
      $0.request(.detach)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.requestRefused, .named, "asked while it runs") {
      $0.take()
      $0.request(.cont)
      $0.request(.getRegisters, result: -3)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.requestRefused, .absent, "asked after its next stop") {
      $0.take()
      $0.request(.cont)
      $0.deliveryStop(.user1)
      $0.request(.getRegisters, result: -3)
      $0.endTracer(.exited(code: 1))
    },
  ]
}
