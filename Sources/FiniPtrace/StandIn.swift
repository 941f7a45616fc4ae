internal import CFiniPtrace
package import FiniModel

/// A child of our own that sleeps: something to try things on before a task that is not ours is touched.
@PtraceThread
package final class StandIn {
  /// The child.
  package let task: TaskID
  private let pidfd: Int32
  private var isGone = false

  /// Starts one. It ends with the calling thread, and by itself after `lifetime` nanoseconds.
  ///
  /// - Throws: the error of fork(2) or pidfd_open(2).
  package init(lifetime: Int64) throws(Errno) {
    var child: Int32 = 0
    let result = unsafe fini_start_stand_in(lifetime, &child)
    if let error = Errno(result: result) { throw error }
    pidfd = Int32(result)
    task = TaskID(child)
  }

  isolated deinit { fini_close(pidfd) }

  /// Kills it, also in a ptrace-stop, and does not wait for its end.
  ///
  /// - Returns: a negated error number if that fails; ESRCH if it has ended and was waited for.
  @discardableResult
  package func kill() -> Int64 { fini_kill_stand_in(pidfd) }

  /// Kills it and waits for its end, for at most `time` nanoseconds.
  ///
  /// - Returns: whether it is gone. If not, this can be called again.
  package func end(by tracer: Tracer, within time: Int64) -> Bool {
    if isGone { return true }
    kill()
    let end = Tracer.now().advanced(by: time)
    while true {
      var status: UInt32 = 0
      let result = tracer.wait4(task, status: &status)
      if result == Int64(task.rawValue) {
        switch WaitStatus(rawValue: status) {
        case .exited, .killed: isGone = true
        // A stop that it came to before the signal.
        default: break
        }
      }
      // A wait of the tracer has seen its end.
      if Errno(result: result) == .noChild { isGone = true }
      let left = end - Tracer.now()
      if isGone || left <= 0 { return isGone }
      if result == 0 { _ = tracer.sleep(until: task, socket: -1, word: nil, timeout: left) }
    }
  }
}
