internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The outcome of a turn: classified from the refusal, the report, and the task as it is now.
extension TaskVisit {
  static func result(of task: TaskIdentity, refusedFor refusal: Refusal) -> TaskResult {
    switch refusal {
    case .noSuchProcess:
      return TaskResult(gone: task)
    case .zombie where task.task != task.group, .deadLeader where task.task != task.group:
      // The kernel removes a dead thread; no parent has to wait for it.
      return TaskResult(gone: task)
    case .zombie, .deadLeader:
      return TaskResult(identity: task, outcome: .vanished, reason: refusal.message, isDead: true)
    default:
      return TaskResult(identity: task, outcome: .refused, reason: refusal.message)
    }
  }

  static func result(
    of facts: TaskFacts, _ report: CureReport, isStray: Bool, _ ourselves: TaskID
  ) -> TaskResult {
    var result = TaskResult(identity: facts.identity, outcome: .cured, reason: "", report: report)
    guard let failure = report.failure else {
      if !report.isCured {
        result.outcome = .failed
        result.reason = leftBehind(report)
      }
      return result
    }
    result.reason = failure.message
    switch failure {
    case .ended(let ending):
      result.outcome = isFault(ending, inside: report.endedInside) ? .failed : .vanished
    case .gone:
      return TaskResult(gone: facts.identity)
    case .ptrace(.refused(.seize, _, _)):
      if isGone(facts.identity) { return TaskResult(gone: facts.identity) }
      result.outcome = .refused
      result.reason = refusalNow(facts.task, ourselves) ?? failure.message
    case .frozen, .uninterruptible, .confined, .foreignSegment:
      result.outcome = .refused
    case .overdue(.interruptStop) where isStray, .leftUnstopped where isStray:
      result.outcome = .refused
      result.reason = hardship(of: facts.identity) ?? "it does not stop"
    default:
      if report.isCured {
        result.outcome = .letGo
      } else if isGone(facts.identity) {
        result.outcome = .vanished
      } else {
        result.outcome = .failed
        if !report.leftBehind.isEmpty { result.reason += "; " + leftBehind(report) }
      }
    }
    return result
  }

  private static func leftBehind(_ report: CureReport) -> String {
    let items = Set(report.leftBehind).map { $0.name }.sorted().joined(separator: ", ")
    return items.isEmpty ? "the task could not be let go" : "not put back: " + items
  }

  /// Whether a signal that faulty code or a filter causes ended the task: the code or the call may
  /// have been the cure's.
  ///
  /// Strict seccomp kills by SIGKILL. That can't be told from a SIGKILL of another process. So
  /// while the task is infected it counts as the cure's fault; SeccompTests.
  private static func isFault(_ ending: Ending, inside: Bool) -> Bool {
    guard case .killed(let signal, _) = ending else { return false }
    return switch signal {
    case .trap, .segmentation, .bus, .illegalInstruction, .badCall: true
    case .kill: inside
    default: false
    }
  }

  /// Why a task is refused that was not refused at its examination: another tracer was faster, for
  /// example.
  private static func refusalNow(_ task: TaskID, _ ourselves: TaskID) -> String? {
    do throws(Refusal) {
      _ = try TaskFacts(examining: task, ourselves: ourselves)
      return "not permitted to trace \(task): " + TaskFacts.permissionHint(for: task)
    } catch {
      return error.message
    }
  }

  // MARK: Looks

  static func key(of task: TaskID) -> TaskKey? {
    guard let stat = try? TaskStat(of: task) else { return nil }
    return TaskKey(TaskIdentity(task: task, startTicks: stat.startTicks, name: ""))
  }

  /// Whether a task has ended: there is none, another one has its number, or the thread is dead.
  static func isGone(_ task: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: task.task), stat.startTicks == task.startTicks else {
      return true
    }
    return stat.isDead ? task.task != task.group : stat.isExiting
  }

  /// Whether a task is a dead leader, which stays until its parent waits for it.
  static func isZombie(_ task: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: task.task) else { return false }
    return stat.isDead && stat.startTicks == task.startTicks
  }

  /// Whether it is a worker thread that the kernel made, which is not part of the tree.
  static func isKernelMade(_ task: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: task.task), stat.startTicks == task.startTicks else {
      return false
    }
    return stat.isKernelMade(task.task)
  }

  /// Whether a task would not stop now.
  static func isHardToStop(_ task: TaskIdentity) -> Bool {
    guard let stat = try? TaskStat(of: task.task), stat.startTicks == task.startTicks else {
      return false
    }
    return isHardToStop(task, inState: stat.state)
  }

  /// A zombie can't be seized, and a task in uninterruptible sleep does not stop.
  static func isHardToStop(_ task: TaskIdentity, inState state: UInt8) -> Bool {
    state == UInt8(ascii: "Z") && task.task == task.group || state == UInt8(ascii: "D")
  }

  /// Why a living task does not stop; `nil` if nothing prevents it.
  static func hardship(of task: TaskIdentity) -> String? {
    guard isHardToStop(task), !isZombie(task) else { return nil }
    if let group = FrozenGroup(of: task.task) {
      return Refusal.frozen(task.task, name: task.name, remedy: group.remedy).message
    }
    return "\(task.task) (\(task.name)) does not stop: it is in an uninterruptible sleep"
      + " (state D), as a parent is until its vfork child has exec'ed or exited"
  }
}

extension TaskResult {
  init(gone task: TaskIdentity) {
    self.init(identity: task, outcome: .vanished, reason: "it had ended before its turn")
  }
}
