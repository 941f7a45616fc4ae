import FiniEventScripts
import FiniModel
import FiniTimeline

extension SignalSet {
  fileprivate static func of(_ signals: Signal...) -> SignalSet {
    signals.reduce(into: .empty) { $0.insert($1) }
  }
}

extension CauseCase {
  private static let sent = EventScript.sent(.user1)
  private static let attachStop = SignalInfo(signal: .stop, code: .unknown)

  /// A signal that comes to a task that is only watched.
  private static func watched(
    by source: Source = .strace, _ signal: Signal, passedOn: UInt64,
    _ body: (inout EventScript) -> Void
  ) -> EventScript {
    .told(by: source) {
      $0.take()
      $0.request(.cont)
      $0.deliveryStop(signal)
      $0.request(.cont, 0, passedOn)
      body(&$0)
    }
  }

  private static func stopAndLetGo(_ script: inout EventScript) {
    script.request(.interrupt)
    script.interruptStop()
    script.request(.detach)
  }

  /// What a tracer leaves in a task.
  static let leaving: [CauseCase] = [
    // Memory.
    CauseCase(
      .memoryPatched, .named, "an int3 not put back",
      .cured(by: .strace) {
        $0.peek(0x40_2000, 0x55)
        $0.request(.pokeData, 0x40_2000, 0xcc)
      }),
    CauseCase(
      .memoryPatched, .named, "the tracer is killed with the text patched", by: .ptraceObserver
    ) {
      $0.take()
      $0.peek(0x40_2000, 0x55)
      $0.request(.pokeData, 0x40_2000, 0xcc)
      $0.endTracer()
    },
    CauseCase(
      .memoryPatched, .possible, "events were lost after it: it may have been put back",
      .cured(by: .strace) {
        $0.peek(0x40_2000, 0x55)
        $0.request(.pokeData, 0x40_2000, 0xcc)
        $0.add(.gap(lost: 3))
      }),
    CauseCase(
      .memoryPatched, .possible, "what was there was read before events were lost",
      .cured(by: .strace) {
        $0.peek(0x40_2000, 0x55)
        $0.add(.gap(lost: 3))
        $0.request(.pokeData, 0x40_2000, 0xcc)
      }),
    CauseCase(
      .memoryPatched, .absent, "put back",
      .cured(by: .strace) {
        $0.peek(0x40_2000, 0x55)
        $0.request(.pokeData, 0x40_2000, 0xcc)
        $0.request(.pokeData, 0x40_2000, 0x55)
      }),
    CauseCase(
      .memoryPatched, .absent, "what was there was not read",
      .cured(by: .strace) {
        $0.request(.pokeData, 0x40_2000, 0xcc)
      }),
    CauseCase(
      .memoryPatched, .absent, "what was read was not seen",
      .cured(by: .strace) {
        $0.request(.peekData, 0x40_2000, detail: .notSeen)
        $0.request(.pokeData, 0x40_2000, 0xcc)
      }),
    CauseCase(.memoryPatched, .absent, "the task is held still") {
      $0.take()
      $0.peek(0x40_2000, 0x55)
      $0.request(.pokeData, 0x40_2000, 0xcc)
    },
    CauseCase(.memoryPatched, .absent, "the task ended") {
      $0.take()
      $0.peek(0x40_2000, 0x55)
      $0.request(.pokeData, 0x40_2000, 0xcc)
      $0.add(.ended(.killed(.kill, dumpedCore: false)))
      $0.endTracer(.exited(code: 0))
    },
    // Mappings.
    CauseCase(.blobLeft, .named, "let go after rt_sigreturn, and not unmapped") {
      $0.takeAndInfect()
      $0.approach()
      $0.passSigreturn()
      $0.request(.detach)
    },
    CauseCase(.blobLeft, .named, "watched from its first stop", by: .ptraceObserver) {
      $0.takeAndInfect()
      $0.endTracer()
    },
    CauseCase(.blobLeft, .named, "the task ran nothing after it was mapped") {
      $0.take()
      $0.inject()
      $0.request(.detach)
    },
    CauseCase(.blobLeft, .possible, "the task may have unmapped it: what it ran is not shown") {
      $0.take()
      $0.inject()
      $0.request(.cont)
      stopAndLetGo(&$0)
    },
    CauseCase(.blobLeft, .possible, "events were lost after it") {
      $0.takeAndInfect()
      $0.approach()
      $0.passSigreturn()
      $0.add(.gap(lost: 3))
      $0.request(.detach)
    },
    CauseCase(.blobLeft, .absent, "unmapped", .cured(by: .strace)),
    CauseCase(.blobLeft, .absent, "the call failed") {
      $0.take()
      $0.injectedCall(9, 0, 0x8000, result: UInt64(bitPattern: -12))
      $0.request(.detach)
    },
    // The mask.
    CauseCase(
      .maskChanged, .named, "set after rt_sigreturn",
      .cured(by: .strace) { $0.setMask(.of(.user1)) }),
    CauseCase(
      .maskChanged, .possible, "events were lost after it",
      .cured(by: .strace) {
        $0.setMask(.of(.user1))
        $0.add(.gap(lost: 3))
      }),
    CauseCase(
      .maskChanged, .absent, "put back",
      .cured(by: .strace) {
        $0.setMask(.of(.user1))
        $0.setMask(.empty)
      }),
    CauseCase(.maskChanged, .absent, "rt_sigreturn puts it back") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.setMask(.all(but: .trap))
      $0.arm(EventScript.sigreturn)
      $0.request(.cont)
      $0.passSigreturn()
      $0.unmapAndLetGo()
    },
    CauseCase(.maskChanged, .named, "nearly all are blocked, and no other mask was set") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.setMask(.all(but: .trap))
      $0.request(.detach)
    },
    CauseCase(.maskChanged, .absent, "nearly all were blocked, and another mask was set after it") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.setMask(.all(but: .trap))
      $0.setMask(.of(.user1))
      $0.request(.detach)
    },
    CauseCase(.maskChanged, .absent, "the trace begins after its own was read, perhaps") {
      $0.interruptStop()
      $0.setMask(.all(but: .trap))
      $0.request(.detach)
    },
    CauseCase(.maskChanged, .absent, "its own was not read") {
      $0.request(.seize)
      $0.request(.interrupt)
      $0.interruptStop()
      $0.setMask(.of(.user1))
      $0.request(.detach)
    },
    // Signals.
    CauseCase(
      .signalLost, .named, "taken and not given back", watched(.user1, passedOn: 0, stopAndLetGo)),
    CauseCase(
      .signalLost, .named, "the task is held still: the kernel has dropped it all the same",
      watched(.user1, passedOn: 0) { _ in }),
    CauseCase(
      .signalLost, .possible, "events were lost after it",
      watched(.user1, passedOn: 0) {
        $0.add(.gap(lost: 3))
        stopAndLetGo(&$0)
      }),
    CauseCase(
      .signalLost, .absent, "given back", watched(.user1, passedOn: 10, stopAndLetGo)),
    CauseCase(.signalLost, .absent, "the tracer itself had sent it") {
      $0.take()
      $0.add(
        .signal(
          SignalRecord(
            fate: .generated,
            info: SignalInfo(signal: .stop, code: .user, sender: EventScript.tracer))))
      $0.request(.cont)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach)
    },
    CauseCase(
      .signalLost, .absent, "sent anew",
      watched(.user1, passedOn: 0) {
        $0.add(
          .signal(
            SignalRecord(
              fate: .generated,
              info: SignalInfo(signal: .user1, code: .user, sender: EventScript.tracer))))
        stopAndLetGo(&$0)
      }),
    CauseCase(.signalLost, .absent, "the SIGSTOP of PTRACE_ATTACH") {
      $0.request(.attach)
      $0.stop(.signalDelivery, status: 0x137f, info: attachStop)
      $0.request(.cont)
      stopAndLetGo(&$0)
    },
    CauseCase(
      .signalLost, .absent, "the task was killed: nothing is lost to it",
      watched(.user1, passedOn: 0) { $0.add(.ended(.killed(.kill, dumpedCore: false))) }),
    CauseCase(
      .signalLost, .absent, "a child stopped itself for its tracer, and exited",
      .told(by: .bpf) {
        $0.request(.traceMe)
        $0.stop(
          .signalDelivery, status: 0x137f,
          info: SignalInfo(signal: .stop, code: .threadKill, sender: $0.tracee))
        $0.request(.cont)
        $0.add(.ended(.exited(code: 0)))
        $0.endTracer(.exited(code: 0))
      }),
    CauseCase(
      .signalLost, .named, "the task ran on without it, and exited by itself",
      watched(.user1, passedOn: 0) { $0.add(.ended(.exited(code: 3))) }),
    CauseCase(
      .signalLost, .named, "the tracer itself had sent it to the process",
      .told(by: .strace) {
        $0.take()
        $0.request(.cont)
        $0.add(
          .signal(
            SignalRecord(
              fate: .generated,
              info: SignalInfo(signal: .user1, code: .user, sender: EventScript.tracer))))
        $0.stop(.signalDelivery, status: 0xa7f)
        $0.request(.detach)
      }),
    // Handlers.
    CauseCase(.handlerLost, .named, "SIGTRAP had one", by: .ptraceObserver) {
      $0.add(.snapshot(Snapshot(state: UInt8(ascii: "S"), caught: .of(.trap, .user1))))
      $0.take()
      $0.request(.detach)
      $0.add(.snapshot(Snapshot(state: UInt8(ascii: "S"), caught: .of(.user1))))
    },
    CauseCase(.handlerLost, .absent, "all are there, and one more", by: .ptraceObserver) {
      $0.add(.snapshot(Snapshot(state: UInt8(ascii: "S"), caught: .of(.trap))))
      $0.take()
      $0.request(.detach)
      $0.add(.snapshot(Snapshot(state: UInt8(ascii: "S"), caught: .of(.trap, .user1))))
    },
    // The breakpoint.
    CauseCase(.detachedArmed, .named, "let go with DR7 armed") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.arm(EventScript.sigreturn)
      $0.request(.detach)
    },
    CauseCase(.detachedArmed, .absent, "disarmed", .cured(by: .strace)),
    CauseCase(.leftArmed, .named, "the tracer is killed with DR7 armed", by: .ptraceObserver) {
      $0.takeAndInfect()
      $0.approach()
      $0.endTracer()
    },
    CauseCase(.leftArmed, .absent, "killed before it armed", by: .ptraceObserver) {
      $0.takeAndInfect()
      $0.endTracer()
    },
    CauseCase(.trapBlocked, .named, "SIGTRAP in the mask, and let run") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.arm(EventScript.sigreturn)
      $0.setMask(.of(.trap, .user1))
      $0.request(.cont)
    },
    CauseCase(.trapBlocked, .absent, "all but SIGTRAP") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.arm(EventScript.sigreturn)
      $0.setMask(.all(but: .trap))
      $0.request(.cont)
    },
    CauseCase(.trapBlocked, .absent, "disarmed before it runs") {
      $0.takeAndInfect()
      $0.interruptDaemon()
      $0.arm(EventScript.sigreturn)
      $0.setMask(.of(.trap))
      $0.poke(7, 0)
      $0.request(.cont)
    },
    // The tracer's own SIGSTOP.
    CauseCase(.stopLeft, .named, "let go before it came") {
      $0.request(.attach)
      $0.deliveryStop(.user1)
      $0.request(.detach, 0, 10)
    },
    CauseCase(.stopLeft, .possible, "events were lost in between") {
      $0.request(.attach)
      $0.deliveryStop(.user1)
      $0.add(.gap(lost: 3))
      $0.request(.detach, 0, 10)
    },
    CauseCase(.stopLeft, .absent, "it came, and was taken") {
      $0.request(.attach)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach)
    },
    CauseCase(.stopLeft, .named, "given back as the task was let go") {
      $0.request(.attach)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach, 0, UInt64(Signal.stop.rawValue))
    },
    CauseCase(.stopLeft, .absent, "the SIGSTOP was another's") {
      $0.request(.attach)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.cont)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach, 0, UInt64(Signal.stop.rawValue))
    },
    CauseCase(.stopLeft, .absent, "the tracer's SIGCONT took it away") {
      $0.request(.attach)
      $0.deliveryStop(.user1)
      $0.add(
        .signal(
          SignalRecord(
            fate: .generated,
            info: SignalInfo(signal: .continue, code: .user, sender: EventScript.tracer))))
      $0.request(.detach, 0, 10)
    },
    // The tracer's end.
    CauseCase(.tracerDied, .named, "killed while the task waits for it") {
      $0.takeAndInfect()
      $0.endTracer()
    },
    CauseCase(.tracerDied, .possible, "the stops before it are not shown") {
      $0.take()
      $0.inject()
      $0.serve()
      $0.request(.interrupt)
      // Only a stopped task takes this, and no stop was seen.
      $0.poke(0, 0x2000)
      $0.endTracer()
    },
    CauseCase(.tracerDied, .absent, "let go before", .cured(by: .strace)),
  ]
}
