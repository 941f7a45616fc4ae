package import FiniModel

/// Errors between a tracer and the kernel.
package enum PtraceError: Error, Hashable, Sendable {
  /// The task ended; its end was reported by a wait.
  case ended(TaskID, Ending)
  /// The kernel refused a request.
  case refused(PtraceRequest, TaskID, Errno)
  /// A wait failed: the task is not a tracee of this thread any more.
  case waitFailed(TaskID, Errno)
}

/// How a stopped task runs on.
package enum Resumption: Hashable, Sendable {
  /// To the next stop of any kind. `PTRACE_CONT`.
  case cont
  /// To the next entry or exit of a system call. `PTRACE_SYSCALL`.
  case toNextSyscall
  /// For one instruction. `PTRACE_SINGLESTEP`.
  case singleStep

  var request: PtraceRequest {
    switch self {
    case .cont: .cont
    case .toNextSyscall: .syscall
    case .singleStep: .singleStep
    }
  }
}

/// Why a wait returned.
package enum WaitOutcome: ~Copyable {
  /// The task is in a ptrace-stop.
  case stopped(StoppedTracee)
  /// The task has ended.
  case ended(Ending)
  /// The deadline passed; the task runs, or is just stopping.
  case overdue(RunningTracee)
  /// The socket can be read (only if one was given).
  case messageReady(RunningTracee)
  /// Ctrl-C, SIGTERM or SIGHUP came.
  case interrupted(RunningTracee)
  /// The wait failed: the task is not a tracee of this thread.
  case failed(Errno)
}
