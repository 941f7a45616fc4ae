public import FiniModel

/// What is known of a run without its events.
public struct RunHeader: Hashable, Sendable {
  /// The run's number in its file, from 1.
  public var number: Int64
  /// The task that is cured.
  public var pid: TaskID
  /// Its name, raw as the process chose it.
  public var comm: String
  /// Who reported the events, such as `engine`.
  public var source: String
  /// The strategy asked for, if one was.
  public var strategyAsked: FiniStrategy?
  /// The strategy taken, if it is known.
  public var strategyTaken: FiniStrategy?
  /// When the run began, in nanoseconds since 1970 (`CLOCK_REALTIME`).
  public var startedRealtime: Int64
  /// Number of events.
  public var eventCount: Int64
  /// The verdict, if it was judged.
  public var verdict: Verdict?
  /// How long the task was kept from its own work, in nanoseconds.
  public var frozen: Int64?
  /// Whether the recording came to its end.
  public var isFinished: Bool
  /// How many tasks a run of a tree has; `nil` for a run of one task.
  public var tasks: Int?
  /// How many events were lost.
  public var lost: UInt64

  /// Makes a header.
  public init(
    number: Int64, pid: TaskID, comm: String, source: String = "engine",
    strategyAsked: FiniStrategy? = nil, strategyTaken: FiniStrategy? = nil,
    startedRealtime: Int64 = 0, eventCount: Int64 = 0, verdict: Verdict? = nil,
    frozen: Int64? = nil, isFinished: Bool = true, tasks: Int? = nil,
    lost: UInt64 = 0
  ) {
    self.number = number
    self.pid = pid
    self.comm = comm
    self.source = source
    self.strategyAsked = strategyAsked
    self.strategyTaken = strategyTaken
    self.startedRealtime = startedRealtime
    self.eventCount = eventCount
    self.verdict = verdict
    self.frozen = frozen
    self.isFinished = isFinished
    self.tasks = tasks
    self.lost = lost
  }
}
