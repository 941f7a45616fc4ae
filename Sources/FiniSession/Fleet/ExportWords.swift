/// What was typed for `export`, as far as its words can contradict each other.
package struct ExportWords {
  private let isFleet: Bool
  private let isOfRows: Bool
  private let to: String?
  private let hasTask: Bool
  private let hasEvents: Bool
  private let isText: Bool

  /// - Parameters:
  ///   - isOfRows: whether the format is one that a database reads.
  ///   - isText: whether a terminal can show it.
  package init(
    isFleet: Bool, isOfRows: Bool, isText: Bool, to: String?, hasTask: Bool, hasEvents: Bool
  ) {
    self.isFleet = isFleet
    self.isOfRows = isOfRows
    self.isText = isText
    self.to = to
    self.hasTask = hasTask
    self.hasEvents = hasEvents
  }

  /// What can be wrong, in the order in which it is looked for.
  package var mistakes: [Mistake] {
    [
      (isFleet && !isOfRows, "--fleet writes rows: take --format ndjson or --format csv"),
      (
        isFleet && (to == nil || to == ExportFile.standardOutput),
        "--fleet writes a file for each table into a folder: name it with --to"
      ),
      (isFleet && hasTask, "--fleet takes whole runs, and no --task"),
      (!isFleet && hasEvents, "--events goes with --fleet; ndjson alone has the events of a run"),
      (
        !isFleet && to == nil && !isText && Terminal().isTerminal,
        "a trace is no text for a terminal: name a file with --to"
      ),
    ]
  }
}
