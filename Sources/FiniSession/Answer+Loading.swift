package import FiniModel
package import FiniStore
package import FiniTimeline

extension Answer {
  /// The answer of a run that was read.
  package init(_ run: LoadedRun) {
    self.init(run.timeline.judged, start: run.timeline.start, header: run.header)
  }

  /// Looks the answer up.
  ///
  /// What was stored when the run ended is read, and no event (CheckTests): the verdict with its proof, not all
  /// phases and signals, which may be many. Only what was never judged is judged by its
  /// events: a run without an end, and a task that is not the one that the run is about.
  ///
  /// - Parameters:
  ///   - task: this task of another tracer's run; without one the run's own, and the others.
  ///   - parts: what is read of the judgement beside the verdict, its evidence and the costs.
  /// - Throws: `StoreError`, or ``SessionError`` if the run has no such task.
  package init(
    _ run: RunSummary, in file: TraceFile, task: TaskID?,
    with parts: JudgedParts = .phasesOfEvidence
  ) throws {
    if run.isAbout(task),
      let stored = try file.judged(of: run.number, with: parts).values.first
    {
      self.init(stored, start: run.firstEntered, header: RunHeader(run))
      guard task == nil, RunJudge.findsSubject(in: run.source) else { return }
      let subject = header.pid
      others = try file.tracees(of: run.number).filter { $0.isOther(than: subject) }
    } else {
      try self.init(judging: run, in: file, task: task)
    }
  }

  /// The same by the events, one after the other.
  private init(judging run: RunSummary, in file: TraceFile, task: TaskID?) throws {
    let tracees = RunJudge.findsSubject(in: run.source) ? try file.traceesNow(of: run.number) : []
    if let task { try run.require(task, among: tracees) }
    let outcome = try file.judge(
      run.number, source: run.source, subject: run.knownSubject(task))
    self.init(
      outcome.judged, start: run.firstEntered,
      header: RunHeader(run, outcome, names: try file.names(of: run)))
    if task == nil { others = tracees.filter { $0.isOther(than: outcome.subject) } }
  }

  fileprivate init(_ run: RunSummary, of cure: TaskCure, _ judged: JudgedTask) {
    var header = RunHeader(run)
    header.take(cure)
    self.init(judged, start: run.firstEntered, header: header)
  }
}

extension LoadedTree {
  /// The answer of a task of the tree, once for each of its turns.
  ///
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or no event of it.
  package func answers(
    of task: TaskID, with parts: JudgedParts = .phasesOfEvidence
  ) throws -> [Answer] {
    try tasks([task]).map { cure in
      let stored = try file.judged(
        of: summary.number, task: cure.number, with: parts)[cure.number]
      if let stored { return Answer(summary, of: cure, stored) }
      guard let run = try run(of: cure) else { throw withoutEvents(cure) }
      return Answer(run)
    }
  }
}
