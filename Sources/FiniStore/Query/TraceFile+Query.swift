package import FiniModel
import Foundation
import GRDB
import GRDBSQLite

extension TraceFile {
  /// Runs one query that reads, on a connection of its own that can do nothing else.
  ///
  /// The connection is opened read-only, and an authorizer refuses everything but reading this
  /// file: ATTACH, VACUUM INTO, and every PRAGMA that is not a question.
  ///
  /// - Throws: ``StoreError/queryRefused(reason:)`` for what would do more than read,
  ///   ``StoreError/queryFailed(message:)`` for what SQLite does not understand.
  package func readOnlyQuery(_ sql: String) throws(StoreError) -> QueryResult {
    let connection = try TraceFile.openReadOnly(path, guardian: FileGuard(path: path))
    do {
      return try connection.unsafeRead { database in
        try database.execute(sql: "PRAGMA query_only = 1")
        unsafe sqlite3_set_authorizer(database.sqliteConnection, authorize, nil)
        return try TraceFile.run(sql, in: database)
      }
    } catch let error as DatabaseError {
      let message = error.message ?? "\(error.resultCode)"
      switch error.resultCode {
      // A function that is refused is an ordinary error with this text.
      case _ where error.resultCode == .SQLITE_AUTH || message.hasPrefix("not authorized"):
        throw .queryRefused(reason: message)
      case .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_RANGE, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
        throw .queryFailed(message: message)
      default: throw StoreError(error, path: path)
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// The view `timeline` of one run.
  package func timelineRows(of run: Int64) throws(StoreError) -> QueryResult {
    try readOnlyQuery("SELECT * FROM timeline WHERE run = \(run) ORDER BY sequence")
  }

  private static func run(_ sql: String, in database: Database) throws -> QueryResult {
    let statement: Statement
    do {
      statement = try database.makeStatement(sql: sql)
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_MISUSE || error.message == "empty statement"
    {
      let isEmpty = error.message == "empty statement"
      throw StoreError.queryRefused(
        reason: isEmpty ? "there is no statement in it" : "it is more than one statement")
    }
    guard statement.isReadonly else {
      throw StoreError.queryRefused(reason: "it would write")
    }
    guard statement.columnCount > 0 else {
      throw StoreError.queryRefused(reason: "it returns nothing")
    }
    var result = QueryResult(columns: statement.columnNames, rows: [])
    let rows = try Row.fetchCursor(statement)
    while let row = try rows.next() {
      result.rows.append(row.databaseValues.map { QueryValue($0) })
    }
    return result
  }
}

extension QueryValue {
  init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number): self = .real(number)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob(Array(data))
    }
  }
}

/// The questions among the pragmas; the second list takes a name in parentheses.
private let plainQuestions: Set<String> = [
  "application_id", "user_version", "compile_options", "database_list", "encoding",
  "freelist_count", "function_list", "journal_mode", "page_count", "page_size", "schema_version",
  "table_list",
]
private let namedQuestions: Set<String> = [
  "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
  "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo",
]

/// Allows reading and denies the rest; see https://www.sqlite.org/c3ref/set_authorizer.html.
private func authorize(
  _: UnsafeMutableRawPointer?, action: CInt, first: UnsafePointer<CChar>?,
  second: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?
) -> CInt {
  switch action {
  case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
  // dbstat and the table-valued pragmas declare themselves this way when they are first used. A
  // statement that really creates or inserts is not read-only, and is refused for that.
  case SQLITE_CREATE_TABLE, SQLITE_INSERT, SQLITE_UPDATE: return SQLITE_OK
  case SQLITE_FUNCTION:
    guard let second = unsafe second else { return SQLITE_DENY }
    return unsafe String(cString: second).lowercased() == "load_extension" ? SQLITE_DENY : SQLITE_OK
  case SQLITE_PRAGMA:
    guard let first = unsafe first else { return SQLITE_DENY }
    let name = unsafe String(cString: first).lowercased()
    let isAllowed =
      unsafe namedQuestions.contains(name) || (second == nil && plainQuestions.contains(name))
    return isAllowed ? SQLITE_OK : SQLITE_DENY
  default: return SQLITE_DENY
  }
}
