internal import FiniModel

/// What went wrong in a run of a tree: its tasks together, and each that went wrong.
package struct TreeExplanation: Sendable {
  /// A task that went wrong, or of which it can't be told.
  package struct Trouble: Sendable {
    /// The task.
    package let task: TaskReading
    /// What its events tell of the trouble; `nil` if it has none, or is one of many.
    package let told: Explanation?

    /// Puts a task together with what its events tell.
    package init(_ task: TaskReading, told: Explanation?) {
      self.task = task
      self.told = told
    }

    /// What happened, without a full stop: what its events tell, else what its recorder said.
    package var sentence: String {
      if let explanation = told, explanation.answer == .somethingWrong {
        return explanation.headline
      }
      if task.outcome == nil { return "its recorder ended while it worked on task \(number)" }
      if task.reason.isEmpty { return "task \(number) came to \(task.word)" }
      return task.reason.contains("\(number)") ? task.reason : "task \(number): \(task.reason)"
    }

    private var number: TaskID { task.identity.task }
  }

  /// The tasks.
  package let tree: TreeReading
  /// Those in trouble: first those that went wrong.
  package let troubles: [Trouble]
  /// How many tasks are explained by their events; more than these are a storm.
  package static let most = 10

  /// Explains a tree.
  ///
  /// - Parameter told: what the events of a task tell; it is asked of the first ``most`` tasks in trouble.
  package init<Failure: Error>(
    _ tree: TreeReading,
    told: (TaskReading) throws(Failure) -> Explanation?
  ) throws(Failure) {
    self.tree = tree
    let wrong = tree.troubled.filter { $0.answer == .no }
    let unknown = tree.troubled.filter { $0.answer != .no }
    var found: [Trouble] = []
    for (index, task) in (wrong + unknown).enumerated() {
      found.append(
        Trouble(task, told: index < TreeExplanation.most ? try told(task) : nil))
    }
    troubles = found
  }

  /// The answer, which agrees with that of `check`.
  package var answer: Explanation.Answer {
    switch tree.landed {
    case true?: .nothingWrong
    case false?: .somethingWrong
    case nil: .unknown
    }
  }

  /// What is known of the run in a sentence, without a full stop.
  package var headline: String {
    ToldLine.cut(wholeHeadline, to: Explanation.headlineLength)
  }

  private var wholeHeadline: String {
    let count = tree.tasks.count
    let tasks = "\(count) \(count == 1 ? "task" : "tasks")"
    if answer != .somethingWrong, !tree.isFinished {
      return "can't tell yet: the run has no end; its recorder still runs, or was killed"
    }
    guard let first = troubles.first else {
      let ended = tree.count(.vanished)
      if answer == .nothingWrong {
        return "nothing wrong: \(tree.count(.cured)) of \(tasks) cured and let go"
          + (ended > 0 ? "; \(ended) ended by \(ended == 1 ? "itself" : "themselves") before" : "")
      }
      return "can't tell: \(tree.sentence)"
    }
    if first.task.answer == .no {
      let wrong = tree.tasks.count { $0.answer == .no }
      return count == 1 ? first.sentence : "\(wrong) of \(tasks) went wrong: \(first.sentence)"
    }
    let cured = tree.count(.cured)
    return cured == 0
      ? "no task was cured: \(first.sentence)"
      : "\(troubles.count) of \(tasks) not cured: \(first.sentence)"
  }
}
