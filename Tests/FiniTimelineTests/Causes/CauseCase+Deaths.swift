import FiniEventScripts
import FiniModel
import FiniTimeline

extension CauseCase {
  /// Taken, and sent to a system call that its tracer wrote into it.
  private static func called(
    _ number: UInt64, _ argument: UInt64, _ body: (inout EventScript) -> Void
  ) -> EventScript {
    .told(by: .strace) {
      $0.take()
      $0.readRegisters(EventScript.saved)
      $0.peek(EventScript.injected, 0xc3)
      $0.request(.pokeData, EventScript.injected, 0xcc_050f)
      var call = EventScript.saved
      call[.rip] = EventScript.injected
      call[.rax] = number
      call[.rdi] = argument
      $0.writeRegisters(call)
      $0.request(.cont)
      body(&$0)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// A task whose tracer asks for its children, and a child in the SIGSTOP of its birth.
  private static func born(_ signal: UInt64, options: UInt64) -> EventScript {
    .told(by: .strace) {
      $0.request(.attach)
      $0.deliveryStop(.stop)
      $0.request(.setOptions, 0, options)
      $0.request(.cont)
      let parent = $0.tracee
      $0.tracee = TaskID(4799)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach, 0, signal)
      $0.tracee = parent
      $0.stop(.event(.fork), status: 0x1057f)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    }
  }

  /// Who ended a task, or left it stopped.
  static let deaths: [CauseCase] = [
    CauseCase(
      .exited, .named, "it called exit_group with 0 for its tracer",
      called(231, 0) { $0.add(.ended(.exited(code: 0))) }),
    CauseCase(
      .exited, .absent, "it called getpid for its tracer, and exited with 0",
      called(39, 0) { $0.add(.ended(.exited(code: 0))) }),
    CauseCase(
      .stopLeft, .named, "a child, with the SIGSTOP of its birth",
      born(19, options: PtraceOption.children)),
    CauseCase(
      .stopLeft, .absent, "a child, with none", born(0, options: PtraceOption.children)),
    CauseCase(
      .stopLeft, .absent, "a SIGSTOP that may be another program's", born(19, options: 0)),
    CauseCase(.killed, .named, "PTRACE_KILL of the only task, which was looked at") {
      $0.take()
      $0.readRegisters(EventScript.saved)
      $0.request(.kill)
      $0.add(.ended(.killed(.kill, dumpedCore: false)))
      $0.endTracer(.exited(code: 0))
    },
  ]
}
