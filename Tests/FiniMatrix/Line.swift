import FiniModel

/// A worker's report on one cell.
struct Line: Sendable {
  var guest: String
  var incident: String
  var strategy: String
  /// How many boundaries were run, and how many of them differ.
  var runs: Int
  var failed: Int
  /// The known limits that the others met, by their indices among all.
  var limits: Set<Int>

  init(cell: Cell, runs: Int, failed: Int, limits: Set<Int>) {
    guest = cell.guest.title
    incident = cell.incident.name
    strategy = cell.strategy.name
    self.runs = runs
    self.failed = failed
    self.limits = limits
  }

  init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 6, words[0] == "CELL", let runs = Int(words[4]),
      let failed = Int(words[5])
    else { return nil }
    (guest, incident, strategy) = (words[1], words[2], words[3])
    (self.runs, self.failed) = (runs, failed)
    limits = Set(words.dropFirst(6).compactMap { Int($0) })
  }

  /// The cell that it is of, as ``Cell/name``.
  var cell: String { [guest, incident, strategy].joined(separator: " ") }

  /// The line.
  var text: String {
    (["CELL", cell, "\(runs)", "\(failed)"] + limits.sorted().map(String.init))
      .joined(separator: " ")
  }
}
