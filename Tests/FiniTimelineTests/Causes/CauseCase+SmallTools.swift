import FiniEventScripts
import FiniModel
import FiniTimeline

/// What small debuggers and injectors do wrong by ptrace(2): state that was never read, newborn tasks, numbers that are no
/// signals, calls that the kernel leaves to the tracer.
extension CauseCase {
  private static let stack = EventScript.saved[.rsp]
  static let thread = TaskID(4712)

  /// Taken, changed, and let go.
  private static func kept(_ body: (inout EventScript) -> Void) -> EventScript {
    .told(by: .strace) {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      body(&$0)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    }
  }

  private static func state(_ digest: UInt64?) -> RequestCall.Detail {
    .extendedState(byteCount: 512, digest: digest)
  }

  /// A child that asked to be traced makes another task, of which the tracer is told.
  private static func birth(
    seized: Bool = false, options: UInt64 = 2, event: PtraceEvent = .fork, ending: UInt8 = 0,
    asks: Bool = true, _ body: (inout EventScript) -> Void = { _ in }
  ) -> EventScript {
    .told(by: .strace) {
      if seized {
        $0.request(.seize, 0, options)
      } else {
        $0.request(.attach)
        $0.deliveryStop(.stop)
        $0.request(.setOptions, 0, options)
        $0.request(.cont)
      }
      let status = UInt32(event.rawValue) << 16 | 0x57f
      $0.wait(status)
      if asks { $0.request(.getEventMessage, 0, UInt64(thread.rawValue)) }
      $0.add(.stop(StopRecord(status: status, stopClass: .event(event))))
      body(&$0)
      $0.request(.detach)
      $0.endTracer(.exited(code: ending))
    }
  }

  static func of(
    _ task: TaskID, _ script: inout EventScript, _ body: (inout EventScript) -> Void
  ) {
    let own = script.tracee
    script.tracee = task
    body(&script)
    script.tracee = own
  }

  /// Stopped by a signal, after PTRACE_SEIZE or PTRACE_ATTACH, and answered by a request.
  private static func groupStop(
    by signal: Signal = .terminalStop, takenBy taking: PtraceRequest = .seize,
    answer: PtraceRequest, sentFirst: Signal? = nil
  ) -> EventScript {
    .told(by: .strace) {
      $0.request(taking)
      if let sentFirst {
        $0.add(
          .signal(
            SignalRecord(
              fate: .generated,
              info: SignalInfo(signal: sentFirst, code: .user, sender: EventScript.tracer))))
      }
      $0.stop(.groupStop, status: 0x80_007f | UInt32(signal.rawValue) << 8)
      $0.request(answer)
      $0.add(.ended(.exited(code: 0)))
      $0.endTracer(.exited(code: 0))
    }
  }

  /// A child under PTRACE_SYSEMU.
  private static func emulated(
    signal: Signal = .segmentation, _ answer: (inout EventScript, Registers) -> Void
  ) -> EventScript {
    .told(by: .strace) {
      $0.stop(.unknown, status: 0x57f)
      $0.request(.emulate)
      $0.wait(0x57f)
      var entry = EventScript.saved
      entry[.origRAX] = 12
      entry[.rax] = UInt64(bitPattern: -38)
      $0.request(.getRegisters, detail: .registers(entry))
      $0.add(.stop(StopRecord(status: 0x57f, stopClass: .unknown)))
      answer(&$0, entry)
      $0.request(.cont)
      $0.add(.ended(.killed(signal, dumpedCore: false)))
      $0.endTracer(.exited(code: 1))
    }
  }

  /// System calls of a child, as PTRACE_GET_SYSCALL_INFO tells them.
  private static func calls(
    options: UInt64 = 1, _ calls: [(number: UInt64, result: Int64)],
    atEntry body: @escaping (inout EventScript) -> Void = { _ in }
  ) -> EventScript {
    .told(by: .strace) { script in
      script.stop(.signalDelivery, status: 0x137f)
      script.request(.setOptions, 0, options)
      for (number, result) in calls {
        for isEntry in [true, false] {
          script.request(.syscall)
          let info = SyscallInfo(
            operation: isEntry ? .entry : .exit, abi: .x86_64, number: isEntry ? number : nil,
            result: isEntry ? nil : result, instructionPointer: RemoteAddress(0x40_1000),
            stackPointer: RemoteAddress(stack))
          script.stop(isEntry ? .syscallEntry : .syscallExit, status: 0x857f, syscall: info)
          if isEntry, number == 110 { body(&script) }
        }
      }
      script.add(.ended(.exited(code: 38)))
      script.endTracer(.exited(code: 0))
    }
  }

  static let smallTools: [CauseCase] =
    unreadState + newborns + answers + refusals

  private static let unreadState: [CauseCase] = [
    CauseCase(
      .registersLeft, .named, "floating-point registers that were never read",
      kept { $0.request(.setFloatingPoint, detail: state(1)) }),
    CauseCase(
      .registersLeft, .named, "an extended state of which nothing is shown, and never read",
      kept { $0.request(.setRegisterSet, RegisterSet.extendedState, detail: state(nil)) }),
    CauseCase(
      .registersLeft, .named, "floating-point registers that were never read, and it ran to its end"
    ) {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      $0.request(.setFloatingPoint, detail: state(1))
      $0.request(.cont)
      $0.add(.ended(.exited(code: 0)))
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(
      .registersLeft, .possible, "floating-point registers, and events were lost before",
      kept {
        $0.add(.gap(lost: 3))
        $0.request(.setFloatingPoint, detail: state(1))
      }),
    CauseCase(
      .registersLeft, .absent, "floating-point registers, read as the extended state",
      kept {
        $0.request(.getRegisterSet, RegisterSet.extendedState, detail: state(nil))
        $0.request(.setFloatingPoint, detail: state(1))
      }),
    CauseCase(
      .registersLeft, .absent, "floating-point registers that could not be written",
      kept { $0.request(.setFloatingPoint, result: -14) }),
    CauseCase(
      .registersLeft, .named, "general registers that were never read",
      kept { $0.request(.setRegisters, detail: .registers(EventScript.lent(0))) }),
    // Memory.
    CauseCase(
      .memoryPatched, .named, "a word of the red zone that was not read",
      kept {
        $0.readRegisters(EventScript.saved)
        $0.peek(EventScript.injected, 0xc3)
        $0.request(.pokeData, stack - 24, 7)
      }),
    CauseCase(
      .memoryPatched, .absent, "a word far below the stack pointer",
      kept {
        $0.readRegisters(EventScript.saved)
        $0.peek(EventScript.injected, 0xc3)
        $0.request(.pokeData, stack - 160, 7)
      }),
    CauseCase(
      .memoryPatched, .possible,
      "a word that was not read, by a tracer that is not seen to read any",
      kept {
        $0.readRegisters(EventScript.saved)
        $0.request(.pokeData, 0x60_0000, 7)
      }),
    CauseCase(
      .memoryPatched, .possible, "a word that was not read, and the stack pointer is not known",
      kept {
        $0.peek(EventScript.injected, 0xc3)
        $0.request(.pokeData, 0x60_0000, 7)
      }),
    CauseCase(
      .memoryPatched, .absent, "a word that was not read, written twice with other bytes",
      kept {
        $0.readRegisters(EventScript.saved)
        $0.request(.pokeData, 0x60_0000, 0x0101_0101_0101_0101)
        $0.request(.pokeData, 0x60_0000, 0x0202_0202_0202_0202)
      }),
    CauseCase(
      .memoryPatched, .absent, "memory that a call for the tracer gave it",
      kept {
        $0.readRegisters(EventScript.saved)
        $0.inject()
        $0.writeRegisters(EventScript.saved)
        $0.request(.pokeData, EventScript.blob.rawValue + 8, 7)
      }),
    CauseCase(
      .memoryPatched, .named, "eight bytes for a breakpoint of one",
      kept {
        $0.request(.pokeText, EventScript.injected, 0xcc)
        $0.request(.pokeText, EventScript.injected, 0x90)
      }),
    CauseCase(
      .memoryPatched, .absent, "more was read by /proc/PID/mem than is shown",
      kept {
        for place in [0, 8, 16, 24] as [UInt64] {
          $0.add(
            .memory(
              MemoryAccess(.readFile, at: RemoteAddress(0x60_0000 + place), byteCount: 8, bytes: 0))
          )
        }
        $0.readRegisters(EventScript.saved)
        $0.request(.pokeData, 0x60_0100, 7)
      }),
    CauseCase(.killed, .named, "a crash after eight bytes for a breakpoint of one") {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      $0.request(.pokeText, EventScript.injected, 0xcc)
      $0.request(.cont, 0, 11)
      $0.add(.ended(.killed(.segmentation, dumpedCore: false)))
      $0.endTracer(.exited(code: 1))
    },
  ]

  private static let newborns: [CauseCase] = [
    CauseCase(.stopLeft, .named, "a forked task was never waited for", birth()),
    CauseCase(
      .stopLeft, .absent, "a forked task was never waited for, and was seized", birth(seized: true)),
    CauseCase(
      .stopLeft, .absent, "a forked task was waited for and let go",
      birth {
        of(thread, &$0) {
          $0.stop(.signalDelivery, status: 0x137f)
          $0.request(.detach)
        }
      }),
    CauseCase(
      .stopLeft, .absent, "the number of the new task was not asked for", birth(asks: false)),
    CauseCase(
      .stopLeft, .absent, "a thread that ended with its process",
      birth(options: 8, event: .clone) { $0.add(.ended(.exited(code: 0))) }),
    CauseCase(
      .killed, .named, "a forked task was never waited for, and PTRACE_O_EXITKILL is set",
      birth(options: 2 | PtraceOption.exitKill)),
    CauseCase(
      .hangs, .named, "a forked task was never waited for, and the tracer failed", birth(ending: 1)),
    // Threads of a tracer, and of a task.
    CauseCase(.requestRefused, .named, "the thread that traces had exited") {
      $0.take()
      $0.endTracer(.exited(code: 0))
      $0.tracer = thread
      $0.request(.getRegisters, result: -3)
      $0.request(.detach, result: -3)
      let task = $0.tracee
      $0.tracee = thread
      $0.add(.ended(.exited(code: 1)))
      $0.tracee = task
    },
    CauseCase(.requestRefused, .named, "a thread has the number of its process since its execve") {
      execve(&$0, former: UInt64(thread.rawValue))
    },
    CauseCase(.hangs, .absent, "a thread has the number of its process since its execve") {
      execve(&$0, former: UInt64(thread.rawValue))
    },
    CauseCase(.requestRefused, .possible, "a thread was ended by an execve") {
      execve(&$0, former: nil)
    },
  ]

  /// A thread is let run, its process calls execve, and the thread is asked for again.
  private static func execve(_ script: inout EventScript, former: UInt64?) {
    script.stop(.unknown, status: 0x57f)
    script.request(.cont)
    script.wait(0x3057f)
    script.request(.getEventMessage, 0, UInt64(thread.rawValue))
    script.add(.stop(StopRecord(status: 0x3057f, stopClass: .event(.clone))))
    script.request(.cont)
    of(thread, &script) {
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.cont)
    }
    script.wait(0x4057f)
    if let former { script.request(.getEventMessage, 0, former) }
    script.add(.stop(StopRecord(status: 0x4057f, stopClass: .event(.exec))))
    of(thread, &script) { $0.request(.cont, result: -3) }
    script.endTracer(.exited(code: 1))
  }

  private static let answers: [CauseCase] = [
    CauseCase(.stopUndone, .named, "PTRACE_CONT after a group-stop", groupStop(answer: .cont)),
    CauseCase(.stopUndone, .absent, "PTRACE_LISTEN after a group-stop", groupStop(answer: .listen)),
    CauseCase(.stopUndone, .absent, "let go in a group-stop", groupStop(answer: .detach)),
    CauseCase(
      .stopUndone, .absent, "PTRACE_CONT is all there is after PTRACE_ATTACH",
      groupStop(takenBy: .attach, answer: .cont)),
    CauseCase(
      .stopUndone, .absent, "stopped by the tracer's own SIGSTOP",
      groupStop(by: .stop, answer: .cont, sentFirst: .stop)),
    CauseCase(
      .stopUndone, .possible, "events were lost before it",
      .told(by: .strace) {
        $0.request(.seize)
        $0.stop(.groupStop, status: 0x80_147f)
        $0.request(.cont)
        $0.add(.gap(lost: 1))
        $0.add(.ended(.exited(code: 0)))
        $0.endTracer(.exited(code: 0))
      }),
    // PTRACE_SYSEMU.
    CauseCase(.callSkipped, .named, "PTRACE_SYSEMU, and no result", emulated { _, _ in }),
    CauseCase(
      .callSkipped, .absent, "PTRACE_SYSEMU, and a result",
      emulated { script, entry in
        var answered = entry
        answered[.rax] = 0
        script.request(.setRegisters, detail: .registers(answered))
      }),
    CauseCase(
      .callSkipped, .absent, "PTRACE_SYSEMU, and a result by POKEUSER",
      emulated { script, _ in
        script.request(.pokeUser, UInt64(Registers.Name.rax.rawValue) * 8, 0)
      }),
    // Filters.
    CauseCase(
      .seccomp, .possible, "getppid fails with ENOSYS under a filter",
      calls([(317, 0), (110, -38)])),
    CauseCase(.seccomp, .absent, "getppid fails with ENOSYS without a filter", calls([(110, -38)])),
    CauseCase(
      .seccomp, .absent, "PTRACE_O_TRACESECCOMP is set",
      calls(options: 1 | PtraceOption.seccomp, [(317, 0), (110, -38)])),
    CauseCase(
      .seccomp, .absent, "a call that a kernel may lack", calls([(317, 0), (462, -38)])),
    CauseCase(
      .seccomp, .absent, "the tracer took the call away",
      calls([(317, 0), (110, -38)]) {
        $0.request(.pokeUser, UInt64(Registers.Name.origRAX.rawValue) * 8, .max)
      }),
    CauseCase(
      .seccomp, .named, "let go with a filter that asks its tracer",
      kept {
        $0.request(.setOptions, 0, PtraceOption.seccomp)
        $0.request(.cont)
        $0.stop(.event(.seccomp), status: 0x7057f)
      }),
    CauseCase(.seccomp, .absent, "ended with a filter that asks its tracer") {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      $0.request(.setOptions, 0, PtraceOption.seccomp)
      $0.request(.cont)
      $0.stop(.event(.seccomp), status: 0x7057f)
      $0.request(.cont)
      $0.add(.ended(.exited(code: 0)))
      $0.endTracer(.exited(code: 0))
    },
  ]
}
