internal import FiniModel
internal import FiniTimeline

/// Judges an import while its events are read, or finds the task that it is about.
package struct ImportJudge {
  /// What reported the events.
  let source: Source
  /// A log alone names the task that it is about only in the end.
  private var finder: SubjectFinder
  /// Every task of another tracer's run has its judge; of a log only the first task that it names, which mostly is
  /// the one that it is about.
  private var judge: RunJudge?
  /// The first task that a log names.
  private var candidate: TaskID?
  /// What a log tells before it names a task.
  private var beginning: [Event] = []

  /// A log that tells more than this before it names a task is judged in a second pass.
  private static let longestBeginning = 1024

  init(source: Source) {
    self.source = source
    finder = SubjectFinder(source: source)
    if RunJudge.findsSubject(in: source) { judge = RunJudge(ofEachTask: source) }
  }

  /// Takes the next event.
  mutating func observe(_ event: Event) {
    if judge == nil { begin(with: event) }
    if !RunJudge.findsSubject(in: source) { finder.observe(event) }
    judge?.observe(event)
  }

  private mutating func begin(with event: Event) {
    if event.tracee.rawValue > 0, beginning.count < ImportJudge.longestBeginning {
      candidate = event.tracee
      var judge = RunJudge(of: event.tracee, source: source)
      for earlier in beginning { judge.observe(earlier) }
      beginning = []
      self.judge = judge
    } else if beginning.count < ImportJudge.longestBeginning {
      beginning.append(event)
    }
  }

  /// What came of it; `nil` if a second pass is needed.
  var outcome: RunJudge.Outcome? {
    guard RunJudge.findsSubject(in: source) || candidate == finder.subject else { return nil }
    return judge?.outcome()
  }

  /// The task that a second pass is to judge.
  var subject: TaskID? { finder.subject }
}
