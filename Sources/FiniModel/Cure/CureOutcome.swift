/// What came of one task of a tree; the numbers are part of the schema.
public enum CureOutcome: UInt8, CaseIterable, Hashable, Sendable {
  /// It was infected, commanded and cured.
  case cured = 1
  /// It ended by itself before or during its cure.
  case vanished = 2
  /// It was not touched, or let go before anything of it was changed: it can't be traced.
  case refused = 3
  /// The cure was broken off, and the task is as it was.
  case letGo = 4
  /// The cure went wrong, and something of it is left in the task.
  case failed = 5
  /// It was found, and its turn did not come.
  case notVisited = 6

  /// The name in files and reports.
  public var name: String {
    switch self {
    case .cured: "cured"
    case .vanished: "vanished"
    case .refused: "refused"
    case .letGo: "let-go"
    case .failed: "failed"
    case .notVisited: "not-visited"
    }
  }

  /// Whether the task was reached as asked for: one that ended by itself is nobody's failure.
  public var isGood: Bool { self == .cured || self == .vanished }
}
