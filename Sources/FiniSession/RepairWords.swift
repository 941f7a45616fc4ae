package import FiniEngine
package import FiniModel
internal import FiniPtrace

extension CureError {
  /// The error in a sentence that names the task.
  package func sentence(of task: TaskID) -> String {
    if case .ptrace(.refused(.seize, _, .notPermitted)) = self {
      return "not permitted to trace \(task): \(TaskFacts.permissionHint(for: task))"
    }
    return "task \(task): \(message)"
  }
}

extension RepairReport {
  /// What was done, a line each.
  package func lines(of task: TaskID) -> [String] {
    var lines: [String] = []
    if let disarmed { lines.append("\(task): breakpoint at \(disarmed) disarmed") }
    if let unmapped {
      lines.append(
        "\(task): \(unmapped.byteCount) bytes of the parasite at \(unmapped.start) unmapped")
    }
    if dispatches { lines.append("\(task): Syscall User Dispatch switched on again") }
    if bridges > 0 {
      lines.append("\(task): \(bridges) \(bridges == 1 ? "bridge" : "bridges") taken away")
    }
    return lines
  }

  /// What could not be done, a line each.
  package func complaints(of task: TaskID) -> [String] {
    leftBehind.map { "task \(task): \($0.name) could not be put back" }
      + [failure?.sentence(of: task)].compactMap { $0 }
  }

  /// Whether something could not be done.
  package var hasFailed: Bool { failure != nil || !leftBehind.isEmpty }
}
