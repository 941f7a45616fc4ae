import FiniEventScripts
import FiniModel
import FiniTimeline

/// What a tracer gave a request that no request takes, and memory that it may not reach.
extension CauseCase {
  /// A resume with a number, refused, and a wait that is ended.
  private static func resumed(with number: UInt64, error: Int64, waits: Bool = true) -> EventScript
  {
    .told(by: .strace) {
      $0.stop(.unknown, status: 0x57f)
      $0.request(.cont, 0, number, result: error)
      guard waits else { return $0.endTracer(.exited(code: 1)) }
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: 5_000_000)
      $0.endTracer(.killed(.terminate, dumpedCore: false))
    }
  }

  /// A byte that process_vm_writev may not write.
  private static func failedWrite(_ script: inout EventScript) {
    script.add(
      .memory(
        MemoryAccess(
          .writeRemote, at: RemoteAddress(0x40_1000), byteCount: 1, bytes: 0, error: .badAddress)))
  }

  static let refusals: [CauseCase] = [
    CauseCase(.hangs, .named, "a whole wait status as a signal", resumed(with: 0x57f, error: -5)),
    CauseCase(.hangs, .named, "SIGTRAP|0x80 as a signal", resumed(with: 133, error: -5)),
    CauseCase(
      .tracerDied, .absent, "a whole wait status as a signal", resumed(with: 0x57f, error: -5)),
    CauseCase(.hangs, .named, "a resume that was refused", resumed(with: 0, error: -5)),
    CauseCase(.requestRefused, .named, "no signal, and let go after that") {
      $0.take()
      $0.request(.cont, 0, 200, result: -5)
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(.stopLeft, .absent, "a forked task, and the trace begins in the middle") {
      $0.request(.cont)
      $0.wait(0x1057f)
      $0.request(.getEventMessage, 0, UInt64(thread.rawValue))
      $0.add(.stop(StopRecord(status: 0x1057f, stopClass: .event(.fork))))
      $0.request(.detach)
      $0.endTracer(.exited(code: 0))
    },
    CauseCase(
      .requestRefused, .named, "no signal, and the tracer gave up",
      resumed(with: 1407, error: -5, waits: false)),
    CauseCase(.requestRefused, .named, "a wait for any task told of another one") {
      $0.take()
      $0.request(.cont)
      of(thread, &$0) {
        $0.add(
          .wait(WaitCall(target: TaskID(-1), options: 0, result: 4712, status: 0)))
      }
      $0.request(.getRegisters, result: -3)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.requestRefused, .named, "memory that process_vm_writev may not write") {
      $0.take()
      failedWrite(&$0)
      $0.request(.detach)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(
      .requestRefused, .named, "memory that was read, so that it is there",
      saying: "it can't write read-only memory"
    ) {
      $0.take()
      $0.peek(0x40_1000, 0xc3)
      failedWrite(&$0)
      $0.request(.detach)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(
      .requestRefused, .possible, "memory overwritten that was not read, after a refusal",
      saying: "POKEDATA of task 4711 failed"
    ) {
      $0.take()
      $0.request(.pokeData, 0x1000, 0xcc, result: -14)
      $0.request(.pokeData, 0x1000, 0x90)
      $0.request(.detach)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.requestRefused, .absent, "written by POKE after process_vm_writev failed") {
      $0.take()
      $0.peek(0x40_1000, 0xc3)
      failedWrite(&$0)
      $0.request(.pokeText, 0x40_1000, 0xcc)
      $0.request(.pokeText, 0x40_1000, 0xc3)
      $0.request(.detach)
      $0.endTracer(.exited(code: 1))
    },
    CauseCase(.killed, .absent, "PTRACE_O_EXITKILL after a hang") {
      $0.request(.setOptions, 0, PtraceOption.exitKill)
      $0.stop(.unknown, status: 0x57f)
      $0.request(.cont, 0, 133, result: -5)
      $0.add(.wait(WaitCall(target: $0.tracee, options: 0, result: -512)), takes: 5_000_000)
      $0.endTracer(.killed(.terminate, dumpedCore: false))
    },
  ]
}
