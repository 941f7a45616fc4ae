package import FiniModel
package import FiniStore
package import FiniTimeline

extension ComparedColumn {
  /// A run that was judged already.
  package init(_ loaded: LoadedRun) {
    let run = loaded.summary
    self.init(
      loaded, strategy: run.strategyTaken ?? run.strategyAsked ?? loaded.timeline.strategySeen)
  }

  /// Reads what is compared; the tasks of a tree are added up, one after the other.
  ///
  /// - Parameter task: this task alone.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task.
  package init(_ run: RunSummary, task: TaskID?, in file: TraceFile) throws {
    guard run.isTree else {
      let loaded = try LoadedRun(run, in: file, task: task)
      if let task {
        self.init(loaded, strategy: loaded.timeline.strategySeen, task: task)
      } else {
        self.init(loaded)
      }
      return
    }
    let tree = try LoadedTree(run, in: file)
    if let task {
      guard let cure = try tree.tasks([task]).first else { preconditionFailure("a task was found") }
      guard let loaded = try tree.run(of: cure) else { throw tree.withoutEvents(cure) }
      self.init(loaded, strategy: cure.end?.strategyTaken ?? run.strategyAsked, task: task)
      return
    }
    var column = ComparedRun(
      label: ComparedColumn.label(run, run.strategyTaken ?? run.strategyAsked),
      verdict: tree.header.verdict ?? .unfinished)
    // The events of all of them are not needed at once.
    for cure in tree.cures {
      if let run = try tree.run(of: cure) { column.add(run.timeline) }
    }
    self.init(run: column, timeline: nil)
  }

  /// Reads the runs that are compared.
  ///
  /// - Parameters:
  ///   - tasks: one for each run, or one for all of them; none for whole runs.
  ///   - tell: takes what a run does not show.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or if the numbers of runs and tasks
  ///   make no comparison.
  package static func columns(
    of runs: [RunSelection], tasks: [TaskID], in path: String, tell: (Notice) -> Void
  ) throws -> [ComparedColumn] {
    if runs.count < 2 { throw SessionError.tooFewRuns }
    if tasks.count > 1, tasks.count != runs.count {
      throw SessionError.tasksOfRuns(tasks: tasks.count, runs: runs.count)
    }
    let file = try TraceFile.openForReading(path)
    return try runs.indices.map { index in
      let run = try file.run(runs[index])
      if let unseen = run.source.unseen { tell(.unseen("run \(run.number): not seen: \(unseen)")) }
      return try ComparedColumn(
        run, task: tasks.count > 1 ? tasks[index] : tasks.first, in: file)
    }
  }

  private init(_ loaded: LoadedRun, strategy: FiniStrategy?, task: TaskID? = nil) {
    self.init(
      run: ComparedRun(
        loaded.timeline, label: ComparedColumn.label(loaded.summary, strategy, task: task)),
      timeline: loaded.timeline)
  }

  private static func label(
    _ run: RunSummary, _ strategy: FiniStrategy?, task: TaskID? = nil
  ) -> String {
    let number = task.map { "\(run.number)/\($0)" } ?? "\(run.number)"
    return "\(number) \(strategy?.name ?? run.source.name)"
  }
}
