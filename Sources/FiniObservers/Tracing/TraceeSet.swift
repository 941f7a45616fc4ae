internal import FiniModel
internal import FiniProcfs

/// The tasks that a recording is about: a process, all below it, and all their threads.
///
/// Nobody tells of a birth, so a task that is not known is asked for its parents when a tracer first
/// turns to it. One whose parent has died by then is not found.
struct TraceeSet {
  private var members: Set<TaskID> = []
  /// Tasks that were asked and do not belong here.
  private var strangers: Set<TaskID> = []

  /// Takes all that there is now.
  init(of subject: TaskID) {
    let process = (try? TaskStatus(of: subject))?.process ?? subject
    members = [subject, process]
    var tree = TaskTree(root: process)
    // What is born while this looks is found by the next look.
    for _ in 0..<64 {
      var isNew = false
      for task in tree.look(by: .parents) where members.insert(task.task).inserted { isNew = true }
      if !isNew { return }
    }
  }

  /// Whether a task belongs to it.
  mutating func contains(_ task: TaskID) -> Bool {
    if members.contains(task) { return true }
    guard task.rawValue > 0, !strangers.contains(task) else { return false }
    let belongs = TraceeSet.line(of: task).contains { members.contains($0) }
    if belongs { members.insert(task) } else { strangers.insert(task) }
    return belongs
  }

  /// Forgets that a task was a stranger: its number may be another one's from here on.
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
