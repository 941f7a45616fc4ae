package import FiniModel
import GRDB
import GRDBSQLite

extension TraceFile {
  /// Opens a recording of another machine to copy runs out of it: neither it nor its -wal is changed.
  ///
  /// What a dead recorder left in a journal beside it stays there, and its run is not ended. MergeTests compare the
  /// bytes.
  ///
  /// - Throws: ``StoreError``, as ``openForReading(_:)`` does.
  package static func openUntouched(_ given: String) throws(StoreError) -> TraceFile {
    let path = FileGuard.followed(given)
    // The last connection that may write would bring the -wal into the file.
    let hasLog = (try FileGuard(path: path + "-wal").size() ?? 0) > 0
    return try openForQueries(path, mayWrite: !hasLog)
  }

  /// The run that has this name in the world, if one has.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func run(named uuid: String) throws(StoreError) -> Int64? {
    try read { try TraceFile.run(named: uuid, in: $0) }
  }

  private static func run(named uuid: String, in database: Database) throws -> Int64? {
    try Int64.fetchOne(database, sql: "SELECT run FROM origin WHERE uuid = ?", arguments: [uuid])
  }

  /// Names a run that an older version began.
  ///
  /// - Throws: ``StoreError/noSpace(path:)``, or another that speaks of the path.
  package func keep(_ origin: RunOrigin, of run: Int64) throws(StoreError) {
    try write { database in
      // Another one may be the same run: the first keeps the name.
      guard try TraceFile.run(named: origin.uuid, in: database) == nil else { return }
      try origin.insert(for: run, in: database)
    }
  }

  /// Copies a run of another file with all rows of the format into this one, as a run with a number of its own.
  ///
  /// Each value stays as it is, to the byte. It is one transaction: after an error nothing of the run is there.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)`` for what the other file has that can't be, or another that speaks
  ///   of one of the paths.
  package func merge(
    _ number: Int64, of source: TraceFile, as origin: RunOrigin
  ) throws(StoreError) -> MergedRun.Fate {
    try write { database in
      if let there = try TraceFile.run(named: origin.uuid, in: database) { return .there(there) }
      let known = Dictionary(
        uniqueKeysWithValues: try TraceFile.tables(in: database).map { ($0.name, Set($0.columns)) })
      let run = (try Int64.fetchOne(database, sql: "SELECT max(number) FROM run") ?? 0) + 1
      try source.read { other in
        for (table, columns) in try TraceFile.tables(in: other) where table != "origin" {
          // A table that is not of the format is the user's own, and so is a column.
          guard let taken = known[table].map({ known in columns.filter { known.contains($0) } })
          else { continue }
          do {
            try TraceFile.copy(table, taken, of: number, in: other, as: run, in: database)
          } catch let refused as Refused {
            // What the tables of the format don't take was not written by a recorder.
            guard refused.error.resultCode != .SQLITE_CONSTRAINT else {
              throw StoreError.damaged(
                path: source.path, detail: refused.error.message ?? "table \(table)")
            }
            throw StoreError(refused.error, path: path)
          }
        }
      }
      try origin.insert(for: run, in: database)
      return .copied(run)
    }
  }

  /// The file that is copied to does not take a row.
  private struct Refused: Error {
    var error: DatabaseError
  }

  private static func copy(
    _ table: String, _ columns: [String], of number: Int64, in source: Database, as run: Int64,
    in target: Database
  ) throws {
    let key = table == "run" ? "number" : "run"
    let names = columns.joined(separator: ", ")
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    let rows = try RawRows(
      "SELECT \(names) FROM \(table) WHERE \(key) = ?", number, in: source)
    let insert = try target.makeStatement(
      sql: "INSERT INTO \(table) (\(names)) VALUES (\(marks))")
    while try rows.step() {
      for (index, column) in columns.enumerated() {
        if column == key {
          let code = unsafe sqlite3_bind_int64(insert.sqliteStatement, CInt(index + 1), run)
          guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
          }
        } else {
          try rows.bind(index, to: insert, at: index + 1)
        }
      }
      let code = unsafe sqlite3_step(insert.sqliteStatement)
      let message = target.lastErrorMessage
      _ = unsafe sqlite3_reset(insert.sqliteStatement)
      guard code == SQLITE_DONE else {
        throw Refused(
          error: DatabaseError(resultCode: ResultCode(rawValue: code), message: message))
      }
    }
  }
}
