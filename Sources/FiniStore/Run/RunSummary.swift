public import FiniModel

/// A run, as a list of runs shows it.
public struct RunSummary: Hashable, Sendable {
  /// How a run stands; the numbers are part of the schema.
  public enum State: Int64, CaseIterable, Hashable, Sendable {
    /// It is being recorded.
    case recording = 1
    /// It was recorded to its end.
    case finished = 2
    /// Its recorder vanished before the end.
    case unfinished = 3

    /// The name in files and reports.
    public var name: String {
      switch self {
      case .recording: "recording"
      case .finished: "finished"
      case .unfinished: "unfinished"
      }
    }
  }

  /// The number in the file, from 1.
  public var number: Int64
  /// How it stands.
  public var state: State
  /// Who reported the events.
  public var source: Source
  /// The strategy asked for.
  public var strategyAsked: FiniStrategy?
  /// The strategy taken, if the run came that far.
  public var strategyTaken: FiniStrategy?
  /// The command line as the user gave it.
  public var commandLine: String
  /// The task that traces.
  public var tracer: TaskIdentity
  /// The task that is traced; its name is unescaped.
  public var tracee: TaskIdentity
  /// The task that the verdict is about, if that is not ``tracee``.
  public var subject: TaskIdentity?
  /// Whether it is a run of a whole tree; then ``TraceFile/cures(of:)`` has its tasks.
  public var isTree: Bool
  /// The version of the tool that recorded.
  public var toolVersion: String
  /// The kernel's release.
  public var kernelRelease: String
  /// The start on `CLOCK_MONOTONIC`.
  public var started: Instant
  /// The zero of its times: the entry of its first event that is not a snapshot; `nil` without one.
  public var firstEntered: Instant?
  /// The start on `CLOCK_REALTIME`, in nanoseconds since 1970.
  public var startedRealtime: Int64
  /// The end on `CLOCK_MONOTONIC`, if there was one.
  public var finished: Instant?
  /// The end on `CLOCK_REALTIME`, in nanoseconds since 1970.
  public var finishedRealtime: Int64?
  /// From the start to the end, or to the last event of a run without one, in nanoseconds.
  public var duration: Int64
  /// How many events the file holds.
  public var eventCount: Int
  /// How many events were lost.
  public var lost: UInt64
  /// The verdict, if there is one.
  public var verdict: Verdict?
  /// How long the task was kept from its own work, in nanoseconds; of a tree, the longest time.
  public var frozen: Int64?
  /// How it ended, in a sentence.
  public var exitSummary: String?

  /// Whether the run was recorded to its end.
  public var isFinished: Bool { state == .finished }
}
