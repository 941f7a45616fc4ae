package import FiniModel

/// A run, as a list of runs shows it.
package struct RunSummary: Hashable, Sendable {
  /// How a run stands; the numbers are part of the schema.
  package enum State: Int64, CaseIterable, Hashable, Sendable {
    /// It is being recorded.
    case recording = 1
    /// It was recorded to its end.
    case finished = 2
    /// Its recorder vanished before the end.
    case unfinished = 3

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .recording: "recording"
      case .finished: "finished"
      case .unfinished: "unfinished"
      }
    }
  }

  /// The number in the file, from 1.
  package var number: Int64
  /// How it stands.
  package var state: State
  /// Who reported the events.
  package var source: Source
  /// The strategy asked for.
  package var strategyAsked: FiniStrategy?
  /// The strategy taken, if the run came that far.
  package var strategyTaken: FiniStrategy?
  /// The command line as the user gave it.
  package var commandLine: String
  /// The task that traces.
  package var tracer: TaskIdentity
  /// The task that is traced; its name is unescaped.
  package var tracee: TaskIdentity
  /// The task that the verdict is about, if that is not ``tracee``.
  package var subject: TaskIdentity?
  /// Whether it is a run of a whole tree; then ``TraceFile/cures(of:)`` has its tasks.
  package var isTree: Bool
  /// The version of the tool that recorded.
  package var toolVersion: String
  /// The kernel's release.
  package var kernelRelease: String
  /// The machine's name; empty for an import.
  package var host: String
  /// The version that the tracer names in its log, such as `4.1`.
  package var tracerVersion: String?
  /// The start on `CLOCK_MONOTONIC`.
  package var started: Instant
  /// The zero of its times: the entry of its first event that is not a snapshot; `nil` without one.
  package var firstEntered: Instant?
  /// The start on `CLOCK_REALTIME`, in nanoseconds since 1970.
  package var startedRealtime: Int64
  /// The end on `CLOCK_MONOTONIC`, if there was one.
  package var finished: Instant?
  /// The end on `CLOCK_REALTIME`, in nanoseconds since 1970.
  package var finishedRealtime: Int64?
  /// From the start to the end, or to the last event of a run without one, in nanoseconds.
  package var duration: Int64
  /// How many events the file holds.
  package var eventCount: Int
  /// How many events were lost.
  package var lost: UInt64
  /// The verdict, if there is one.
  package var verdict: Verdict?
  /// How long the task was kept from its own work, in nanoseconds; of a tree, the longest time.
  package var frozen: Int64?
  /// How it ended, in a sentence.
  package var exitSummary: String?

  /// Whether the run was recorded to its end.
  package var isFinished: Bool { state == .finished }
}
