/// A run, or a task of one, as it is compared.
package struct ComparedColumn {
  /// What it cost.
  package var run: ComparedRun
  /// Its events; a run of a tree has none of these.
  package var timeline: Timeline?

  package init(run: ComparedRun, timeline: Timeline?) {
    self.run = run
    self.timeline = timeline
  }
}
