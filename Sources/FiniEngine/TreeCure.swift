package import FiniModel
internal import FiniProcfs
package import FiniPtrace

/// Cures all tasks of a process tree, one task after the other.
///
/// Each task is frozen only for its own cure; docs/Decisions/0012 says what follows from that. The
/// tree is scanned again until a scan finds no new task.
@PtraceThread
package final class TreeCure {
  private let options: TreeOptions
  private let sink: any TreeSink
  private var tree: TaskTree
  private var seen: Set<TaskKey> = []
  private var result = TreeResult()
  /// Tasks that were zombies or in an uninterruptible sleep when found. Most of them are not for
  /// long.
  private var postponed: [TaskIdentity] = []
  private var visit: TaskVisit
  /// Tasks that were found and get no turn; kept until they are reported.
  private var leftOut: [TaskIdentity] = []
  private var end: Instant?
  /// How long all first turns together may still wait for uninterruptible sleeps, in nanoseconds.
  private var patience: Int64

  /// Prepares; nothing is touched.
  ///
  /// - Parameters:
  ///   - root: the process, as ``process(toBeginWith:ourselves:)`` found it.
  ///   - ourselves: this process.
  package init(
    below root: TaskIdentity, ourselves: TaskID, options: TreeOptions,
    recordingTo sink: any TreeSink
  ) {
    self.options = options
    self.sink = sink
    patience = options.cure.deadline
    tree = TaskTree(root: root.task, startTicks: root.startTicks)
    visit = TaskVisit(options: options.cure, ourselves: ourselves, sink: sink)
  }

  /// The process whose tree is meant. A thread stands for its process.
  ///
  /// - Throws: why the tree can't be cured at all. A root that can't be traced is no such reason:
  ///   its children may be traceable.
  package nonisolated static func process(
    toBeginWith root: TaskID, ourselves: TaskID
  ) throws(Refusal) -> TaskID {
    do throws(Refusal) {
      return try TaskFacts(examining: root, ourselves: ourselves).process
    } catch {
      switch error {
      case .noSuchProcess, .kernelThread, .ourselves, .ancestor: throw error
      case .zombie where ProcFile.tasks(of: root).count < 2: throw error
      default: return (try? TaskStatus(of: root))?.process ?? root
      }
    }
  }

  /// Cures one task after the other until none is left, or until it must stop.
  package func run() -> TreeResult {
    end = options.time.map { Tracer.now().advanced(by: $0) }
    while true {
      let found = scanForNew()
      if found.isEmpty { break }
      // The first scan is no second look.
      if result.scans > options.rescans + 1 {
        leftOut = found
        let count = result.scans - 1
        tellLeftOut(
          "it came after the tree had been scanned \(count == 1 ? "once" : "\(count) times")")
        break
      }
      for task in found { take(task) }
      if isOver { break }
    }
    takePostponed()
    tellLeftOut(interruption)
    visit.letGoOfLateTasks(
      waiting: isOver ? 0 : min(options.cure.deadline, timeLeft), isLast: true)
    return result
  }

  private var isOver: Bool {
    result.wasInterrupted || result.wasEndedBySink || result.wasOverdue
  }

  private var timeLeft: Int64 { end.map { max(0, $0 - Tracer.now()) } ?? .max }

  /// Checks whether the run must end.
  private func checkEnd() {
    if visit.interruptIsPending { result.wasInterrupted = true }
    if timeLeft == 0 { result.wasOverdue = true }
  }

  /// The tasks that had no turn yet. The quick scan may miss some: only the slow one can say
  /// "none".
  private func scanForNew() -> [TaskIdentity] {
    for source in [TaskTree.Source.children, .parents] {
      let found = tree.scan(by: source).filter { seen.insert(TaskKey($0)).inserted }
      if !found.isEmpty {
        result.scans += 1
        return found
      }
    }
    return []
  }

  private func take(_ task: TaskIdentity) {
    if TaskVisit.isKernelMade(task) {
      result.kernelMade.append(task)
      return
    }
    if !isOver { checkEnd() }
    if isOver {
      leftOut.append(task)
      return
    }
    visit.letGoOfLateTasks(waiting: 0)
    if TaskVisit.isHardToStop(task) {
      postponed.append(task)
    } else {
      let begun = Tracer.now()
      cure(task, patience: patience)
      if result.tasks.last?.wasAsleep ?? false {
        patience = max(0, patience - (Tracer.now() - begun))
      }
    }
  }

  private func cure(_ task: TaskIdentity, patience: Int64) {
    sink.begin(task, firstSequence: visit.nextSequence)
    let made = visit.cure(task, patience: patience)
    finish(made)
    if visit.wasInterrupted { result.wasInterrupted = true }
  }

  /// The last turns: a postponed task that can be stopped now is cured, one that has ended is
  /// reported as gone.
  private func takePostponed() {
    // One deadline for all of them.
    let end = Tracer.now().advanced(by: options.cure.deadline)
    for task in postponed {
      let mayWake = !TaskVisit.isZombie(task) && FrozenGroup(of: task.task) == nil
      while mayWake, !isOver, TaskVisit.isHardToStop(task), Tracer.now() < end {
        checkEnd()
        visit.pause()
      }
      if isOver {
        leftOut.append(task)
      } else if let reason = TaskVisit.hardship(of: task) {
        sink.begin(task, firstSequence: visit.nextSequence)
        finish(TaskResult(identity: task, outcome: .refused, reason: reason))
      } else {
        cure(task, patience: max(0, end - Tracer.now()))
      }
    }
  }

  private var interruption: String {
    if result.wasInterrupted { return "interrupted before its turn" }
    return result.wasOverdue
      ? "the time was over before its turn" : "the recording ended before its turn"
  }

  private func tellLeftOut(_ reason: String) {
    guard !leftOut.isEmpty else { return }
    sink.leaveOut(leftOut, reason: reason, sequence: visit.nextSequence)
    result.tasks += leftOut.map {
      TaskResult(identity: $0, outcome: .notVisited, reason: reason)
    }
    leftOut = []
  }

  private func finish(_ made: TaskResult) {
    result.tasks.append(made)
    if !sink.end(made) { result.wasEndedBySink = true }
  }
}

/// Tells a task from a later one with the same number.
struct TaskKey: Hashable {
  var task: TaskID
  var startTicks: UInt64?

  init(_ identity: TaskIdentity) {
    task = identity.task
    startTicks = identity.startTicks
  }
}
