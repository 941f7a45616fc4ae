internal import CFiniPtrace
package import FiniModel

/// A tracee that runs, as far as the tracer knows.
///
/// It can only be asked to stop and be waited for.
@PtraceThread
package struct RunningTracee: ~Copyable {
  /// The task.
  package let task: TaskID

  init(task: TaskID) { self.task = task }

  deinit { assertionFailure("task \(task) was dropped while traced; wait for it or detach it") }

  /// Becomes the tracer of a task without stopping it.
  ///
  /// The task runs on. Its syscall-stops can be told from other SIGTRAPs (`PTRACE_O_TRACESYSGOOD`),
  /// and it stops at an execve (`PTRACE_O_TRACEEXEC`).
  ///
  /// - Parameter suspendingSeccomp: keeps the task's seccomp filters from seeing the parasite
  ///   (`PTRACE_O_SUSPEND_SECCOMP`); needs CAP_SYS_ADMIN and a tracer without seccomp.
  /// - Throws: ``PtraceError/refused(_:_:_:)``: EPERM if another tracer has it, if this user may not,
  ///   or for a kernel thread or a zombie; ESRCH if there is no such task.
  /// - Note: The corresponding request is `PTRACE_SEIZE`; see ptrace(2).
  package static func seize(
    _ task: TaskID, suspendingSeccomp: Bool = false, by tracer: Tracer
  ) throws(PtraceError) -> RunningTracee {
    var options: TraceOptions = [.marksSyscalls, .stopsAtExec]
    if suspendingSeccomp { options.insert(.suspendsSeccomp) }
    return try seize(task, options: options, by: tracer)
  }

  /// Becomes the tracer of a task without stopping it.
  ///
  /// - Throws: as ``seize(_:suspendingSeccomp:by:)``.
  /// - Note: The corresponding request is `PTRACE_SEIZE`; see ptrace(2).
  package static func seize(
    _ task: TaskID, options: TraceOptions, by tracer: Tracer
  ) throws(PtraceError) -> RunningTracee {
    let result = tracer.request(.seize, task, data: options.rawValue)
    if let error = Errno(result: result) { throw .refused(.seize, task, error) }
    return RunningTracee(task: task)
  }

  /// A task that the kernel made a tracee at its creation; its first stop is still to come.
  package static func born(_ task: TaskID) -> RunningTracee { RunningTracee(task: task) }

  /// Asks the task to stop, without sending it a signal.
  ///
  /// The next stop need not be an interrupt-stop: if another stop is already pending, the kernel
  /// reports that one instead. So wait, and classify the stop.
  ///
  /// - Throws: ``PtraceError/refused(_:_:_:)`` with ESRCH if the task is gone.
  /// - Note: The corresponding request is `PTRACE_INTERRUPT`; see ptrace(2), "Group-stop".
  package borrowing func interrupt(by tracer: Tracer) throws(PtraceError) {
    let result = tracer.request(.interrupt, task)
    if let error = Errno(result: result) { throw .refused(.interrupt, task, error) }
  }

  /// Waits for this task alone until it stops, ends, or the time is over.
  ///
  /// - Parameters:
  ///   - timeout: nanoseconds.
  ///   - socket: a descriptor that ends the wait when it can be read; -1 for none.
  ///   - word: shared memory that ends the wait when it has this value; noticed within 1 ms.
  ///   - interruptible: whether Ctrl-C ends the wait.
  /// - Note: The corresponding C function is `wait4()`; see wait4(2).
  package consuming func wait(
    by tracer: Tracer, timeout: Int64, socket: Int32 = -1, word: (SharedWord, UInt32)? = nil,
    interruptible: Bool = false
  ) -> WaitOutcome {
    let task = self.task
    discard self
    let start = Tracer.now()
    while true {
      let gone = Tracer.now() - start
      let woke =
        gone >= timeout || interruptible && tracer.wasInterrupted
        ? 0 : tracer.sleep(until: task, socket: socket, word: word, timeout: timeout - gone)
      // A stop is reported before a packet: the parasite may have crashed after its answer. At the
      // deadline the task is waited for once more, so that the recording has the wait without a
      // result.
      if woke <= 0 || woke & Int64(FINI_WOKE_CHILD) != 0 {
        var status: UInt32 = 0
        let result = tracer.wait4(task, status: &status)
        if let error = Errno(result: result) { return .failed(error) }
        if result > 0, let outcome = RunningTracee.outcome(of: task, status: status, tracer) {
          return outcome
        }
      }
      if woke & Int64(FINI_WOKE_SOCKET | FINI_WOKE_WORD) != 0 {
        return .messageReady(RunningTracee(task: task))
      }
      if interruptible, tracer.wasInterrupted { return .interrupted(RunningTracee(task: task)) }
      if woke <= 0 { return .overdue(RunningTracee(task: task)) }
    }
  }

  private static func outcome(
    of task: TaskID, status: UInt32, _ tracer: Tracer
  ) -> WaitOutcome? {
    switch WaitStatus(rawValue: status) {
    case .exited(let code):
      tracer.note(.ended(.exited(code: code)), about: task)
      return .ended(.exited(code: code))
    case .killed(let signal, let dumpedCore):
      let ending = Ending.killed(signal, dumpedCore: dumpedCore)
      tracer.note(.ended(ending), about: task)
      return .ended(ending)
    case .stopped, .syscallStop, .event, .unrecognized:
      return .stopped(StoppedTracee(task: task, status: status))
    case .continued:
      return nil
    }
  }
}
