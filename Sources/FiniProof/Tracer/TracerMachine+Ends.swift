package import FiniModel

/// What a tracer is told of a task that ended, beside the end itself.
extension TracerMachine {
  /// Takes that a tracer made a request of another task.
  package mutating func noteStep() { ledger.sawStep = true }

  /// A task that is stopped for its tracer takes every request of it, unless it was killed.
  mutating func observe(refused call: RequestCall, by caller: TaskID, at sequence: UInt32) {
    if call.request.takesHold || call.request.resumes, tracer == nil { tracer = caller }
    // Another thread than the one that took hold of a task is refused as if the task ran.
    guard tracer == nil || tracer == caller else { return }
    // A detach is also refused where the tracer let go before, or the task runs.
    guard call.error == .noSuchProcess, call.request != .detach, sight == .stopped,
      ledger.detached == nil
    else { return }
    // It was to be let run towards the breakpoint: fini had begun.
    if call.request.resumes, state == .own { beginUninfected(call.request) }
    ledger.vanish(at: sequence)
  }

  /// Takes the end of the task as its tracer was told of it, by SIGCHLD.
  package mutating func observe(reported ending: Ending, at sequence: UInt32) {
    guard ledger.detached == nil, ledger.sawStep else { return }
    if state == .own { beginUninfected(.cont) }
    if ledger.ending == nil { ledger.end(ending, at: sequence) }
  }
}
