public import FiniModel
public import FiniPtrace

/// Where the events of a whole tree go, with a word before and after each task.
///
/// Between the two words come the events of that task's cure, and they come in order. An event of
/// another task may be among them: the probe's, or that of a task that could not be let go before.
public protocol TreeSink: EventSink {
  /// A task's turn comes; nothing was done to it yet. A second turn of the same task is possible.
  ///
  /// - Parameter sequence: the number that its first event will have.
  @PtraceThread func begin(_ task: TaskIdentity, firstSequence: UInt32)

  /// Tasks that were found and have no turn: the tree was ended before.
  ///
  /// There may be thousands, and the user waits.
  @PtraceThread func leaveOut(_ tasks: [TaskIdentity], reason: String, sequence: UInt32)

  /// A task's turn is over.
  ///
  /// - Returns: whether the next one is to be begun; after `false` the rest stays untouched.
  @PtraceThread func end(_ result: TaskResult) -> Bool
}

/// What came of one task of a tree.
public struct TaskResult: Sendable {
  /// The task.
  public var identity: TaskIdentity
  /// What came of it.
  public var outcome: CureOutcome
  /// Why, unless it was cured: in one line, names as they are (escape them before printing).
  public var reason: String
  /// Whether it was found dead, a zombie or the leader of a process that goes on without it.
  public var isDead = false
  /// Whether its sleep was waited for in vain.
  var wasAsleep: Bool {
    if case .uninterruptible = report?.failure { return true }
    return false
  }
  /// The report of its cure, if there was one.
  public var report: CureReport?
}

/// What came of a tree.
public struct TreeResult: Sendable {
  /// The tasks in the order of their turns.
  public var tasks: [TaskResult] = []
  /// Workers that the kernel made in these processes: they had no turns.
  public var kernelMade: [TaskIdentity] = []
  /// Who is in the tree and can't be cured, in one line; `nil` if nobody is.
  public var leftAlone: String? {
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

  /// How often the tree was looked at.
  public var looks = 0
  /// Whether Ctrl-C, SIGTERM or SIGHUP ended it.
  public var wasInterrupted = false
  /// Whether its time was over.
  public var wasOverdue = false
  /// Whether the sink asked for an end.
  public var wasEndedBySink = false
}

/// How a tree is gone through.
public struct TreeOptions: Sendable {
  /// How each task is cured.
  public var cure: CureOptions
  /// How often the tree is looked at again for tasks that came meanwhile.
  ///
  /// A tree that grows faster than it can be cured never ends: what the last look finds is recorded
  /// as not visited.
  public var rescans: Int
  /// How long the whole of it may take, in nanoseconds; `nil` for as long as it takes.
  ///
  /// No turn begins after that. The one that is under way comes to its end.
  public var time: Int64?

  /// Makes options.
  public init(cure: CureOptions, rescans: Int = 16, time: Int64? = nil) {
    self.cure = cure
    self.rescans = rescans
    self.time = time
  }
}
