import FiniModel

/// What a worker tells of one cell.
struct Line: Sendable {
  var guest: String
  var incident: String
  var strategy: String
  /// How many boundaries were run, and how many of them were not as they must be.
  var runs: Int
  var failed: Int
  /// How many of them a known limit explains.
  var excused: Int

  init(cell: Cell, runs: Int, failed: Int, excused: Int) {
    guest = cell.guest.title
    incident = cell.incident.name
    strategy = cell.strategy.name
    self.runs = runs
    self.failed = failed
    self.excused = excused
  }

  init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 7, words[0] == "CELL", let runs = Int(words[4]),
      let failed = Int(words[5]), let excused = Int(words[6])
    else { return nil }
    (guest, incident, strategy) = (words[1], words[2], words[3])
    (self.runs, self.failed, self.excused) = (runs, failed, excused)
  }

  /// The line.
  var text: String { "CELL \(guest) \(incident) \(strategy) \(runs) \(failed) \(excused)" }
}
