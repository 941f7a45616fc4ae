import FiniModel

/// One victim, one incident, one strategy.
struct Cell: Sendable {
  var guest: Guest
  var incident: Incident
  var strategy: FiniStrategy

  /// What all victims of this kind have in common.
  var pair: String { guest.title + " " + incident.name }

  /// Its name in a worker's report.
  var name: String { "\(guest.title) \(incident.name) \(strategy.name)" }

  /// What a victim said, without what depends on chance: how many of several signals end the waits
  /// of its other threads with EINTR depends on how many come at a time; and where a helper's line
  /// appears depends on when it runs.
  func certain(_ lines: [String]) -> [String] {
    // Chance decides whether a read still finds the old program in its wait, or the new one before
    // its wait.
    if case .replacesTheVictim = incident.nature {
      return lines.filter { $0 != "eintr" }.sorted()
    }
    if incident.orders.contains("helper") { return lines.sorted() }
    // A signal to the process goes to any thread that no tracer holds.
    guard guest.hasManyVoices, incident.isSeveral || !incident.orders.isEmpty else { return lines }
    return lines.filter { !($0.hasPrefix("thread ") && $0.contains(" -1 4")) }
  }

  /// The command that runs one boundary of it again.
  func reproducer(_ boundary: Int) -> String {
    """
    tools/matrix --victim \(guest.title) --event \(incident.name) \
    --strategy \(strategy.name) --boundary \(boundary)
    """
  }
}

/// The result of one boundary.
struct Trial: Sendable {
  /// What happened to the victim.
  var outcome: Outcome
  /// What is wrong in the recorder's report.
  var complaints: [String]
  /// The call that the incident came before.
  var place: String

  /// Why it is not as it must be; empty if it is.
  func problems(_ twin: Outcome, _ cell: Cell) -> [String] {
    outcome.differences(fromTwin: twin, in: cell) + complaints
  }
}
