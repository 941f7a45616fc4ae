package import FiniModel
import GRDB

/// A run that logs are joined with, as it was before.
package struct RunBefore: Hashable, Sendable {
  /// What the run's task was judged to be, in a line; `nil` if it was not judged.
  package var summary: String?
}

extension TraceFile {
  /// Shows the lines of a tracer's log that a run has, with the times of those that have one.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func forEachLogLine(
    of run: Int64, _ body: (_ text: String, _ time: Int64?) -> Void
  ) throws(StoreError) {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT l.text, CASE WHEN e.status IS NOT 1 THEN e.entered_ns + r.started_monotonic_ns END
          FROM log_line l JOIN event e ON e.run = l.run AND e.sequence = l.sequence
          JOIN run r ON r.number = l.run
          WHERE l.run = ? AND e.kind = ? ORDER BY l.sequence
          """,
        arguments: [run, EventKind.log.rawValue])
      while let row = try rows.next() { body(row[0], row[1]) }
    }
  }

  /// Puts events of logs into a run, each at its place by its time, and takes out what the run was judged to be: all
  /// that refers to its events by their numbers.
  ///
  /// It is one transaction: after an error the run is as it was. Until it is ended again it is unfinished.
  ///
  /// - Parameters:
  ///   - source: that of the events that have no source of their own.
  ///   - next: the next events, in order, with times on the run's clock; none at the end.
  ///   - inputs: what became of the lines of the logs, asked when all is read.
  /// - Returns: what the run was before.
  /// - Throws: ``StoreError`` if the file cannot be written or `next` throws.
  package func join(
    into run: Int64, source: Source, _ next: () throws -> [ImportWriter.Item],
    inputs: () -> [ImportWriter.Input]
  ) throws(StoreError) -> RunBefore {
    try write { database in
      let before = try RunBefore(of: run, in: database)
      try RunJoin.takeOutJudgement(of: run, in: database)
      let first =
        try Int.fetchOne(
          database, sql: "SELECT coalesce(max(number) + 1, 0) FROM input WHERE run = ?",
          arguments: [run]) ?? 0
      var join = try RunJoin(run: run, source: source, firstInput: first, in: database)
      while true {
        let items = try next()
        if items.isEmpty { break }
        try join.add(items, in: database)
      }
      try join.end(in: database)
      try TraceFile.insert(inputs(), from: first, of: run, in: database)
      return before
    }
  }

  /// Ends a run again that was ended before.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func finishAgain(_ run: Int64, with end: RunEnd) throws(StoreError) {
    try finish(run, with: end)
  }

  /// Keeps what became of the lines of logs.
  static func insert(
    _ inputs: [ImportWriter.Input], from first: Int = 0, of run: Int64, in database: Database
  ) throws {
    for (number, input) in inputs.enumerated() {
      try database.execute(
        sql: """
          INSERT INTO input (run, number, name, format, lines, used, passed, unparsed, offset_ns,
            anchor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          run, first + number, input.name, input.format, input.lines, input.used, input.passed,
          input.unparsed, input.offset, input.anchor,
        ])
    }
  }
}

extension RunBefore {
  fileprivate init(of run: Int64, in database: Database) throws {
    summary = try String.fetchOne(
      database,
      sql: """
        SELECT j.summary FROM judgement j JOIN run r ON r.number = j.run
        WHERE j.run = ? ORDER BY j.task = coalesce(r.subject, 1) DESC LIMIT 1
        """,
      arguments: [run])
  }
}
