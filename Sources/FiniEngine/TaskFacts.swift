package import FiniModel
package import FiniProcfs

/// What is known of a task before it is touched.
package struct TaskFacts: Sendable {
  /// The task.
  package var task: TaskID
  /// Its process.
  package var process: TaskID
  /// The task's identity: what tells it from a later task with the same number.
  package var identity: TaskIdentity
  /// How many threads its process has.
  package var threads: Int
  /// The task as its own pid namespace numbers it.
  package var innermostTask: TaskID
  /// The process as its own pid namespace numbers it.
  package var innermostProcess: TaskID
  /// Whether it was under seccomp when it was examined. A filter may be added at any time.
  package var wasUnderSeccomp: Bool
}

/// Why a task is not touched.
package enum Refusal: Error, Hashable, Sendable {
  /// There is no task with that number.
  case noSuchProcess(TaskID)
  /// It is a thread of the kernel.
  case kernelThread(TaskID, name: String)
  /// The kernel made it in a user process, for work of its own.
  case kernelMade(TaskID, name: String, in: TaskID)
  /// It has ended and waits for its parent.
  case zombie(TaskID, name: String, parent: TaskID)
  /// It has ended, but other threads of its process still run.
  case deadLeader(TaskID, name: String, living: TaskID)
  /// It is this process itself.
  case ourselves(TaskID)
  /// It is an ancestor of this process.
  case ancestor(TaskID, name: String)
  /// Another tracer has it.
  case traced(TaskID, by: TaskID, name: String)
  /// Its cgroup is frozen.
  case frozen(TaskID, name: String, remedy: String)
  /// It is an x32 program: 64-bit code with 32-bit pointers.
  case notNative(TaskID, name: String)
  /// This user may not trace it.
  case notPermitted(TaskID, name: String, hint: String)

  /// Cause, holder and remedy, as one line. Names come unescaped from the process: escape them
  /// before printing.
  package var message: String {
    switch self {
    case .noSuchProcess(let task):
      "there is no process \(task); see ps -e for those that exist"
    case .kernelThread(let task, let name):
      "\(task) (\(name)) is a kernel thread and has no user memory; name a user process"
    case .kernelMade(let task, let name, let process):
      "\(task) (\(name)) is a worker that the kernel made for process \(process) (io_uring and vhost have"
        + " such) and runs no user code; name the process or another thread of it"
    case .zombie(let task, let name, let parent):
      "\(task) (\(name)) is a zombie; it is gone when its parent \(parent) waits for it"
    case .deadLeader(let task, let name, let living):
      "\(task) (\(name)) is a dead thread leader; its process lives on in other threads:"
        + " name one of them, such as \(living)"
    case .ourselves(let task):
      "\(task) is fini-trace itself; name another process"
    case .ancestor(let task, let name):
      "\(task) (\(name)) started fini-trace and waits for it; run fini-trace from elsewhere"
    case .traced(let task, let holder, let name):
      "\(task) is traced by \(holder) (\(name)); a task has one tracer: end that one first"
    case .frozen(let task, let name, let remedy):
      "\(task) (\(name)) is frozen by its cgroup and no tracer can stop it; thaw it: \(remedy)"
    case .notNative(let task, let name):
      "\(task) (\(name)) is an x32 program; only x86-64 and i386 programs can be cured"
    case .notPermitted(let task, let name, let hint):
      "not permitted to trace \(task) (\(name)): \(hint)"
    }
  }
}

extension TaskFacts {
  /// Examines a task from outside, without touching it.
  ///
  /// - Throws: why it must not be touched.
  package init(examining task: TaskID, ourselves: TaskID) throws(Refusal) {
    guard let status = try? TaskStatus(of: task), let stat = try? TaskStat(of: task) else {
      throw .noSuchProcess(task)
    }
    if status.process == ourselves { throw .ourselves(task) }
    if stat.isKernelThread { throw .kernelThread(task, name: status.name) }
    if stat.isKernelMade(task) {
      throw .kernelMade(task, name: status.name, in: status.process)
    }
    if status.state == UInt8(ascii: "Z") || status.state == UInt8(ascii: "X") {
      if let living = TaskFacts.livingThread(of: status.process) {
        throw .deadLeader(task, name: status.name, living: living)
      }
      throw .zombie(task, name: status.name, parent: status.parent)
    }
    if TaskFacts.isAncestor(status.process, of: ourselves) {
      throw .ancestor(task, name: status.name)
    }
    if status.tracer.rawValue != 0 {
      let name = (try? TaskStatus(of: status.tracer))?.name ?? "?"
      throw .traced(task, by: status.tracer, name: name)
    }
    try TaskFacts.requireAccess(task, status)
    if let group = FrozenGroup(of: task) {
      throw .frozen(task, name: status.name, remedy: group.remedy)
    }
    let leader = status.process == task ? status : try? TaskStatus(of: status.process)
    self.init(
      task: task, process: status.process,
      identity: TaskIdentity(
        task: task, group: status.process, startTicks: stat.startTicks, name: status.name),
      threads: status.threads, innermostTask: status.innermostTask,
      innermostProcess: leader?.innermostTask ?? status.process,
      wasUnderSeccomp: status.seccomp != 0)
  }

  private static func livingThread(of process: TaskID) -> TaskID? {
    ProcFile.tasks(of: process).first { thread in
      guard let status = try? TaskStatus(of: thread) else { return false }
      return status.state != UInt8(ascii: "Z") && status.state != UInt8(ascii: "X")
    }
  }

  private static func isAncestor(_ process: TaskID, of descendant: TaskID) -> Bool {
    var current = descendant
    while current.rawValue > 0, let status = try? TaskStatus(of: current) {
      if status.parent == process { return true }
      current = status.parent
    }
    return false
  }

  /// Reading `/proc/<tid>/maps` needs the same right as ptrace, and changes nothing.
  private static func requireAccess(_ task: TaskID, _ status: TaskStatus) throws(Refusal) {
    do {
      _ = try ProcFile.link("/proc/\(task)/exe")
      _ = try ProcFile.read("/proc/\(task)/maps")
    } catch {
      if error == .noSuchProcess { throw .noSuchProcess(task) }
      // A task that ends loses its memory first. From then on its maps may not be read; see
      // TreeTests.
      guard let now = try? TaskStat(of: task) else { throw .noSuchProcess(task) }
      if now.isDead { throw .zombie(task, name: status.name, parent: status.parent) }
      if now.isExiting { throw .noSuchProcess(task) }
      throw .notPermitted(task, name: status.name, hint: hint(for: status) ?? noAccess)
    }
    if status.seccomp != 0, let hint = SeccompSuspension.current().hint {
      throw .notPermitted(task, name: status.name, hint: hint)
    }
    guard let header = try? ProcFile.header("/proc/\(task)/exe", count: 20), header.count == 20
    else { return }
    // ELFCLASS32 and EM_X86_64. For any other program the registers say what code a thread runs.
    if header[4] == 1, header[18] == 62 { throw .notNative(task, name: status.name) }
  }

  /// What stands in the way of a PTRACE_SEIZE that was refused with EPERM, and what helps.
  package static func permissionHint(for task: TaskID) -> String {
    // PTRACE_SEIZE answers EPERM, not ESRCH, for a task that has begun to exit; see TreeTests.
    guard let status = try? TaskStatus(of: task), let stat = try? TaskStat(of: task),
      !stat.isExiting
    else { return "it is gone" }
    if status.tracer.rawValue != 0 { return "process \(status.tracer) traces it" }
    // That a task is not dumpable forbids a look at its memory as well.
    if (try? ProcFile.read("/proc/\(task)/maps")) != nil {
      if OwnRights.current?.isFiltered == true {
        return "you are under seccomp, whose profile may forbid ptrace; \(OwnRights.seccompRemedy)"
      }
      return yamaHint
        ?? "another tracer held it at that moment, or a security module forbids it; try again"
    }
    return hint(for: status) ?? noAccess
  }

  private static let noAccess = "it is not dumpable, or a security module forbids it; run as root"

  /// What rights are missing: those of the user, or those that Yama asks for; `nil` if neither is.
  private static func hint(for status: TaskStatus) -> String? {
    if let own = OwnRights.current, let hint = hint(for: status, own) { return hint }
    return yamaHint
  }

  private static var yamaHint: String? {
    if let scope = try? ProcFile.read("/proc/sys/kernel/yama/ptrace_scope"),
      let level = scope.first, level != UInt8(ascii: "0")
    {
      return "Yama's kernel.yama.ptrace_scope is \(Character(UnicodeScalar(level)));"
        + " run as root or set it to 0"
    }
    return nil
  }

  /// What keeps these rights from a task that is not to be traced; `nil` if they are enough (RefusalTests).
  package static func hint(for status: TaskStatus, _ own: OwnRights) -> String? {
    switch own.standing {
    case .capable: return nil
    case .inUserNamespace:
      return "you are in a user namespace, and your rights do not count for what is outside of it;"
        + " \(OwnRights.namespaceRemedy)"
    case .confinedRoot:
      // Also of a task of the same user, which may have capabilities that this process has not.
      return "you are root without CAP_SYS_PTRACE; \(OwnRights.containerRemedy)"
    case .user where own.user != status.effectiveUser:
      return "it belongs to user \(status.effectiveUser) and you are \(own.user);"
        + " run as that user, as root, or with CAP_SYS_PTRACE"
    case .user: return nil
    }
  }
}

extension TaskIdentity {
  /// Whether the task has ended or is about to: a zombie counts, and so does a number that is
  /// another task's now.
  var hasEnded: Bool {
    guard let stat = try? TaskStat(of: task), stat.startTicks == startTicks else { return true }
    return stat.isDead || stat.isExiting
  }
}
