package import FiniModel
internal import Glibc

/// A process that forked: its child goes on with the work, and it waits.
///
/// The child is no tracee, so this wait is none of the tracer's.
package struct SplitProcess {
  /// The child.
  package let child: TaskID

  private let passedOn: [Signal]

  /// Forks, while the process has one thread.
  ///
  /// The child leads a process group of its own: Ctrl-Z, or a kill -9 of the group, must not reach the one that
  /// holds a victim.
  ///
  /// - Parameter passedOn: the signals that the parent does not die of; it sends them on to the child.
  /// - Returns: `nil` in the child.
  /// - Throws: the error of fork(2).
  package static func fork(passingOn passedOn: [Signal]) throws(Errno) -> SplitProcess? {
    // One that is ignored would leave no child to be waited for.
    _ = signal(SIGCHLD, SIG_DFL)
    var before = sigset_t()
    var awaited = set(of: passedOn)
    let isBlocked = unsafe sigprocmask(SIG_BLOCK, &awaited, &before)
    precondition(isBlocked == 0, "a valid set is refused")
    let child = Glibc.fork()
    if child == 0 {
      precondition(setpgid(0, 0) == 0, "a new process may always lead a group")
      // It may write to the terminal all the same.
      _ = signal(SIGTTOU, SIG_IGN)
      let isRestored = unsafe sigprocmask(SIG_SETMASK, &before, nil)
      precondition(isRestored == 0, "our own mask is refused")
      return nil
    }
    guard child > 0 else { throw Errno(rawValue: errno) }
    return SplitProcess(child: TaskID(child), passedOn: passedOn)
  }

  /// Passes signals on until the child has ended.
  package func awaitEnd() -> WaitStatus {
    var awaited = SplitProcess.set(of: passedOn)
    while true {
      var status: Int32 = 0
      let ended = unsafe waitpid(child.rawValue, &status, WNOHANG)
      if ended == child.rawValue { return WaitStatus(rawValue: UInt32(bitPattern: status)) }
      let signal = unsafe sigwaitinfo(&awaited, nil)
      if signal > 0, signal != SIGCHLD { kill(child.rawValue, signal) }
    }
  }

  private static func set(of signals: [Signal]) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal.rawValue) }
    unsafe sigaddset(&set, SIGCHLD)
    return set
  }
}
