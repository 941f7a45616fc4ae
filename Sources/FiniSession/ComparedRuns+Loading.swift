package import FiniModel
package import FiniStore
package import FiniTimeline

extension ComparedRuns {
  /// Reads what is compared.
  ///
  /// What was stored when a run ended is taken; events are read, one after the other, only for the steps of two single
  /// tasks, with `everything`, and of a run that was never judged.
  ///
  /// - Parameters:
  ///   - tasks: one for each run, or one for all of them; none for whole runs.
  ///   - everything: whether the kinds of calls are wanted where they are not known otherwise.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task.
  package init(
    _ runs: [RunSummary], tasks: [TaskID] = [], everything: Bool, in file: TraceFile
  ) throws {
    var columns = try runs.indices.map { index in
      try Column(runs[index], task: tasks.count > 1 ? tasks[index] : tasks.first, in: file)
    }
    let areSingle = columns.count == 2 && columns.allSatisfy { $0.parts.count == 1 && !$0.isTree }
    guard areSingle || everything else {
      self.init(columns.map { $0.run })
      return
    }
    let steps = try columns.indices.map { try columns[$0].readSteps(in: file) }
    guard areSingle, let first = steps[0], let second = steps[1] else {
      self.init(columns.map { $0.run })
      return
    }
    let ranges = columns.map { $0.parts[0].range }
    self.init(
      columns.map { $0.run },
      parting: try Parting(first, second) { search in
        try file.readTogether(ranges[0], ranges[1]) { try search.divergence($0, $1) }
      })
  }

  /// Reads the runs that are compared.
  ///
  /// - Parameters:
  ///   - tasks: one for each run, or one for all of them; none for whole runs.
  ///   - tell: takes what a run does not show.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or if the numbers of runs and tasks
  ///   make no comparison.
  package init(
    _ runs: [RunSelection], tasks: [TaskID], everything: Bool, in path: String,
    tell: (Notice) -> Void
  ) throws {
    if runs.count < 2 { throw SessionError.tooFewRuns }
    if tasks.count > 1, tasks.count != runs.count {
      throw SessionError.tasksOfRuns(tasks: tasks.count, runs: runs.count)
    }
    let file = try TraceFile.openForReading(path)
    let found = try runs.map { try file.run($0) }
    for run in found {
      if let unseen = run.source.unseen { tell(.unseen("run \(run.number): not seen: \(unseen)")) }
    }
    try self.init(found, tasks: tasks, everything: everything, in: file)
  }
}

/// A run that is compared, and where its events are.
private struct Column {
  /// One task that is counted.
  struct Part {
    var range: TraceFile.EventRange
    var subject: TaskID?
    var phases: [PhaseSpan]
  }

  var run: ComparedRun
  let parts: [Part]
  /// Whether it is of a whole tree.
  let isTree: Bool
  private let source: Source

  init(_ summary: RunSummary, task: TaskID?, in file: TraceFile) throws {
    source = summary.source
    isTree = summary.isTree && task == nil
    if isTree {
      (run, parts) = try Column.tree(summary, in: file)
    } else {
      (run, parts) = try Column.single(summary, task: task, in: file)
    }
    run.take(lost: summary.lost)
  }

  private static func single(
    _ summary: RunSummary, task: TaskID?, in file: TraceFile
  ) throws -> (ComparedRun, [Part]) {
    let answer: Answer
    var range = TraceFile.EventRange(run: summary.number)
    if summary.isTree, let task {
      let tree = try LoadedTree(summary, in: file)
      let cure = try tree.tasks([task])[0]
      guard cure.wasTouched, let first = try tree.answers(of: task, with: .phases).first else {
        throw tree.withoutEvents(cure)
      }
      answer = first
      range = TraceFile.EventRange(run: summary.number, cure: cure)
    } else {
      answer = try Answer(summary, in: file, task: task, with: .phases)
    }
    let header = answer.header
    var run = ComparedRun(
      number: task.map { "\(summary.number)/\($0)" } ?? "\(summary.number)",
      strategy: header.strategyTaken ?? header.strategyAsked, source: summary.source,
      verdict: answer.judged.judgement.verdict)
    run.add(answer.judged)
    return (run, [Part(range: range, subject: header.pid, phases: answer.judged.phases)])
  }

  /// The tasks of a tree, added up, one after the other.
  private static func tree(
    _ summary: RunSummary, in file: TraceFile
  ) throws -> (ComparedRun, [Part]) {
    let tree = try LoadedTree(summary, in: file)
    var run = ComparedRun(
      number: "\(summary.number)", strategy: summary.strategyTaken ?? summary.strategyAsked,
      source: summary.source, verdict: tree.header.verdict ?? .unfinished)
    var parts: [Part] = []
    for (cure, judged) in try tree.judgedTasks() {
      run.add(judged)
      parts.append(
        Part(
          range: TraceFile.EventRange(run: summary.number, cure: cure),
          subject: cure.identity.task, phases: judged.phases))
    }
    return (run, parts)
  }

  /// Reads the events, and adds what they show; what those of the only task showed, or of the last one.
  mutating func readSteps(in file: TraceFile) throws -> RunSteps? {
    var last: RunSteps?
    for part in parts {
      var steps = RunSteps(of: part.subject, phases: part.phases, source: source)
      try file.forEachEvent(in: part.range) { steps.observe($0) }
      run.add(steps)
      last = steps
    }
    return last
  }
}
