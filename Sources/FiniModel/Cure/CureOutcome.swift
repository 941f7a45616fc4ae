/// The outcome of one task of a tree; the numbers are part of the schema.
package enum CureOutcome: UInt8, CaseIterable, Hashable, Sendable {
  /// It was infected, commanded and cured.
  case cured = 1
  /// It ended by itself before or during its cure.
  case vanished = 2
  /// It can't be traced. It was not touched, or was let go before anything of it was changed.
  case refused = 3
  /// The cure was abandoned, and the task is as it was.
  case letGo = 4
  /// The cure went wrong, and something of the infection is left in the task.
  case failed = 5
  /// It was found, but got no turn.
  case notVisited = 6

  /// The name in files and reports.
  package var name: String {
    switch self {
    case .cured: "cured"
    case .vanished: "vanished"
    case .refused: "refused"
    case .letGo: "let-go"
    case .failed: "failed"
    case .notVisited: "not-visited"
    }
  }

  /// Whether the request was met for this task. A task that ended by itself is no failure.
  package var isGood: Bool { self == .cured || self == .vanished }
}
