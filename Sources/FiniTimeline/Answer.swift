package import FiniModel

/// The answer of a run of one task, or of one task of a tree: whether the stop landed, with its proof.
package struct Answer: Sendable {
  /// Whose answer it is.
  package var header: RunHeader
  /// What the events were judged to prove.
  package var judged: JudgedTask
  /// The zero of the run's times.
  package var start: Instant?
  /// The other tasks of another tracer's run that reached fini.
  package var others: [TraceeVerdict]

  package init(
    _ judged: JudgedTask, start: Instant?, header: RunHeader, others: [TraceeVerdict] = []
  ) {
    self.judged = judged
    self.start = start
    self.header = header
    self.others = others
  }

  /// Whether the stop landed and nothing was left, in this task and in the others: the worst of all.
  package var landed: Bool? {
    let judgement = judged.judgement
    let answers = [judgement.leftTraces ? false : judgement.landed] + others.map { $0.landed }
    return answers.contains(false) ? false : answers.contains(nil) ? nil : true
  }
}
