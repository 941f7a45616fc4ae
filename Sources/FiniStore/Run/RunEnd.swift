package import FiniModel

/// What is known of a run when it ends.
package struct RunEnd: Hashable, Sendable {
  /// The verdict, if there was something to judge; of a tree, the worst of its tasks.
  package var verdict: Verdict?
  /// What the events of the run's one task prove; `nil` for a tree.
  package var judged: JudgedTask?
  /// The tasks that another tracer traced, in the order in which it touched them.
  package var tracees: [TraceeVerdict] = []
  /// What was found wrong; `nil` if it is to be found when it is asked for.
  package var explained: ExplainedRun?
  /// The build of this program that found it: another one finds it anew.
  package var explainedBy = ""
  /// The task that the verdict is about, if that is not the tracee that the run began with.
  package var subject: TaskID?
  /// How long it was kept from its own work, in nanoseconds; of a tree, the longest time.
  package var frozen: Int64?
  /// The strategy that was taken in the end.
  package var strategyTaken: FiniStrategy?
  /// How it ended, in a sentence.
  package var exitSummary: String
  /// The end on `CLOCK_MONOTONIC`.
  package var finished: Instant
  /// The same moment on `CLOCK_REALTIME`, in nanoseconds since 1970.
  package var finishedRealtime: Int64
  /// Events that were lost before they reached the recorder; it adds what it lost itself.
  package var lost: UInt64

  /// The end of a run of one task: verdict and frozen time are those of ``judged``.
  package init(
    judged: JudgedTask?, subject: TaskID? = nil, strategyTaken: FiniStrategy? = nil,
    exitSummary: String, finished: Instant, finishedRealtime: Int64, lost: UInt64 = 0
  ) {
    self.init(
      verdict: judged?.judgement.verdict, frozen: judged?.costs.frozen,
      strategyTaken: strategyTaken, exitSummary: exitSummary, finished: finished,
      finishedRealtime: finishedRealtime, lost: lost)
    self.judged = judged
    self.subject = subject
  }

  /// The end of a run that was not judged, or of a tree, whose tasks were judged one by one.
  package init(
    verdict: Verdict? = nil, frozen: Int64? = nil, strategyTaken: FiniStrategy? = nil,
    exitSummary: String, finished: Instant, finishedRealtime: Int64, lost: UInt64 = 0
  ) {
    self.verdict = verdict
    self.frozen = frozen
    self.strategyTaken = strategyTaken
    self.exitSummary = exitSummary
    self.finished = finished
    self.finishedRealtime = finishedRealtime
    self.lost = lost
  }
}
