internal import FiniModel
internal import FiniPtrace

extension Victim {
  /// After ECHILD: a thread that calls execve takes its leader's number (ptrace(2), "execve(2)
  /// under ptrace"). Its stop can be found only by that number. The task is let go there.
  ///
  /// - Returns: whether it was found.
  func letGoAsLeader(of process: TaskID) -> Bool {
    guard process != task else { return false }
    let end = Tracer.now().advanced(by: deadline)
    while true {
      switch RunningTracee.born(process).wait(by: tracer, timeout: 0) {
      case .stopped(let tracee):
        let isExec = WaitStatus(rawValue: tracee.status).isExec
        do throws(PtraceError) { try tracee.detach(by: tracer) } catch { return false }
        return isExec
      case .overdue(let tracee):
        // It is our tracee, and on its way to that stop.
        tracee.forget()
        if Tracer.now() >= end { return false }
        Tracer.pause(nanoseconds: 1_000_000)
      case .messageReady(let tracee): tracee.forget()
      case .interrupted(let tracee): tracee.forget()
      case .ended: return false
      case .failed: return false
      }
    }
  }
}
