internal import FiniModel

extension Event {
  /// How a task ended, where this is the SIGCHLD that tells its tracer so.
  func reportedEnd(of task: TaskID) -> Ending? {
    guard case .signal(let record) = payload, record.fate == .delivered,
      record.info.signal == .child, record.info.sender == task, tracee != task
    else { return nil }
    return record.info.childStatus?.ending
  }
}
