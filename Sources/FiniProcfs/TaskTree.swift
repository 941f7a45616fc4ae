package import FiniModel

/// The processes below a process, as they come and go, and all their threads.
///
/// The kernel has no consistent picture of a tree that is not frozen: one scan may miss a task that
/// is made or reparented meanwhile. To find all tasks, scan again until there is no new one. A
/// process that was seen once stays a member, also if its parent dies and it gets another one.
package struct TaskTree: Sendable {
  /// Where children are looked up.
  package enum Source: Hashable, Sendable {
    /// `/proc/<pid>/task/<tid>/children` of each member: quick, and it may skip a child while
    /// another one exits; see proc_pid_task(5).
    case children
    /// The parent in `/proc/<pid>/stat` of every process there is.
    case parents
  }

  /// The start times of the members: a number may be used again.
  private var starts: [TaskID: UInt64] = [:]
  private var members: Set<TaskID>
  /// The members as they were found.
  private var order: [TaskID]

  private let root: TaskID
  private let hasChildrenFiles: Bool

  /// Starts with a process; nothing is read yet.
  ///
  /// - Parameters:
  ///   - startTicks: when the process started; `nil` to take the process that has the number at the
  ///     first scan.
  ///   - hasChildrenFiles: whether the kernel was built with CONFIG_PROC_CHILDREN. Without it every
  ///     scan uses ``Source/parents``.
  package init(
    root: TaskID, startTicks: UInt64? = nil,
    hasChildrenFiles: Bool = TaskTree.kernelTellsChildren
  ) {
    self.hasChildrenFiles = hasChildrenFiles
    self.root = root
    starts[root] = startTicks
    order = [root]
    members = [root]
  }

  /// Scans once.
  ///
  /// - Returns: every living task of every member: the root first, each process after the one that
  ///   it was found through, the leader before the other threads. Zombies are among them.
  package mutating func scan(by source: Source) -> [TaskIdentity] {
    var found: [TaskIdentity] = []
    let usesParents = source == .parents || !hasChildrenFiles
    let parents = usesParents ? TaskTree.childrenOfAll() : [:]
    var index = 0
    var gone: Set<TaskID> = []
    while index < order.count {
      let process = order[index]
      index += 1
      guard let leader = try? TaskStat(of: process),
        belongs(process, leader)
      else {
        gone.insert(process)
        continue
      }
      starts[process] = leader.startTicks
      for task in ProcFile.tasks(of: process).sorted(leaderFirst: process) {
        if let stat = try? TaskStat(of: task, in: process) {
          found.append(
            TaskIdentity(task: task, group: process, startTicks: stat.startTicks, name: stat.name))
        }
        if usesParents { continue }
        for child in TaskTree.children(of: task, in: process) { add(child) }
      }
      for child in parents[process] ?? [] { add(child) }
    }
    order.removeAll { gone.contains($0) }
    for process in gone { starts[process] = nil }
    members.subtract(gone)
    return found
  }

  /// Whether the process of that number is the member. A child may have ended since its number was
  /// read, and an unrelated process may have the number now. So a new member must be the child of a
  /// member.
  private func belongs(_ process: TaskID, _ leader: TaskStat) -> Bool {
    if let start = starts[process] { return start == leader.startTicks }
    return process == root || members.contains(leader.parent)
  }

  private mutating func add(_ process: TaskID) {
    if members.insert(process).inserted { order.append(process) }
  }

  /// Whether the kernel was built with CONFIG_PROC_CHILDREN.
  package static let kernelTellsChildren: Bool =
    (try? ProcFile.read("/proc/thread-self/children")) != nil

  private static func children(of task: TaskID, in process: TaskID) -> [TaskID] {
    guard let bytes = try? ProcFile.read("/proc/\(process)/task/\(task)/children") else {
      return []
    }
    return bytes.split(separator: 0x20).compactMap {
      Int32(String(decoding: $0, as: UTF8.self)).map { TaskID($0) }
    }
  }

  private static func childrenOfAll() -> [TaskID: [TaskID]] {
    var children: [TaskID: [TaskID]] = [:]
    for process in ProcFile.processes() {
      guard let stat = try? TaskStat(of: process) else { continue }
      children[stat.parent, default: []].append(process)
    }
    return children
  }
}

extension [TaskID] {
  fileprivate func sorted(leaderFirst leader: TaskID) -> [TaskID] {
    // Sorted by number, the leader may come last: numbers wrap around.
    filter { $0 == leader } + filter { $0 != leader }
  }
}
