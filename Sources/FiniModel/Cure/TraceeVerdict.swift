/// A task that another tracer traced, with what became of its fini.
package struct TraceeVerdict: Hashable, Sendable {
  /// The task.
  package var task: TaskID
  /// The verdict on its fini.
  package var verdict: Verdict
  /// Whether it reached fini.
  package var hasFini: Bool
  /// Whether the tracer killed it: a child of its own that it tried something with.
  package var isProbe: Bool

  package init(task: TaskID, verdict: Verdict, hasFini: Bool, isProbe: Bool) {
    self.task = task
    self.verdict = verdict
    self.hasFini = hasFini
    self.isProbe = isProbe
  }

  /// Whether the stop landed: `nil` if the recording cannot tell.
  package var landed: Bool? { verdict.landed }
}
