package import FiniModel
import GRDB

extension TraceFile {
  /// Begins a run that was recorded elsewhere.
  ///
  /// - Throws: ``StoreError/noSpace(path:)``, ``StoreError/locked(path:)`` or another that speaks of
  ///   the path.
  package func beginImport(_ start: RunStart) throws(StoreError) -> ImportWriter {
    let writer = try write { database in
      let run = (try Int64.fetchOne(database, sql: "SELECT max(number) FROM run") ?? 0) + 1
      try TraceFile.insert(start, as: run, in: database)
      var writer = EventWriter(run: run, source: start.source, started: start.started.rawValue)
      try writer.declare(start.tracer, in: database)
      try writer.declare(start.tracee, in: database)
      return writer
    }
    return ImportWriter(file: self, writer: writer)
  }

  /// What a run was imported from.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func inputs(of run: Int64) throws(StoreError) -> [ImportWriter.Input] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT name, format, lines, used, passed, unparsed, offset_ns, anchor FROM input
          WHERE run = ? ORDER BY number
          """,
        arguments: [run]
      ).map { row in
        ImportWriter.Input(
          name: row[0], format: row[1], lines: row[2], used: row[3], passed: row[4],
          unparsed: row[5], offset: row[6] ?? 0, anchor: row[7])
      }
    }
  }

  /// The text of lines, by the sequence of their events.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func texts(of run: Int64) throws(StoreError) -> [UInt32: String] {
    try read { database in
      var found: [UInt32: String] = [:]
      let rows = try Row.fetchCursor(
        database, sql: "SELECT sequence, text FROM log_line WHERE run = ?", arguments: [run])
      while let row = try rows.next() { found[row[0]] = row[1] }
      return found
    }
  }

  /// Keeps the words of an event that is none of a log: they name what has no column.
  ///
  /// - Throws: ``StoreError/noSpace(path:)``, or another that speaks of the path.
  package func keep(text: String, of event: UInt32, in run: Int64) throws(StoreError) {
    try write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO log_line (run, sequence, input, line, text)
          VALUES (?, ?, 0, 0, ?)
          """,
        arguments: [run, Int64(event), text])
    }
  }

  /// The lines that were not understood, in order.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func unparsedLines(of run: Int64) throws(StoreError) -> [UnparsedLine] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT l.sequence, coalesce(i.name, ''), l.line, l.text FROM log_line l
          JOIN event e ON e.run = l.run AND e.sequence = l.sequence
          LEFT JOIN input i ON i.run = l.run AND i.number = l.input
          WHERE l.run = ? AND e.kind = ? ORDER BY l.sequence
          """,
        arguments: [run, EventKind.unparsed.rawValue]
      ).map { UnparsedLine(event: $0[0], input: $0[1], line: $0[2], text: $0[3]) }
    }
  }
}
