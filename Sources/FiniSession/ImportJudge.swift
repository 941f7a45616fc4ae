internal import FiniModel
internal import FiniTimeline

/// Judges an import while its events are read, or finds the task that it is about.
package struct ImportJudge {
  /// What reported the events.
  let source: Source
  /// A log alone names the task that it is about only in the end, and is judged in a second pass.
  private var finder: SubjectFinder
  /// Every task of another tracer's run has its judge.
  private var judge: RunJudge?

  init(source: Source) {
    self.source = source
    finder = SubjectFinder(source: source)
    if RunJudge.findsSubject(in: source) { judge = RunJudge(ofEachTask: source) }
  }

  /// Takes the next event.
  mutating func observe(_ event: Event) {
    if judge == nil { finder.observe(event) } else { judge?.observe(event) }
  }

  /// What came of it; `nil` if a second pass is needed.
  var outcome: RunJudge.Outcome? { judge?.outcome() }

  /// The task that a second pass is to judge.
  var subject: TaskID? { finder.subject }
}
