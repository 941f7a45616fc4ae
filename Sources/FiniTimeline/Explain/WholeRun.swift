internal import FiniModel
internal import FiniProof

/// The accounts of a run of which only some events are kept: they have seen each of them.
struct WholeRun: Sendable {
  private let source: Source
  private var subject: TaskID?
  /// Whether a judge reads the tasks, and they come in the end.
  private let isBesideJudge: Bool
  /// Every task of another tracer's run, or the one that a run of ours or a log is about.
  private var tasks: Tracees<TaskJudge>?
  private var task: TaskJudge
  private var reader = Subjects.Reader()
  /// How far the tracer came, what was refused to it, and its end.
  private(set) var tracer = TracerHistory()
  /// How many lines were not understood.
  private(set) var notUnderstood = 0
  /// How many events are not kept.
  var passedOver = 0

  /// No more failed calls than these are kept at each end.
  private static let mostRefusals = 4096

  init(_ source: Source, of subject: TaskID?) {
    self.source = source
    self.subject = subject
    isBesideJudge = false
    task = TaskJudge(of: subject, source: source)
    if RunJudge.findsSubject(in: source) {
      tasks = Tracees(startingWith: TaskJudge(of: nil, source: source))
    }
  }

  /// Beside a judge that sees the same events and reads the tasks: each is read once.
  init(besideJudgeOf source: Source) {
    self.source = source
    isBesideJudge = true
    task = TaskJudge(of: nil, source: source)
  }

  /// Takes the next event of the run.
  mutating func observe(_ event: Event) {
    if tasks != nil {
      tasks?.observe(event)
    } else if !isBesideJudge {
      task.observe(event)
    }
    if !RunJudge.findsSubject(in: source) { reader.observe(event) }
    tracer.observe(event)
    tracer.passOverMiddle(beyond: WholeRun.mostRefusals)
    if case .unparsed = event.payload { notUnderstood += 1 }
  }

  /// Takes what a judge read of the tasks.
  mutating func take(tasksOf judge: RunJudge) {
    tasks = judge.tracees
    task = judge.task
    subject = task.subject
  }

  /// The tasks that were traced.
  var subjects: Subjects {
    tasks.map { Subjects($0.verdicts, refused: $0.refused) } ?? Subjects(reader)
  }

  /// What is known of a task.
  func account(of asked: TaskID?) -> TaskJudge {
    if let tasks { return tasks.reading(of: asked) }
    return asked == subject ? task : TaskJudge(of: asked, source: source)
  }
}
