package import FiniModel
package import FiniStore
package import FiniTimeline

/// A run of a tree, task by task.
package struct LoadedTree {
  /// The run.
  package let summary: RunSummary
  /// Its tasks, in the order of their first turns.
  package let cures: [TaskCure]
  /// What the tasks' events prove, if they were judged already.
  var judged: TreeReading?

  let file: TraceFile

  /// Reads the rows of a run; no events.
  package init(_ summary: RunSummary, in file: TraceFile) throws(StoreError) {
    self.summary = summary
    self.file = file
    cures = try file.cures(of: summary.number)
  }

  /// What is stored of every task; the events of one that was never ended are read, and judged now.
  package func reading() throws(StoreError) -> TreeReading {
    if let judged { return judged }
    return try reading(judged: try file.judged(of: summary.number))
  }

  /// The same, where it is known what the tasks were judged to be, by their numbers.
  func reading(judged: [Int64: JudgedTask]) throws(StoreError) -> TreeReading {
    let names = processNames
    var tasks: [TaskReading] = []
    for cure in cures {
      let outcome = cure.end?.outcome
      var known = judged[cure.number]
      if known == nil { known = try judgedNow(cure) }
      tasks.append(
        TaskReading(
          identity: cure.identity,
          processName: names[cure.identity.group ?? cure.identity.task] ?? "", outcome: outcome,
          reason: outcome == .cured ? "" : cure.end?.summary ?? "",
          strategyTaken: cure.end?.strategyTaken,
          judged: known))
    }
    return TreeReading(tasks, isFinished: summary.isFinished)
  }

  /// The tasks that something was done to, each with what its events prove.
  func judgedTasks() throws(StoreError) -> [(TaskCure, JudgedTask)] {
    let stored = try file.judged(of: summary.number)
    var found: [(TaskCure, JudgedTask)] = []
    for cure in cures {
      var known = stored[cure.number]
      if known == nil { known = try judgedNow(cure) }
      if let known { found.append((cure, known)) }
    }
    return found
  }

  /// What the events of a task prove that was not judged: nothing if there are none.
  private func judgedNow(_ cure: TaskCure) throws(StoreError) -> JudgedTask? {
    guard cure.wasTouched else { return nil }
    return try file.judge(cure, in: summary.number)
  }

  /// What the file says came of the tasks; nothing is judged again, so it is quick.
  package var header: RunHeader {
    var header = RunHeader(summary)
    header.frozen = cures.compactMap { $0.frozen }.max()
    header.tasks = cures.count
    return header
  }

  private var processNames: [TaskID: String] {
    var names: [TaskID: String] = [:]
    for cure in cures where cure.identity.group == cure.identity.task {
      names[cure.identity.task] = cure.identity.name
    }
    return names
  }

  // MARK: One task

  /// The runs of single tasks that the tree is made of: those with this number, or all.
  ///
  /// - Throws: ``SessionError/noSuchTask(_:run:tasks:)``.
  package func tasks(_ wanted: Set<TaskID>) throws(SessionError) -> [TaskCure] {
    if wanted.isEmpty { return cures }
    let found = cures.filter { wanted.contains($0.identity.task) }
    if let missing = wanted.subtracting(found.map { $0.identity.task }).min() {
      throw .noSuchTask(missing, run: summary.number, tasks: cures.count)
    }
    return found
  }

  /// One task as if it had a run of its own; `nil` if there are no events of it.
  package func run(of cure: TaskCure) throws(StoreError) -> LoadedRun? {
    let events = try file.events(of: cure, in: summary.number)
    if events.isEmpty { return nil }
    let timeline = Timeline(
      reading: events, subject: cure.identity.task, start: summary.firstEntered,
      judgement: try file.judged(of: summary.number, task: cure.number)[cure.number]?.judgement)
    return LoadedRun(summary, cure, timeline)
  }

  /// Hands out the runs of single tasks in which a filter finds something.
  ///
  /// - Parameters:
  ///   - body: takes those, and whether it is the first; of a task that is named by its number also one without a
  ///     match.
  ///   - without: takes tasks without events, if they are named.
  /// - Throws: `StoreError`, ``SessionError`` if the tree has no such task or no such event, or what `body` throws.
  package func forEachRun(
    matching filter: TimelineFilter, _ body: (LoadedRun, _ isFirst: Bool) throws -> Void,
    without: (TaskCure) -> Void
  ) throws {
    let isNamed = !filter.tasks.isEmpty
    var found = false
    var isFirst = true
    for cure in try tasks(filter.tasks) {
      guard let run = try run(of: cure) else {
        if isNamed {
          found = true
          without(cure)
        }
        continue
      }
      if let around = filter.around, run.timeline.event(around) == nil { continue }
      if isNamed || !filter.events(of: run.timeline).isEmpty {
        found = true
        try body(run, isFirst)
        isFirst = false
      }
    }
    if !found, let around = filter.around { throw summary.without(event: around) }
  }

  /// What went wrong, task by task.
  package func explanation() throws(StoreError) -> TreeExplanation {
    let byTask = Dictionary(cures.map { ($0.identity.task, $0) }) { first, _ in first }
    return try TreeExplanation(try reading()) { task throws(StoreError) in
      guard let cure = byTask[task.identity.task], let run = try run(of: cure) else { return nil }
      return Explanation(of: run.timeline)
    }
  }

  /// That nothing was done to a task.
  package func withoutEvents(_ cure: TaskCure) -> SessionError {
    .noEvents(
      of: cure.identity.task, run: summary.number, outcome: cure.end?.outcome,
      reason: cure.end?.summary ?? "")
  }
}
