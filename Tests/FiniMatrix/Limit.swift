import FiniModel

/// What is known not to be as it must be. The run checks both ways: what fails besides these fails the
/// run, and so does a limit that nothing of the run ran into.
struct Limit: Sendable {
  /// Incidents by name.
  var incidents: Set<String>
  /// Victims by title; empty for all.
  var guests: Set<String> = []
  /// Strategies; empty for all.
  var strategies: Set<FiniStrategy> = []
  /// A word that one of the differences has, to keep the limit to what it is about.
  var sign: String = ""
  /// When, and what then.
  var steps: String
  /// Why.
  var reason: String

  /// Whether it is about a cell.
  func covers(_ cell: Cell) -> Bool {
    incidents.contains(cell.incident.name)
      && (guests.isEmpty || guests.contains(cell.guest.title))
      && (strategies.isEmpty || strategies.contains(cell.strategy))
  }

  /// Whether it is about these differences.
  func excuses(_ problems: [String]) -> Bool {
    sign.isEmpty || problems.contains { $0.contains(sign) }
  }

  /// The limit of a cell, if it has one.
  static func covering(_ cell: Cell) -> Limit? { all.first { $0.covers(cell) } }

  /// All of them.
  static let all: [Limit] = [
    Limit(
      incidents: ["recorder-killed"],
      steps: "at the steps that Decisions/0009 lists",
      reason: "nobody is left to take the blob away, to disarm or to write registers back"),
    Limit(
      incidents: ["real-time"], strategies: [.breakpointAfter], sign: "signal 40",
      steps: "while the signals are blocked: the first of three comes last",
      reason: "it comes between rt_sigreturn and the breakpoint, and is queued anew"),
  ]
}
