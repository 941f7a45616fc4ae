package import FiniModel
package import FiniStore
package import FiniTimeline

extension Explained {
  /// Reads a run, and explains it.
  ///
  /// - Parameter task: this task alone.
  /// - Throws: `StoreError`, or ``SessionError`` if there is no such task, or no event of it.
  package init(_ run: RunSummary, in file: TraceFile, task: TaskID? = nil) throws {
    if run.isTree, task == nil {
      let tree = try LoadedTree(run, in: file)
      self = .tree(try tree.explanation(), header: tree.header)
    } else {
      let loaded = try LoadedRun.of(run, in: file, task: task)
      let found = try loaded.explanation(in: file)
      self = .task(found, of: loaded.timeline, header: loaded.header)
    }
  }
}
