package import FiniModel

/// What is known of a run without its events.
package struct RunHeader: Hashable, Sendable {
  /// The run's number in its file, from 1.
  package var number: Int64
  /// The task that is cured.
  package var pid: TaskID
  /// Its name, raw as the process chose it.
  package var comm: String
  /// Who reported the events, such as `engine`.
  package var source: String
  /// The strategy asked for, if one was.
  package var strategyAsked: FiniStrategy?
  /// The strategy taken, if it is known.
  package var strategyTaken: FiniStrategy?
  /// When the run began, in nanoseconds since 1970 (`CLOCK_REALTIME`).
  package var startedRealtime: Int64
  /// Number of events.
  package var eventCount: Int64
  /// The verdict, if it was judged.
  package var verdict: Verdict?
  /// How long the task was kept from its own work, in nanoseconds.
  package var frozen: Int64?
  /// Whether the recording came to its end.
  package var isFinished: Bool
  /// Whether it never will: its recorder was killed.
  package var isAbandoned = false
  /// How many tasks a run of a tree has; `nil` for a run of one task.
  package var tasks: Int?
  /// How many events were lost.
  package var lost: UInt64
  /// The command line that made it, as it was given.
  package var commandLine = ""
  /// The machine's name; empty for an import.
  package var host = ""
  /// The version that the tracer names in its log, such as `4.1`.
  package var tracerVersion: String?

  package init(
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
