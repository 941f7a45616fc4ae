internal import FiniModel
internal import FiniTimeline

/// Judges and explains an import while its events are read, or finds the task that it is about.
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
  /// Keeps what tells what went wrong.
  private var explainer: RunExplainer
  /// The zero of the run's times, as in view `run_start` of the file.
  private var start: (entered: Instant, isSnapshot: Bool)?
  /// What a log tells before it names a task.
  private var beginning: [Event] = []

  /// A log that tells more than this before it names a task is judged in a second pass.
  private static let longestBeginning = 1024

  init(source: Source) {
    self.source = source
    finder = SubjectFinder(source: source)
    explainer = RunExplainer(besideJudgeOf: source)
    if RunJudge.findsSubject(in: source) { judge = RunJudge(ofEachTask: source) }
  }

  /// Takes the next event.
  ///
  /// - Parameter text: its words, where it is a line.
  mutating func observe(_ event: Event, text: String?) {
    if start?.isSnapshot ?? true, start == nil || event.kind != .snapshot {
      start = (event.entered, event.kind == .snapshot)
    }
    explainer.observe(event, text: text)
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
    fitting?.outcome()
  }

  /// What went wrong, by what its events were judged to prove; `nil` if a second pass is needed.
  func explanation(of outcome: RunJudge.Outcome) -> Explanation? {
    explainer.explanation(
      beside: fitting, of: outcome.subject, start: start?.entered,
      judgement: outcome.judged.judgement)
  }

  /// The judge, if it judged the task that the run is about.
  private var fitting: RunJudge? {
    RunJudge.findsSubject(in: source) || candidate == finder.subject ? judge : nil
  }

  /// The task that a second pass is to judge.
  var subject: TaskID? { finder.subject }
}
