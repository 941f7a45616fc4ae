import FiniEventScripts
import FiniModel
import FiniTimeline

/// Requests that were refused and not looked at, and what a small tool's own stops and writes come to.
extension CauseCase {
  private static let rsp = EventScript.saved[.rsp]

  /// Taken by PTRACE_ATTACH, and the tracer ends with 0.
  private static func attached(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.request(.attach)
      // Its siginfo, which names the sender, is not asked for.
      $0.stop(.signalDelivery, status: UInt32(Signal.stop.rawValue) << 8 | 0x7f)
      body(&$0)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// How a child ended, as SIGCHLD tells it.
  private static func killed(_ child: TaskID, by signal: Signal) -> SignalInfo {
    SignalInfo(
      signal: .child, code: SignalCode(rawValue: 2), sender: child,
      value: UInt64(signal.rawValue))
  }

  /// The task is killed, and SIGCHLD alone tells its tracer.
  private static func dead(_ requests: Int, sentFirst: Bool = false) -> EventScript {
    attached { script in
      let task = script.tracee
      script.readRegisters(EventScript.saved)
      if sentFirst {
        let info = SignalInfo(signal: .kill, code: .user, sender: EventScript.tracer)
        script.add(.signal(SignalRecord(fate: .generated, info: info)))
      }
      of(EventScript.tracer, &script) {
        $0.add(.signal(SignalRecord(fate: .delivered, info: killed(task, by: .kill))))
      }
      for _ in 0..<requests { script.request(.getRegisters, result: -3) }
    }
  }

  /// A task with an int3 in its text, of which a child dies.
  private static func childDies(by signal: Signal, liftedFirst: Bool = false) -> EventScript {
    attached {
      $0.peek(EventScript.injected, 0x55)
      $0.request(.pokeText, EventScript.injected, 0xcc)
      if liftedFirst { $0.request(.pokeText, EventScript.injected, 0x55) }
      $0.request(.cont)
      $0.stop(.signalDelivery, status: 0x117f, info: killed(TaskID(4800), by: signal))
      $0.request(.pokeText, EventScript.injected, 0x55)
      $0.request(.detach, 0, 17)
    }
  }

  /// Another task asks to trace the same one.
  private static func asked(by other: TaskID, letGoFirst: Bool = false) -> EventScript {
    attached {
      if letGoFirst { $0.request(.detach) }
      $0.tracer = other
      $0.request(.attach, result: -1)
      $0.tracer = EventScript.tracer
      if !letGoFirst { $0.request(.detach) }
    }
  }

  /// A breakpoint at an offset within a file, and a wait until SIGTERM.
  private static func unmapped(_ body: (inout EventScript) -> Void = { _ in }) -> EventScript {
    .told(by: .strace) {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      $0.request(.peekText, 0x1328, result: -5)
      $0.request(.pokeText, 0x1328, .max << 8 | 0xcc, result: -5)
      body(&$0)
      $0.request(.cont)
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: 5_000_000)
      $0.endTracer(.killed(.terminate, dumpedCore: false))
    }
  }

  /// A call for the tracer fails with EINVAL, and its result is used.
  private static func errorUsed(_ result: UInt64, dies: Bool) -> EventScript {
    attached {
      $0.readRegisters(EventScript.saved)
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeText, EventScript.injected, 0xcc_050f)
      $0.injectedCall(SyscallNumber.mmap, result: result)
      $0.add(
        .memory(
          MemoryAccess(
            .writeRemote, at: RemoteAddress(result), byteCount: 8, bytes: 0, error: .badAddress)))
      $0.request(.pokeText, EventScript.injected, 0xc3)
      if dies {
        $0.writeRegisters(EventScript.lent(0, at: result))
        $0.request(.cont)
        $0.stop(.signalDelivery, status: 0xb7f)
        $0.request(.cont, 0, 11)
        $0.add(.ended(.killed(.segmentation, dumpedCore: false)))
      } else {
        $0.writeRegisters(EventScript.saved)
        $0.request(.detach)
      }
    }
  }

  /// Sent elsewhere in an interrupted call, and dies of SIGILL.
  private static func movedAndDies(_ body: (inout EventScript) -> Void = { _ in }) -> EventScript {
    attached {
      $0.readRegisters(EventScript.saved)
      var registers = EventScript.saved
      registers[.rip] = 0x40_3000
      $0.writeRegisters(registers)
      $0.request(.cont)
      body(&$0)
      $0.stop(.signalDelivery, status: 0x47f)
      $0.request(.cont, 0, 4)
      $0.add(.ended(.killed(.illegalInstruction, dumpedCore: false)))
    }
  }

  /// A function is called that returns to an address where nothing is; another fault may come instead.
  private static func called(faultAt counter: UInt64) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.add(.phase(.infect))
      $0.request(.pokeData, rsp - 8, 0x10)
      var registers = EventScript.lent(0, at: 0x40_3000)
      registers[.rsp] = rsp - 8
      $0.writeRegisters(registers)
      $0.request(.cont)
      $0.stop(
        .signalDelivery, status: 0xb7f,
        info: SignalInfo(
          signal: .segmentation, code: SignalCode(rawValue: 1), address: RemoteAddress(0x10)),
        at: RemoteAddress(counter))
      $0.writeRegisters(EventScript.saved)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// A breakpoint is hit, and this is written in its place.
  private static func putBack(_ word: UInt64?) -> EventScript {
    attached {
      $0.peek(EventScript.injected, 0x4800_002d_ac05_8b48)
      $0.request(
        .pokeText, EventScript.injected,
        word == nil ? 0x4800_002d_ac05_8bcc : 0xffff_ffff_ac05_8bcc)
      if let word { $0.request(.pokeText, EventScript.injected, word) }
      $0.request(.detach)
    }
  }

  static let requests: [CauseCase] =
    refusedRequests + deathsAndRequests + writes + [
      CauseCase(
        .notStopped, .absent, "seized, waited for, and nothing was to stop it", neverInterrupted),
      CauseCase(
        .hangs, .named, "seized, waited for, and nothing was to stop it", neverInterrupted,
        saying: "seized and never interrupted"),
      CauseCase(
        .hangs, .possible, "the trace ends in a wait, with a changed word",
        saying: "which is changed"
      ) {
        $0.take()
        $0.peek(EventScript.injected, 0x55)
        $0.request(.pokeText, EventScript.injected, 0xcc)
        $0.request(.cont)
        $0.add(.missed(Missed(awaited: .remoteSyscall, waited: 0)))
      },
    ]

  private static let neverInterrupted: EventScript = .told(by: .strace) {
    $0.request(.seize)
    $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: 5_000_000)
    $0.endTracer(.killed(.terminate, dumpedCore: false))
  }

  private static let refusedRequests: [CauseCase] = [
    CauseCase(
      .requestRefused, .named, "let run, and a detach that is refused",
      attached {
        $0.request(.cont)
        $0.request(.detach, result: -3)
      }, saying: "PTRACE_DETACH of task 4711 was refused (ESRCH)"),
    CauseCase(
      .requestRefused, .absent, "a detach is refused, and another one granted",
      attached {
        $0.request(.cont)
        $0.request(.detach, result: -3)
        $0.deliveryStop(.stop)
        $0.request(.detach)
      }),
    CauseCase(
      .requestRefused, .absent, "a detach of a task that had ended",
      attached {
        $0.request(.cont)
        $0.add(.ended(.exited(code: 0)))
        $0.request(.detach, result: -3)
      }),
    CauseCase(
      .alreadyTraced, .named, "another tracer of the trace holds it", asked(by: TaskID(4702)),
      saying: "its tracer is 4700 already"),
    CauseCase(
      .alreadyTraced, .absent, "this tracer holds it", asked(by: EventScript.tracer)),
    CauseCase(
      .alreadyTraced, .absent, "another tracer held it before",
      asked(by: TaskID(4702), letGoFirst: true)),
    CauseCase(
      .hangs, .named, "a breakpoint where nothing is mapped", unmapped(),
      saying: "nothing is mapped at 0x1328; no breakpoint was set"),
    CauseCase(
      .hangs, .absent, "nothing is mapped there, and another one was set",
      unmapped {
        $0.peek(EventScript.injected, 0x55)
        $0.request(.pokeText, EventScript.injected, 0xcc)
      }),
    CauseCase(
      .requestRefused, .named, "the error of a call is written to",
      errorUsed(UInt64(bitPattern: -22), dies: false), saying: "took the error for an address"),
    CauseCase(
      .requestRefused, .absent, "an access to an address is refused, and its tracer went on",
      attached {
        $0.add(
          .memory(
            MemoryAccess(
              .readRemote, at: RemoteAddress(0x6000), byteCount: 8, bytes: 0, error: .badAddress)))
        $0.request(.detach)
      }),
  ]

  private static let deathsAndRequests: [CauseCase] = [
    CauseCase(
      .killed, .named, "asked again and again after it was killed", dead(3),
      saying: "3 requests of its tracer failed after that"),
    CauseCase(.killed, .absent, "asked once after it was killed", dead(1)),
    CauseCase(.killed, .named, "killed by its tracer", dead(3, sentFirst: true)),
    CauseCase(
      .killed, .named, "a child with a copy of an int3", childDies(by: .trap),
      saying: "untraced, with a copy of the int3"),
    CauseCase(.killed, .absent, "a child killed by another signal", childDies(by: .terminate)),
    CauseCase(
      .killed, .absent, "a child killed by SIGTRAP without an int3",
      childDies(by: .trap, liftedFirst: true)),
    CauseCase(
      .killed, .named, "sent to the error of a call",
      errorUsed(UInt64(bitPattern: -22), dies: true), saying: "took the error of mmap (EINVAL)"),
    CauseCase(
      .killed, .named, "sent elsewhere in an interrupted call", movedAndDies(),
      saying: "went on 2 bytes before that"),
    CauseCase(
      .killed, .named, "sent elsewhere in an interrupted call, and stopped in between",
      movedAndDies {
        $0.deliveryStop(.user1)
        $0.request(.cont)
      }, saying: "was killed by SIGILL"),
  ]

  private static let writes: [CauseCase] = [
    CauseCase(
      .parasiteCrashed, .absent, "a function returns where it was to", called(faultAt: 0x10)),
    CauseCase(.signalLost, .absent, "a function returns where it was to", called(faultAt: 0x10)),
    CauseCase(
      .parasiteCrashed, .named, "a function crashes", called(faultAt: 0x40_3004)),
    CauseCase(
      .memoryPatched, .named, "a return address in the red zone", called(faultAt: 0x10),
      saying: "red zone"),
    CauseCase(
      .memoryPatched, .named, "a word written back as an int",
      putBack(0xffff_ffff_ac05_8b48), saying: "its upper 4 bytes are wrong"),
    CauseCase(
      .memoryPatched, .named, "an int3 never taken away", putBack(nil), saying: "the int3 at"),
    CauseCase(
      .memoryPatched, .named, "another word written", putBack(7), saying: "1 changed word"),
    CauseCase(
      .memoryPatched, .absent, "the word written back", putBack(0x4800_002d_ac05_8b48)),
  ]
}
