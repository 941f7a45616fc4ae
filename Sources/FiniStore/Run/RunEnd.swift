public import FiniModel

/// What is known of a run when it ends.
public struct RunEnd: Hashable, Sendable {
  /// The verdict, if there was something to judge.
  public var verdict: Verdict?
  /// The sequences of the events that prove it.
  public var evidence: [UInt32]
  /// The task that the verdict is about, if that is not the tracee that the run began with.
  public var subject: TaskID?
  /// How long it was kept from its own work, in nanoseconds; of a tree, the longest time.
  public var frozen: Int64?
  /// The strategy that was taken in the end.
  public var strategyTaken: FiniStrategy?
  /// How it ended, in a sentence.
  public var exitSummary: String
  /// The end on `CLOCK_MONOTONIC`.
  public var finished: Instant
  /// The same moment on `CLOCK_REALTIME`, in nanoseconds since 1970.
  public var finishedRealtime: Int64
  /// Events that were lost before they reached the recorder; it adds what it lost itself.
  public var lost: UInt64

  /// Makes a value.
  public init(
    verdict: Verdict? = nil, evidence: [UInt32] = [], subject: TaskID? = nil,
    frozen: Int64? = nil, strategyTaken: FiniStrategy? = nil, exitSummary: String,
    finished: Instant, finishedRealtime: Int64, lost: UInt64 = 0
  ) {
    self.verdict = verdict
    self.evidence = evidence
    self.subject = subject
    self.frozen = frozen
    self.strategyTaken = strategyTaken
    self.exitSummary = exitSummary
    self.finished = finished
    self.finishedRealtime = finishedRealtime
    self.lost = lost
  }
}
