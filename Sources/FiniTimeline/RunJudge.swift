package import FiniModel
internal import FiniProof
internal import Synchronization

/// Judges a run by its events, in one pass, and keeps none of them: what is kept grows with the tasks, with their
/// phases and with what is found, not with the events (JudgedAsItPassesTests).
///
/// Of another tracer's run the task that it is about is known only in the end: then each task has a judge.
package struct RunJudge {
  /// What came of a run.
  package struct Outcome: Sendable {
    /// The task that was judged; `nil` without any.
    package var subject: TaskID?
    /// What is kept of it.
    package var judged: JudgedTask
    /// The way in which the tracer tried to catch it, as far as it shows.
    package var strategySeen: FiniStrategy?
    /// The tasks, where the subject was looked for among them.
    package var tracees: [TraceeVerdict]?

    package init(
      subject: TaskID?, judged: JudgedTask, strategySeen: FiniStrategy?,
      tracees: [TraceeVerdict]? = nil
    ) {
      self.subject = subject
      self.judged = judged
      self.strategySeen = strategySeen
      self.tracees = tracees
    }
  }

  /// How many times this process judged; JudgedOnceTests counts by it.
  package static var judgements: Int { judgementCount.load(ordering: .relaxed) }
  private static let judgementCount = Atomic<Int>(0)

  static func countJudgement() { judgementCount.wrappingAdd(1, ordering: .relaxed) }

  private var course = RunCourse()
  /// The task that is judged, where it is known.
  private(set) var task: TaskJudge
  /// Where it is not, all of them.
  private(set) var tracees: Tracees<TaskJudge>?

  /// Judges one task.
  ///
  /// - Parameter subject: the task; `nil` if there are no events.
  package init(of subject: TaskID?, source: Source) {
    task = TaskJudge(of: subject, source: source)
  }

  /// Judges every task of another tracer's run, for the one that it is about.
  package init(ofEachTask source: Source) {
    precondition(RunJudge.findsSubject(in: source), "another tracer's run")
    task = TaskJudge(of: nil, source: source)
    tracees = Tracees(startingWith: task)
  }

  /// Whether the task that a run is about is found by judging each.
  package static func findsSubject(in source: Source) -> Bool {
    switch source {
    case .engine, .criuLog: false
    case .bpf, .ptraceObserver, .strace, .perf, .ftrace: true
    }
  }

  /// Takes the next event of the run.
  package mutating func observe(_ event: Event) {
    course.observe(event)
    if tracees == nil { task.observe(event) } else { tracees?.observe(event) }
  }

  /// Whether there was any event.
  package var hasEvents: Bool { course.events != nil }

  /// Judges.
  package func outcome() -> Outcome {
    RunJudge.countJudgement()
    let found = tracees.map { Subjects($0.verdicts, refused: $0.refused) }
    let subject = found.map { $0.principal } ?? task.subject
    let task = tracees.map { $0.reading(of: subject) } ?? task
    var judged = task.judged(course)
    judged.judgement.findings += found.map { harm(beside: subject, in: $0) } ?? []
    return Outcome(
      subject: subject, judged: judged, strategySeen: task.strategySeen(judged.judgement),
      tracees: found?.all)
  }

  /// What the tracer left in the other tasks of its run.
  private func harm(beside subject: TaskID?, in subjects: Subjects) -> [Finding] {
    subjects.others(than: subject).flatMap { tracees?.reading(of: $0.task).harmBeside ?? [] }
  }
}

extension TaskJudge: TraceeReading {
  var ledger: FiniLedger { machine.ledger }

  func starting(with task: TaskID) -> TaskJudge { TaskJudge(of: task, after: self) }
}
