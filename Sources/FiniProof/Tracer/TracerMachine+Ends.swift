package import FiniModel

/// What a tracer is told of a task that ended, beside the end itself.
extension TracerMachine {
  /// Takes that a tracer made a request of another task.
  package mutating func noteStep() { ledger.sawStep = true }

  /// A task that is stopped for its tracer takes every request, unless it was killed.
  mutating func observe(refused call: RequestCall, at sequence: UInt32) {
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
