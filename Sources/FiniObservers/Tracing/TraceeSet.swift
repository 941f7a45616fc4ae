internal import FiniModel
internal import FiniProcfs

/// The tasks that a recording is about: a process, all below it, and all their threads.
///
/// A new task is not reported, so the parents of a task that is not known are read when a tracer first
/// makes a request of it. One whose parent has died by then is not found.
struct TraceeSet {
  private var members: Set<TaskID> = []
  /// Whether every task belongs to it.
  private let hasAll: Bool
  /// Tasks that were asked and do not belong here.
  private var strangers: Set<TaskID> = []

  /// Takes all tasks that there are now; without a subject, every task.
  init(of subject: TaskID?) {
    hasAll = subject == nil
    guard let subject else { return }
    let process = (try? TaskStatus(of: subject))?.process ?? subject
    members = [subject, process]
    var tree = TaskTree(root: process)
    // A task that is made during a scan is found by the next scan.
    for _ in 0..<64 {
      var isNew = false
      for task in tree.scan(by: .parents) where members.insert(task.task).inserted { isNew = true }
      if !isNew { return }
    }
  }

  /// Whether a task belongs to it.
  mutating func contains(_ task: TaskID) -> Bool {
    if hasAll { return task.rawValue > 0 }
    if members.contains(task) { return true }
    guard task.rawValue > 0, !strangers.contains(task) else { return false }
    let belongs = TraceeSet.line(of: task).contains { members.contains($0) }
    if belongs { members.insert(task) } else { strangers.insert(task) }
    return belongs
  }

  /// Forgets that a task does not belong to it: its number may be that of another task from here on.
  mutating func askAgain(for task: TaskID) { strangers.remove(task) }

  /// The process of a task and those above it.
  private static func line(of task: TaskID) -> [TaskID] {
    var line: [TaskID] = []
    var next = task
    while next.rawValue > 1, line.count < 1024, let status = try? TaskStatus(of: next) {
      line.append(status.process)
      next = status.parent
    }
    return line
  }
}
