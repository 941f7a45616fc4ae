public import FiniModel
internal import FiniProcfs
public import FiniPtrace

/// Cures of all tasks below a process, one task after the other.
///
/// Each task is frozen for its own cure only; docs/Decisions/0012 tells what that means. The tree is
/// looked at again until a look finds nothing that had no turn yet.
@PtraceThread
public final class TreeCure {
  private let options: TreeOptions
  private let sink: any TreeSink
  private var tree: TaskTree
  private var seen: Set<TaskKey> = []
  private var result = TreeResult()
  /// Found as zombies or in a sleep that nothing wakes: most will not be so for long.
  private var postponed: [TaskIdentity] = []
  private var visit: TaskVisit
  /// Found and not visited, until it is told.
  private var leftOut: [TaskIdentity] = []
  private var end: Instant?
  /// How much is left of the time that the first turns may wait for sleeps which nothing interrupts, all
  /// together, in nanoseconds.
  private var patience: Int64

  /// Gets ready; nothing is touched.
  ///
  /// - Parameters:
  ///   - root: the process, as ``process(toBeginWith:ourselves:)`` found it.
  ///   - ourselves: this process.
  public init(
    below root: TaskIdentity, ourselves: TaskID, options: TreeOptions,
    recordingTo sink: any TreeSink
  ) {
    self.options = options
    self.sink = sink
    patience = options.cure.deadline
    tree = TaskTree(root: root.task, startTicks: root.startTicks)
    visit = TaskVisit(options: options.cure, ourselves: ourselves, sink: sink)
  }

  /// The process whose tree is meant: a thread of it means the same.
  ///
  /// - Throws: why the tree can't be begun at all. That the root can't be traced is no such reason:
  ///   its children may be.
  public nonisolated static func process(
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

  /// Cures one task after the other until none is left, or until it is told to stop.
  public func run() -> TreeResult {
    end = options.time.map { Tracer.now().advanced(by: $0) }
    while true {
      let found = lookForNew()
      if found.isEmpty { break }
      if result.looks > options.rescans {
        leftOut = found
        tellLeftOut("it came after the tree had been looked at \(result.looks) times")
        break
      }
      for task in found { take(task) }
      if isOver { break }
    }
    takePostponed()
    tellLeftOut(interruption)
    visit.letStraysGo(
      waiting: isOver ? 0 : min(options.cure.deadline, timeLeft), isLast: true)
    return result
  }

  private var isOver: Bool {
    result.wasInterrupted || result.wasEndedBySink || result.wasOverdue
  }

  private var timeLeft: Int64 { end.map { max(0, $0 - Tracer.now()) } ?? .max }

  /// Looks whether it was ended meanwhile.
  private func checkEnd() {
    if visit.interruptIsPending { result.wasInterrupted = true }
    if timeLeft == 0 { result.wasOverdue = true }
  }

  /// The tasks that had no turn yet. The quick look may miss some: only the slow one says "none".
  private func lookForNew() -> [TaskIdentity] {
    for source in [TaskTree.Source.children, .parents] {
      let found = tree.look(by: source).filter { seen.insert(TaskKey($0)).inserted }
      if !found.isEmpty {
        result.looks += 1
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
    visit.letStraysGo(waiting: 0)
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

  /// The last turns: whoever has become well meanwhile is cured, whoever has gone is gone.
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

/// A task apart from a later one with its number.
struct TaskKey: Hashable {
  var task: TaskID
  var startTicks: UInt64?

  init(_ identity: TaskIdentity) {
    task = identity.task
    startTicks = identity.startTicks
  }
}
