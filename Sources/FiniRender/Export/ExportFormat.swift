/// What a run can be written as, for other programs.
package enum ExportFormat: String, CaseIterable, Sendable {
  /// One page with the timeline, the verdict and the explanation; it needs no network.
  case html
  /// A trace for ui.perfetto.dev and for trace_processor.
  case perfetto
  /// The view `timeline`, for spreadsheets and databases.
  case csv
  /// The events, as `show --json` writes them.
  case ndjson
  /// A picture of fini that fits into an issue.
  case svg

  /// The name in the command line.
  package var name: String { rawValue }

  /// Whether a database reads it.
  package var isOfRows: Bool { self == .csv || self == .ndjson }

  /// Whether it is text that a terminal can show.
  package var isText: Bool { self != .perfetto }
}
