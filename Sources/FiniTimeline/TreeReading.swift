package import FiniModel

/// A run of a tree: what came of its tasks, together.
package struct TreeReading: Sendable {
  /// The tasks in the order of their turns.
  package let tasks: [TaskReading]

  /// Whether the run has its end: its recorder neither runs on nor was killed.
  package var isFinished: Bool

  /// Puts tasks together.
  package init(_ tasks: [TaskReading], isFinished: Bool = true) {
    self.tasks = tasks
    self.isFinished = isFinished
  }

  /// How many tasks came to this; `nil` counts those whose recorder vanished.
  package func count(_ outcome: CureOutcome?) -> Int { tasks.count { $0.outcome == outcome } }

  /// How many processes have a task that was cured.
  package var curedProcesses: Int {
    Set(tasks.lazy.filter { $0.outcome == .cured }.map { $0.process }).count
  }

  /// The tasks that went wrong: neither cured nor gone by themselves, or with something left, or
  /// with a stop that did not land.
  package var troubled: [TaskReading] {
    tasks.filter { $0.answer == .no || $0.answer == .unknown }
  }

  /// How long each task was frozen that was stopped at all, shortest first, in nanoseconds.
  package var frozen: [Int64] { tasks.compactMap { $0.costs.frozen }.sorted() }

  /// The middle one of ``frozen``; of two in the middle the lower.
  package var medianFrozen: Int64? {
    let frozen = frozen
    return frozen.isEmpty ? nil : frozen[(frozen.count - 1) / 2]
  }

  /// The task that was frozen longest.
  package var slowest: TaskReading? {
    tasks.filter { $0.costs.frozen != nil }.max { $0.costs.frozen ?? 0 < $1.costs.frozen ?? 0 }
  }

  /// How many cures took which strategy, the most frequent first.
  package var strategies: [(strategy: FiniStrategy, count: Int)] {
    FiniStrategy.allCases
      .map { strategy in (strategy, tasks.count { $0.strategyTaken == strategy }) }
      .filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
  }

  /// Whether every stop landed: `false` if one did not, `nil` if of one nothing is known, or if
  /// there was none.
  package var landed: Bool? {
    let answers = tasks.map { $0.answer }
    if answers.contains(.no) { return false }
    // Tasks whose turn did not come, or whose cure did not end, are not among them.
    if !isFinished { return nil }
    return answers.contains(.unknown) || !answers.contains(.yes) ? nil : true
  }

  /// The worst verdict among the tasks; those that ended by themselves have no say.
  package var verdict: Verdict {
    let order: [Verdict] = [
      .lost, .missed, .intervened, .undetermined, .unfinished, .neverReached, .landed,
    ]
    var found: Set<Verdict> = []
    for task in tasks where task.answer != .notAsked {
      found.insert(task.judgement?.verdict ?? .neverReached)
    }
    return order.first { found.contains($0) } ?? .neverReached
  }

  /// What came of the tasks, in words: `998 tasks in 3 processes cured, 1 vanished, 2 refused`.
  package var sentence: String {
    let cured = count(.cured)
    let processes = curedProcesses
    var pieces = [
      cured == 0
        ? "no task cured"
        : "\(cured) \(cured == 1 ? "task" : "tasks") in"
          + " \(processes) \(processes == 1 ? "process" : "processes") cured"
    ]
    for outcome in CureOutcome.allCases where outcome != .cured {
      let count = count(outcome)
      if count > 0 { pieces.append("\(count) \(TreeReading.words(for: outcome))") }
    }
    if count(nil) > 0 { pieces.append("\(count(nil)) unfinished") }
    return pieces.joined(separator: ", ")
  }

  private static func words(for outcome: CureOutcome) -> String {
    switch outcome {
    case .letGo: "let go"
    case .notVisited: "not visited"
    default: outcome.name
    }
  }
}
