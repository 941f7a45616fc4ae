internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

extension Victim {
  /// Takes the trap of the breakpoint, if it waits in the thread's queue.
  ///
  /// Where the task reaches the breakpoint while it is interrupted, it stops for PTRACE_INTERRUPT first:
  /// the kernel looks at that before it looks at signals. The SIGTRAP is still to come then, and nobody
  /// would be there to take it after the detach: it kills the task (LateTrapTests). The next resume brings
  /// it, before any instruction of the task.
  ///
  /// Only a task that does not run its own code has a breakpoint, so what comes before the trap is held.
  func takeLateTrap() throws(CureError) {
    while try hasLateTrap() {
      try resume(.cont)
      repeat {
        guard try arrive(.interruptStop) == .stop else { throw .overdue(.interruptStop) }
      } while try !settle(delivering: false)
    }
  }

  private func hasLateTrap() throws(CureError) -> Bool {
    guard let reading, reading.sets.pending.contains(.trap) else { return false }
    return try act { tracee throws(PtraceError) in
      var isThere = false
      try tracee.forEachPendingSignal(shared: false, by: tracer) { signal in
        if signal.info.signal == .trap, signal.info.code == .trapHardwareBreakpoint {
          isThere = true
        }
      }
      return isThere
    }
  }
}
