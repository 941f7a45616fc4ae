package import FiniModel
package import FiniStore
package import FiniTimeline

extension Explained {
  /// Reads what was found when a run ended, and no event. A run without that is explained by its events: one that has no
  /// end, or that another build of this program ended; a tree; and a task that is asked for by its number.
  ///
  /// - Parameter task: this task alone.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or no event of it.
  package init(_ run: RunSummary, in file: TraceFile, task: TaskID? = nil) throws {
    if run.isTree, task == nil {
      let tree = try LoadedTree(run, in: file)
      self = .tree(try tree.explanation(), header: tree.header)
    } else if task == nil, let found = try run.found(in: file) {
      self = .task(found, header: RunHeader(run))
    } else if task == nil, run.eventCount > RunExplainer.mostEvents {
      self = .task(try run.foundNow(in: file), header: RunHeader(run))
    } else {
      let loaded = try LoadedRun.of(run, in: file, task: task)
      let found = try loaded.explanation(in: file)
      self = .task(found, header: loaded.header)
    }
  }
}

extension RunSummary {
  /// What this build found when the run ended.
  fileprivate func found(in file: TraceFile) throws(StoreError) -> Explanation? {
    guard isFinished, let build = Version.build,
      let found = try file.explained(number, by: build),
      let judged = try file.judged(of: number, with: []).values.first
    else { return nil }
    return Explanation(found, judged.judgement, start: firstEntered)
  }
}

extension RunSummary {
  /// What is found now in a run that has more events than can be in memory together.
  fileprivate func foundNow(in file: TraceFile) throws(StoreError) -> Explanation {
    let stored = try file.judged(of: number, with: []).values.first
    if let stored {
      let about = (subject ?? tracee).task
      return try file.explanation(
        of: self, subject: about.rawValue > 0 ? about : nil, stored.judgement, isOpen: !isFinished)
    }
    let outcome = try file.judge(number, source: source, subject: knownSubject(nil))
    return try file.explanation(
      of: self, subject: outcome.subject, outcome.judged.judgement, isOpen: !isFinished)
  }
}

extension TraceFile {
  /// Finds what went wrong in a run whose end is about to be stored, and that was judged.
  func explain(
    _ run: Int64, _ judgement: Judgement, into end: inout RunEnd
  ) throws(StoreError) {
    let summary = try self.run(.number(run))
    guard Version.build != nil else { return }
    // As a reader of the run without it would do (ExplainedOnceTests).
    end.take(
      try explanation(
        of: summary, subject: summary.knownSubject(nil) ?? end.subject, judgement, isOpen: false))
  }

  /// What went wrong in a run, found while its events pass: of a long one few are in memory together.
  fileprivate func explanation(
    of run: RunSummary, subject: TaskID?, _ judgement: Judgement, isOpen: Bool
  ) throws(StoreError) -> Explanation {
    var explainer = RunExplainer(run.source, of: subject)
    try forEachEvent(withTextOf: run.number) { explainer.observe($0, text: $1) }
    return explainer.explanation(start: run.firstEntered, judgement: judgement, isOpen: isOpen)
  }
}

extension RunEnd {
  /// Takes what went wrong, to be told by this build.
  mutating func take(_ explanation: Explanation) {
    guard let build = Version.build else { return }
    explained = explanation.found
    explainedBy = build
  }
}
