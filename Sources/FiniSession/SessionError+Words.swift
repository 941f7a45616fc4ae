internal import FiniEngine
internal import FiniModel
internal import FiniObservers

extension SessionError: CustomStringConvertible {
  /// The error in one line, with cause and remedy.
  package var description: String {
    switch self {
    case .noSuchProcess(let task):
      "there is no process \(task); see ps -e for those that exist"
    case .refused(let refusal): refusal.message
    case .cure(let error, let task): error.sentence(of: task)
    case .recorderNotStarted(let error): "can't start the recorder: \(error)"
    case .commandNotStarted(let name, let error): "can't start \(name): \(error.meaning)"
    case .commandNotRun(let name, let error):
      "\(name): \(error.meaning.isEmpty ? error.description : error.meaning)"
    case .commandNotTraced(let name, let refusal): "\(name) can't be traced: \(refusal.message)"
    case .bpfRefused(let refusal): refusal.message
    case .watchRefused(let refusal, let task):
      "\(refusal.message); without BPF, start the tracer here: record \(task) -- COMMAND"
    case .notTraced(let task, let end):
      "\(task) was not traced" + (end.words.map { ": \($0)" } ?? "")
    case .tooFewRuns: "compare needs two runs; see fini-trace list"
    case .mergedIntoItself(let path):
      "\(path) is to be copied into itself; name another recording with -o"
    case .tasksOfRuns(let tasks, let runs):
      "\(tasks) tasks for \(runs) runs: give --task once, or once a run"
    case .ownRun(let run):
      "run \(run) is a cure by fini-trace itself: only what another tracer did has logs to be joined with"
    case .runUnderWay(let run): "run \(run) is being recorded; wait for its end"
    case .alreadyInRun(let name, let run): "run \(run) has \(name) already"
    case .nothingToImport: "there is nothing to import"
    case .otherTask(let task, let run): "run \(run) is of task \(task) alone"
    case .noSuchTracee(let task, let run): "task \(task) was not traced in run \(run)"
    case .treeOfTasks(let run):
      "run \(run) is of a tree: export one of its tasks with --task"
    case .noSuchTask(let task, let run, let tasks):
      "run \(run) has no task \(task); fini-trace show \(run) lists its \(tasks) tasks"
    case .noEvents(let task, let run, let outcome, let reason):
      "run \(run) has no events of task \(task): \(outcome?.name ?? "unfinished")"
        + (reason.isEmpty ? "" : ", \(reason)")
    case .noSuchEvent(let event, let run, let last):
      "run \(run) has no event \(event); its events are 1 to \(last)"
    }
  }
}
