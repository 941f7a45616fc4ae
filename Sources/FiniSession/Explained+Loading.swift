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
      let judged = try file.judged(of: number).values.first
    else { return nil }
    return Explanation(found, judged.judgement, start: firstEntered)
  }
}

extension TraceFile {
  /// More events than these are not read at the end of a run.
  private static let mostExplained = 100_000

  /// Finds what went wrong in a run whose end is about to be stored, and that was judged.
  func explain(
    _ run: Int64, _ judgement: Judgement, into end: inout RunEnd
  ) throws(StoreError) {
    let summary = try self.run(.number(run))
    guard let build = Version.build, summary.eventCount <= TraceFile.mostExplained else { return }
    // As a reader of the run without it would do (ExplainedOnceTests).
    let timeline = Timeline(
      reading: try events(of: run), subject: summary.knownSubject(nil),
      start: summary.firstEntered, judgement: judgement)
    end.explained = Explanation(of: timeline, texts: try texts(of: run)).found
    end.explainedBy = build
  }
}
