package import FiniModel
import GRDB

extension Recorder {
  /// Names a task of a tree whose cure begins; not for the time between a stop and its resume.
  ///
  /// - Parameter firstSequence: the sequence that its first event will have.
  /// - Returns: its cure: one that had a turn before begins where that one began.
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func beginCure(
    of task: TaskIdentity, firstSequence: UInt32
  ) throws(StoreError) -> TaskCure {
    try drainer.inTransaction { writer, database in
      let number = try writer.declare(task, in: database)
      // A second turn goes on where the first one ended.
      try database.execute(
        sql: "INSERT OR IGNORE INTO cure (run, task, first_sequence) VALUES (?, ?, ?)",
        arguments: [writer.run, number, firstSequence])
      let first = try UInt32.fetchOne(
        database, sql: "SELECT first_sequence FROM cure WHERE run = ? AND task = ?",
        arguments: [writer.run, number])
      return TaskCure(
        number: number, identity: task, firstSequence: first ?? firstSequence)
    }
  }

  /// Keeps tasks of a tree that had no turn, all at once.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func leaveOut(
    _ tasks: [TaskIdentity], reason: String, sequence: UInt32
  ) throws(StoreError) {
    try drainer.inTransaction { writer, database in
      for task in tasks {
        let number = try writer.declare(task, in: database)
        // One that had a turn before keeps where that began.
        try database.execute(
          sql: """
            INSERT INTO cure (run, task, first_sequence, outcome, last_sequence, summary)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET outcome = excluded.outcome, summary = excluded.summary,
              last_sequence = excluded.last_sequence
            """,
          arguments: [
            writer.run, number, sequence, CureOutcome.notVisited.rawValue, sequence - 1, reason,
          ])
      }
    }
  }

  /// Keeps what came of a cure of a tree; again for a task that has events after its cure.
  ///
  /// - Parameter judged: what its events prove; `nil` if there are none.
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func endCure(
    of task: Int64, with end: CureEnd, judged: JudgedTask? = nil
  ) throws(StoreError) {
    try drainer.inTransaction { writer, database in
      try database.execute(
        sql: """
          UPDATE cure SET outcome = ?, last_sequence = ?, strategy_taken = ?, summary = ?
          WHERE run = ? AND task = ?
          """,
        arguments: [
          end.outcome.rawValue, end.lastSequence, end.strategyTaken?.rawValue, end.summary,
          writer.run, task,
        ])
      if let judged { try JudgedRows(of: writer.run, in: database).insert(judged, task: task) }
    }
  }
}
