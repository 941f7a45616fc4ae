import FiniModel
import GRDB
import GRDBSQLite

/// Rows as SQLite has them. GRDB ends a text at its first NUL; here it has all of its bytes.
struct RawRows {
  let statement: Statement
  private let database: Database

  init(_ sql: String, _ run: Int64, in database: Database) throws {
    self.database = database
    statement = try database.makeStatement(sql: sql)
    try statement.setArguments([run])
  }

  var columnCount: Int { statement.columnCount }

  /// Goes to the next row.
  ///
  /// - Returns: whether there is one.
  func step() throws -> Bool {
    let code = unsafe sqlite3_step(statement.sqliteStatement)
    if code == SQLITE_ROW { return true }
    let message = database.lastErrorMessage
    _ = unsafe sqlite3_reset(statement.sqliteStatement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    return false
  }

  /// A value of this kind; NULL where something else is in its place.
  ///
  /// Text is what SQLite shows as text; what is no UTF-8 in it becomes U+FFFD.
  func value(at index: Int, as kind: FleetTable.Kind) -> QueryValue {
    let column = CInt(index)
    let type = unsafe sqlite3_column_type(statement.sqliteStatement, column)
    switch kind {
    case .integer:
      guard type == SQLITE_INTEGER else { return .null }
      return .integer(unsafe sqlite3_column_int64(statement.sqliteStatement, column))
    case .real:
      guard type == SQLITE_INTEGER || type == SQLITE_FLOAT else { return .null }
      let number = unsafe sqlite3_column_double(statement.sqliteStatement, column)
      return number.isFinite ? .real(number) : .null
    case .text:
      guard type != SQLITE_NULL,
        let start = unsafe sqlite3_column_text(statement.sqliteStatement, column)
      else { return .null }
      let count = Int(unsafe sqlite3_column_bytes(statement.sqliteStatement, column))
      let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
      return .text(unsafe String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Gives a value to a statement of another connection, as it is.
  func bind(_ index: Int, to other: Statement, at place: Int) throws {
    let value = unsafe sqlite3_column_value(statement.sqliteStatement, CInt(index))
    let code = unsafe sqlite3_bind_value(other.sqliteStatement, CInt(place), value)
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }
}
