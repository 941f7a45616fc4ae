import FiniModel
import FiniTestSupport

/// The options of the command line.
struct Plan: Sendable {
  var victim: String?
  var event: String?
  var strategy: FiniStrategy?
  var boundary: Int?
  /// Every boundary of every cell, instead of a spread.
  var isWhole = false
  var jobs = 2
  /// Which part of the cells, and of how many parts; set for the worker processes.
  var part: (index: Int, count: Int)?
  /// Where the table is written.
  var report: String?
  /// Where the cells' results are kept as they come; those that it has are not run again.
  var kept: String?
  /// An earlier table; the run must be at least as good.
  var against: String?
  /// One cell in this many is run.
  var every = 1
  var damage: Doors.Damage?

  static let usage = """
    usage: matrix [--all] [--jobs N] [--report FILE] [--keep FILE] [--every N] [--against FILE]
           matrix --victim NAME --event NAME [--strategy NAME] [--boundary N] [--damage KIND]
    """

  init?(_ words: [String]) {
    var words = words[...]
    while let option = words.popFirst() {
      if option == "--all" {
        isWhole = true
        continue
      }
      guard let value = words.popFirst(), take(option, value) else { return nil }
    }
  }

  private mutating func take(_ option: String, _ value: String) -> Bool {
    switch option {
    case "--victim":
      victim = value
      return Guest.all.contains { $0.title == value }
    case "--event":
      event = value
      return Incident.all.contains { $0.name == value }
    case "--strategy":
      strategy = FiniStrategy(name: value)
      return strategy != nil
    case "--boundary":
      boundary = Int(value)
      return boundary != nil
    case "--jobs":
      jobs = Int(value) ?? 0
      return jobs > 0
    case "--part":
      let numbers = value.split(separator: "/").compactMap { Int($0) }
      guard numbers.count == 2 else { return false }
      part = (numbers[0], numbers[1])
      return true
    case "--report":
      report = value
      return true
    case "--keep":
      kept = value
      return true
    case "--against":
      against = value
      return true
    case "--every":
      every = Int(value) ?? 0
      return every > 0
    case "--damage":
      damage = Doors.Damage(rawValue: value)
      return damage != nil
    default:
      return false
    }
  }

  /// Whether everything is run, so that the table can be written.
  var isComplete: Bool { victim == nil && event == nil && strategy == nil && boundary == nil }

  /// The cells that were selected.
  var cells: [Cell] {
    var cells: [Cell] = []
    for guest in Guest.all where victim == nil || victim == guest.title {
      for incident in Incident.all where event == nil || event == incident.name {
        for strategy in FiniStrategy.allCases
        where (self.strategy ?? strategy) == strategy && incident.applies(to: guest, strategy) {
          cells.append(Cell(guest: guest, incident: incident, strategy: strategy))
        }
      }
    }
    return every == 1
      ? cells : cells.enumerated().filter { ($0.offset * 7) % every == 0 }.map { $0.element }
  }

  /// The boundaries of a cell that are run, of `count` and the one after them.
  ///
  /// They are spread over the victims: each boundary of an incident and a strategy is run on one
  /// victim, which differs from incident to incident.
  func boundaries(of cell: Cell, count: Int) -> [Int] {
    if let boundary { return [boundary] }
    if isWhole || !isComplete {
      if case .killsTheRecorder = cell.incident.nature { return Array(0..<count) }
      return Array(0...count)
    }
    let guests = Guest.all.count
    let row = Guest.all.firstIndex { $0.title == cell.guest.title } ?? 0
    let column = Incident.all.firstIndex { $0.name == cell.incident.name } ?? 0
    let shift = column * 5 + Int(cell.strategy.rawValue) * 3
    let first = (row + shift) % guests
    // Failing cells take long, and each run is a separate process.
    if case .killsTheRecorder = cell.incident.nature {
      return Array(stride(from: first, to: count, by: guests * 2))
    }
    return Array(stride(from: first, through: count, by: guests))
  }
}
