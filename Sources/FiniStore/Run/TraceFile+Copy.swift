package import FiniModel
import Foundation
import GRDB

/// A row of a table on its way into another file.
package struct CopiedRow {
  /// The table.
  package let table: String
  /// Its columns, in order.
  package let columns: [String]
  /// What they have.
  package var values: [QueryValue]

  /// What a column has; NULL if the table has no such column.
  package subscript(column: String) -> QueryValue {
    get { columns.firstIndex(of: column).map { values[$0] } ?? .null }
    set { if let index = columns.firstIndex(of: column) { values[index] = newValue } }
  }

  /// The number in a column.
  package func number(_ column: String) -> Int64? {
    if case .integer(let number) = self[column] { number } else { nil }
  }
}

extension TraceFile {
  /// The tables that have rows of a run, in the order in which they were made, and the columns of each.
  static func tables(in database: Database) throws -> [(name: String, columns: [String])] {
    let names = try String.fetchAll(
      database,
      sql: """
        SELECT name FROM sqlite_schema t WHERE type = 'table' AND (name = 'run' OR EXISTS (
          SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'run')) ORDER BY rowid
        """)
    return try names.map { name in
      (name, try database.columns(in: name).map { $0.name })
    }
  }

  /// Shows each row of some runs, table by table.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func forEachRow(of runs: [Int64], _ body: (CopiedRow) throws -> Void) throws(StoreError) {
    try read { database in
      for (table, columns) in try TraceFile.tables(in: database) {
        let key = table == "run" ? "number" : "run"
        for run in runs {
          let rows = try Row.fetchCursor(
            database, sql: "SELECT * FROM \"\(table)\" WHERE \(key) = ?", arguments: [run])
          while let row = try rows.next() {
            try body(
              CopiedRow(
                table: table, columns: columns,
                values: row.databaseValues.map { QueryValue($0) }))
          }
        }
      }
    }
  }

  /// Copies some runs into a file of their own, which nothing else is in.
  ///
  /// What `changing` takes out of a row is never written, so no free page and no log has it (BundleTests). The
  /// file is closed, and has no -wal beside it.
  ///
  /// What was found wrong in the runs does not come along: its sentences have pieces of lines, and of what was cut out of
  /// the middle of a path nothing can tell any more that it is private. The copy's own events tell it again.
  ///
  /// - Throws: ``StoreError/noSpace(path:)``, or another that speaks of one of the paths.
  package func copy(
    _ runs: [Int64], to path: String, changing: (inout CopiedRow) -> Void
  ) throws(StoreError) {
    let copy = try TraceFile.openForRecording(path)
    let source = self
    try copy.write { database in
      let known = Dictionary(
        uniqueKeysWithValues: try TraceFile.tables(in: database).map { ($0.name, Set($0.columns)) })
      var statements: [String: (statement: Statement, taken: [Int])] = [:]
      try source.forEachRow(of: runs) { row in
        // A table that is not of the format is the user's own, and stays.
        guard let columns = known[row.table], !ExplainedRows.tables.contains(row.table) else {
          return
        }
        if statements[row.table] == nil {
          let taken = row.columns.indices.filter { columns.contains(row.columns[$0]) }
          let names = taken.map { row.columns[$0] }.joined(separator: ", ")
          let marks = taken.map { _ in "?" }.joined(separator: ", ")
          statements[row.table] = (
            try database.makeStatement(
              sql: "INSERT INTO \(row.table) (\(names)) VALUES (\(marks))"), taken
          )
        }
        guard let (statement, taken) = statements[row.table] else { return }
        var changed = row
        changing(&changed)
        try statement.execute(
          arguments: StatementArguments(taken.map { changed.values[$0].databaseValue }))
      }
      try database.execute(
        sql: "UPDATE run SET state = ? WHERE state = ?",
        arguments: [
          RunSummary.State.unfinished.rawValue, RunSummary.State.recording.rawValue,
        ])
    }
    do {
      try copy.database.writeWithoutTransaction { database in
        try database.execute(sql: "VACUUM")
        _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }
}

extension QueryValue {
  fileprivate var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let number): number.databaseValue
    case .real(let number): number.databaseValue
    case .text(let text): text.databaseValue
    case .blob(let bytes): Data(bytes).databaseValue
    }
  }
}
