package import FiniEngine
package import FiniModel
package import FiniObservers

/// Why a command could not do what it was asked for.
///
/// What the file refuses is a `StoreError`, and what a log refuses an `ImportError`.
package enum SessionError: Error {
  // MARK: the process
  /// There is no such process.
  case noSuchProcess(TaskID)
  /// It can't be traced.
  case refused(Refusal)
  /// The cure could not begin.
  case cure(CureError, of: TaskID)
  /// The guard could not fork.
  case recorderNotStarted(Errno)

  // MARK: another tracer
  /// The command could not be forked.
  case commandNotStarted(String, Errno)
  /// The command could not be executed.
  case commandNotRun(String, Errno)
  /// The command can't be traced.
  case commandNotTraced(String, PtraceRefusal)
  /// The BPF program can't be used.
  case bpfRefused(BPFRefusal)
  /// The BPF program can't be used, and nothing else can wait for a tracer of this task.
  case watchRefused(BPFRefusal, of: TaskID)
  /// No tracer came.
  case notTraced(TaskID, WatchEnd)

  // MARK: a run
  /// Fewer than two runs are to be compared.
  case tooFewRuns
  /// There are more tasks than one, and not one for each run.
  case tasksOfRuns(tasks: Int, runs: Int)
  /// Logs of another tracer are not put into a cure by fini-trace itself.
  case ownRun(Int64)
  /// The run is being recorded.
  case runUnderWay(Int64)
  /// The run has this log already.
  case alreadyInRun(String, run: Int64)
  /// The logs have no line that became an event.
  case nothingToImport
  /// A recording is to be copied into itself.
  case mergedIntoItself(String)
  /// The run is of one task, and that is another.
  case otherTask(TaskID, run: Int64)
  /// The run of another tracer has no such tracee.
  case noSuchTracee(TaskID, run: Int64)
  /// The run is of a tree, and is exported task by task.
  case treeOfTasks(run: Int64)
  /// The tree has no such task.
  case noSuchTask(TaskID, run: Int64, tasks: Int)
  /// The tree has no event of this task.
  case noEvents(of: TaskID, run: Int64, outcome: CureOutcome?, reason: String)
  /// The run has no such event; its last one has the other number.
  case noSuchEvent(UInt32, run: Int64, last: Int)
}
