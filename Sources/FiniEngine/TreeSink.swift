package import FiniModel
package import FiniPtrace

/// Receives the events of a whole tree, with a call before and after each task.
///
/// The events of a task's cure come between the two calls, in order. Events of another task may be
/// among them: those of the probe, or of a task that could not be let go before.
package protocol TreeSink: EventSink {
  /// A task's turn begins; nothing was done to it yet. The same task may get a second turn.
  ///
  /// - Parameter sequence: the number that its first event will have.
  @PtraceThread func begin(_ task: TaskIdentity, firstSequence: UInt32)

  /// Tasks that were found and get no turn, because the run ended early.
  ///
  /// There may be thousands, and the user waits.
  @PtraceThread func leaveOut(_ tasks: [TaskIdentity], reason: String, sequence: UInt32)

  /// A task's turn is over.
  ///
  /// - Returns: whether the next turn may begin. After `false` the rest stays untouched.
  @PtraceThread func end(_ result: TaskResult) -> Bool
}

/// The result of one task of a tree.
package struct TaskResult: Sendable {
  /// The task.
  package var identity: TaskIdentity
  /// Its outcome.
  package var outcome: CureOutcome
  /// The reason, unless it was cured: one line, names unescaped (escape them before printing).
  package var reason: String
  /// Whether it was found dead: a zombie, or the leader of a process whose other threads still run.
  package var isDead = false
  /// Whether its uninterruptible sleep did not end in time.
  var wasAsleep: Bool {
    if case .uninterruptible = report?.failure { return true }
    return false
  }
  /// The report of its cure, if there was one.
  package var report: CureReport?
}

/// The result of a tree.
package struct TreeResult: Sendable {
  /// The tasks in the order of their turns.
  package var tasks: [TaskResult] = []
  /// Workers that the kernel made in these processes: they get no turns.
  package var kernelMade: [TaskIdentity] = []
  /// The tasks of the tree that can't be cured, in one line; `nil` if there are none.
  package var leftAlone: String? {
    let dead = tasks.filter { $0.isDead }.map { $0.identity }
    let groups = [
      TreeResult.words(dead, "dead, waiting for a parent or for their threads"),
      TreeResult.words(kernelMade, "made by the kernel for io_uring or vhost"),
    ]
    let text = groups.compactMap { $0 }.joined(separator: "; ")
    return text.isEmpty ? nil : "left alone: " + text
  }

  private static func words(_ tasks: [TaskIdentity], _ what: String) -> String? {
    guard let first = tasks.first else { return nil }
    return "\(tasks.count) \(what) (\(first.task) \(first.name)"
      + (tasks.count > 1 ? ", ...)" : ")")
  }

  /// How often the tree was scanned.
  package var scans = 0
  /// Whether Ctrl-C, SIGTERM or SIGHUP ended it.
  package var wasInterrupted = false
  /// Whether its time was over.
  package var wasOverdue = false
  /// Whether the sink asked for an end.
  package var wasEndedBySink = false
}

/// How a tree is cured.
package struct TreeOptions: Sendable {
  /// How each task is cured.
  package var cure: CureOptions
  /// How often the tree is scanned again for new tasks; with 0 what the first scan finds is taken, below 0 not even that
  /// (TreeOutcomeTests).
  ///
  /// A tree that grows faster than it can be cured never ends. So what the last scan finds is
  /// recorded as not visited.
  package var rescans: Int
  /// How long the whole tree may take, in nanoseconds; `nil` for no limit.
  ///
  /// No turn begins after that. The turn under way is finished.
  package var time: Int64?

  package init(cure: CureOptions, rescans: Int = 16, time: Int64? = nil) {
    self.cure = cure
    self.rescans = rescans
    self.time = time
  }
}
