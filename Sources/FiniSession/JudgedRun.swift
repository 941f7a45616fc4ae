package import FiniModel
package import FiniStore
package import FiniTimeline

/// A run that was judged when it ended: what is stored of it, and no event.
package struct JudgedRun {
  /// The run, as the file lists it.
  package let summary: RunSummary
  /// What is stored of the task that it is about.
  package let judged: JudgedTask

  /// The other tasks of an import that reached fini.
  var others: [TraceeVerdict] = []

  /// Whether the stop landed, with its proof.
  package var answer: Answer {
    Answer(judged, start: summary.firstEntered, header: RunHeader(summary), others: others)
  }
}

extension TraceFile {
  /// Judges the events of a run, one after the other; they are never in memory together.
  ///
  /// - Parameters:
  ///   - subject: the task that it is about; `nil` to find that out, which takes a pass of its own where it is not another
  ///     tracer's run.
  func judge(
    _ run: Int64, source: Source, subject: TaskID?
  ) throws(StoreError) -> RunJudge.Outcome {
    var judge: RunJudge
    if let subject {
      judge = RunJudge(of: subject, source: source)
    } else if RunJudge.findsSubject(in: source) {
      judge = RunJudge(ofEachTask: source)
    } else {
      var finder = SubjectFinder(source: source)
      try forEachEvent(of: run) {
        finder.observe($0)
        return true
      }
      judge = RunJudge(of: finder.subject, source: source)
    }
    try forEachEvent(of: run) {
      judge.observe($0)
      return true
    }
    return judge.outcome()
  }

  /// The same of a task of a tree; `nil` if there are no events of it.
  func judge(_ cure: TaskCure, in run: Int64) throws(StoreError) -> JudgedTask? {
    var judge = RunJudge(of: cure.identity.task, source: .engine)
    try forEachEvent(of: cure, in: run) { judge.observe($0) }
    return judge.hasEvents ? judge.outcome().judged : nil
  }

  /// The tasks of another tracer's run, by its events.
  func traceesNow(of run: Int64) throws(StoreError) -> [TraceeVerdict] {
    var reader = Subjects.Reader()
    try forEachEvent(of: run) {
      reader.observe($0)
      return true
    }
    return Subjects(reader).all
  }
}
