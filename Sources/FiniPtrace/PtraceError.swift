public import FiniModel

/// What can go wrong between a tracer and the kernel.
public enum PtraceError: Error, Hashable, Sendable {
  /// The task ended; its end was reported by a wait.
  case ended(TaskID, Ending)
  /// The kernel refused a request.
  case refused(PtraceRequest, TaskID, Errno)
  /// A wait failed: the task is not our tracee any more.
  case waitFailed(TaskID, Errno)
}

/// How a stopped task runs on.
public enum Resumption: Hashable, Sendable {
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

/// Why a wait came back.
public enum WaitOutcome: ~Copyable {
  /// The task is in a ptrace-stop.
  case stopped(StoppedTracee)
  /// The task is gone.
  case ended(Ending)
  /// The deadline passed; the task runs, or stops this very moment.
  case overdue(RunningTracee)
  /// The socket can be read (only where one was given).
  case messageReady(RunningTracee)
  /// The user wants to end (Ctrl-C, SIGTERM, SIGHUP).
  case interrupted(RunningTracee)
  /// The wait failed: the task is no tracee of ours.
  case failed(Errno)
}
