package import FiniModel
package import FiniPtrace

/// Why a cure did not go as planned.
package enum CureError: Error, Hashable, Sendable {
  /// The task ended during the cure.
  case ended(Ending)
  /// The kernel refused a ptrace request.
  case ptrace(PtraceError)
  /// The task called execve after it had been infected: another program runs in it now.
  case becameAnother
  /// The task runs code in a segment of its own (modify_ldt(2)); the selectors in `cs` and `ss`.
  case foreignSegment(code: UInt64, stack: UInt64)
  /// A system call that the task made for the tracer failed.
  case remoteSyscall(number: UInt64, Errno)
  /// A system call of the tracer itself failed; the text says which.
  case local(String, Errno)
  /// A stop or an answer did not come within the deadline.
  case overdue(Missed.Awaited)
  /// Ctrl-C, SIGTERM or SIGHUP came while a stop or an answer was awaited.
  case interrupted
  /// Ctrl-C, SIGTERM or SIGHUP came while the first stop was awaited, and the task did not stop in
  /// the time of grace either.
  case leftUnstopped
  /// The parasite was stopped by a signal of its own doing.
  case parasiteCrashed(SignalInfo)
  /// The parasite closed its end of the socket too early.
  case parasiteLeft
  /// The parasite's answer is none that the protocol has.
  case parasiteRubbish
  /// The task has nothing left of something that a cure needs.
  case shortage(Shortage, of: TaskID)
  /// The task stayed in one uninterruptible sleep for as long as a stop is awaited.
  case uninterruptible(in: String)
  /// It is under seccomp, which must not be suspended; the text says why and what helps.
  case confined(String)
  /// A system call that the task made for the tracer was turned into a SIGSYS.
  case turnedAway
  /// Its cgroup was frozen after the task was examined. The remedy says what thaws it.
  case frozen(remedy: String)
  /// The task ended before it was seized, and another one may have its number.
  case gone(TaskID)
  /// No `syscall` instruction was found in the task's memory.
  case noSyscallInstruction

  /// What went wrong, in one line.
  package var message: String {
    switch self {
    case .ended(.exited(let code)): "the task exited with status \(code)"
    case .ended(.killed(let signal, _)): "the task was killed by \(signal)"
    case .ptrace(.refused(let request, let task, let errno)):
      "\(request) of task \(task) was refused: \(errno) (\(errno.meaning))"
    case .ptrace(.waitFailed(let task, .noChild)):
      "task \(task) is no tracee any more: another thread of its process called execve"
    case .ptrace(.waitFailed(let task, let errno)):
      "waiting for task \(task) failed: \(errno) (\(errno.meaning))"
    case .ptrace(.ended(let task, _)): "task \(task) ended"
    case .becameAnother:
      "the task called execve and is another program now, in which nothing of the infection is; it was"
        + " let go as that"
    case .foreignSegment(let code, let stack):
      "it runs code in a segment of its own (cs 0x\(String(code, radix: 16)), ss"
        + " 0x\(String(stack, radix: 16)); see modify_ldt(2)), to which fini-trace can't lead it back; it was"
        + " not touched: try again when it runs other code"
    case .remoteSyscall(let number, let errno):
      "system call \(number), made by the task for fini-trace, failed: \(errno) (\(errno.meaning))"
    case .local(let what, let errno): "\(what) failed: \(errno) (\(errno.meaning))"
    case .overdue(let awaited): "waited in vain for the \(awaited.name)"
    case .interrupted: "interrupted; the task was let go"
    case .leftUnstopped:
      "interrupted before it came to a stop (a parent in vfork comes to none, for one); nothing of it was"
        + " changed, and the end of fini-trace lets it go"
    case .parasiteCrashed(let info):
      "the parasite was stopped by \(info.signal) (\(info.code.name(for: info.signal)))"
    case .parasiteLeft: "the parasite closed its socket before it was told to"
    case .parasiteRubbish: "the parasite gave an answer that makes no sense"
    case .shortage(let shortage, let process): shortage.message(for: process)
    case .uninterruptible(let place):
      "it is in uninterruptible sleep (state D, in \(place)), where no tracer can stop it; it was not"
        + " touched: try again when that is over"
    case .turnedAway:
      "its system calls are handed back to it (SIGSYS), by Syscall User Dispatch or by a filter, and only"
        + " Linux 6.4 and later let a tracer switch the former off; it is as it was"
    case .confined(let hint): "\(hint); it was not touched"
    case .frozen(let remedy):
      "it is frozen by its cgroup and no tracer can stop it; it was not touched; thaw it: \(remedy)"
    case .gone(let task): "task \(task) ended before its cure began"
    case .noSyscallInstruction: "the task has no readable syscall instruction mapped"
    }
  }
}

/// The result of a cure.
package struct CureReport: Sendable {
  /// What the task told about itself, if the parasite served.
  package var misc: ParasiteMisc?
  /// The strategy asked for.
  package var asked: FiniStrategy
  /// The strategy that was used in the end.
  package var taken: FiniStrategy
  /// Why the cure left its plan, if it did.
  package var failure: CureError?
  /// What could not be put back; empty for a clean cure.
  package var leftBehind: [PutBack.Item] = []
  /// Whether the task was let go as it was found.
  package var isCured = false
  /// How long the task did not run its own code, in nanoseconds: from the first PTRACE_INTERRUPT to
  /// the return of the detach.
  package var frozen: Int64?
  /// Whether the task ended while it was infected or otherwise changed.
  package var endedInside = false
  /// The machine's verdict on the live cure.
  package var verdict = Verdict.neverReached
  /// Whether Ctrl-C, SIGTERM or SIGHUP came meanwhile.
  package var wasInterrupted = false

  init(asked: FiniStrategy) {
    self.asked = asked
    taken = asked
  }
}
