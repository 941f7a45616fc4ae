package import FiniModel
internal import Glibc

/// A process that forked: its child does the work, and the process waits.
///
/// The child is not a tracee, so this wait does not go through the tracer.
package struct SplitProcess {
  /// The child.
  package let child: TaskID

  private let passedOn: [Signal]

  /// Forks, while the process has one thread.
  ///
  /// The child leads a process group of its own. Ctrl-Z, or a kill -9 of the group, must not reach
  /// the process that holds a victim.
  ///
  /// - Parameter passedOn: the signals that do not end the parent; it sends them on to the child.
  /// - Returns: `nil` in the child.
  /// - Throws: the error of fork(2).
  package static func fork(passingOn passedOn: [Signal]) throws(Errno) -> SplitProcess? {
    // With an ignored SIGCHLD there would be no status to wait for.
    _ = signal(SIGCHLD, SIG_DFL)
    var before = sigset_t()
    var awaited = set(of: passedOn)
    let isBlocked = unsafe sigprocmask(SIG_BLOCK, &awaited, &before)
    precondition(isBlocked == 0, "a valid set is refused")
    let child = Glibc.fork()
    if child == 0 {
      precondition(setpgid(0, 0) == 0, "a new process may always lead a group")
      // The child may still write to the terminal.
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
