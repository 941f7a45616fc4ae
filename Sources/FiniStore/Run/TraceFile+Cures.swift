package import FiniModel
import GRDB

extension TraceFile {
  /// The tasks of a run of a tree, in the order of their first turns; empty for another run.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func cures(of run: Int64) throws(StoreError) -> [TaskCure] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT c.*, t.*, j.verdict, j.frozen_ns
          FROM cure c JOIN task t ON t.run = c.run AND t.number = c.task
          LEFT JOIN judgement j ON j.run = c.run AND j.task = c.task
          WHERE c.run = ? ORDER BY c.first_sequence, c.task
          """, arguments: [run]
      ).map { TaskCure($0) }
    }
  }

  /// The events of one task of a tree, in order, with their registers.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func events(of cure: TaskCure, in run: Int64) throws(StoreError) -> [Event] {
    var events: [Event] = []
    try forEachEvent(of: cure, in: run) { events.append($0) }
    return events
  }

  /// Shows the events of one task of a tree in order, one at a time.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func forEachEvent(
    of cure: TaskCure, in run: Int64, _ body: (Event) -> Void
  ) throws(StoreError) {
    try read { database in
      let reader = try EventReader(
        run: run, task: cure.number,
        from: cure.firstSequence, to: cure.end?.lastSequence ?? .max, in: database)
      while let event = try reader.next() { body(event) }
    }
  }
}

extension TaskCure {
  fileprivate init(_ row: Row) {
    func small(_ column: String) -> UInt8? {
      (row[column] as Int64?).map { UInt8(truncatingIfNeeded: $0) }
    }
    let first: Int64 = row["first_sequence"]
    self.init(
      number: row["task"], identity: TaskIdentity(row),
      firstSequence: UInt32(truncatingIfNeeded: first), end: nil)
    verdict = small("verdict").flatMap(Verdict.init(rawValue:))
    frozen = row["frozen_ns"]
    guard let outcome = small("outcome").flatMap(CureOutcome.init(rawValue:)) else { return }
    end = CureEnd(
      outcome: outcome,
      lastSequence: UInt32(truncatingIfNeeded: (row["last_sequence"] as Int64?) ?? 0),
      strategyTaken: small("strategy_taken").flatMap(FiniStrategy.init(rawValue:)),
      summary: row["summary"] ?? "")
  }
}
