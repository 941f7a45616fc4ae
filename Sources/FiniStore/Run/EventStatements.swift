import FiniModel
import GRDB
import GRDBSQLite

/// The statements that put events into the file, looked up once for many.
///
/// An event is some twenty numbers: they are bound one by one, because the general way through an array of
/// arguments takes three times as long as SQLite itself.
struct EventStatements {
  private let event: Statement
  private let change: Statement
  private let database: Database
  /// Bit n: column n holds a number, from the row before.
  private var bound: UInt32 = 0

  init(_ database: Database) throws {
    self.database = database
    event = try database.cachedStatement(sql: EventRow.insertion)
    unsafe sqlite3_clear_bindings(event.sqliteStatement)
    change = try database.cachedStatement(
      sql: "INSERT INTO register_change (run, sequence, mask, words) VALUES (?, ?, ?, ?)")
  }

  /// Adds a row.
  ///
  /// - Returns: whether it was added; an event with its sequence may be there already.
  mutating func insert(
    _ row: EventRow, run: Int64, tracer: Int64, tracee: Int64, source: Source, started: UInt64
  ) throws -> Bool {
    let statement = unsafe event.sqliteStatement
    unsafe sqlite3_bind_int64(statement, 1, run)
    var column: Int32 = 2
    var bound = self.bound
    row.forEachValue(tracer: tracer, tracee: tracee, source: source, started: started) { value in
      if let value {
        unsafe sqlite3_bind_int64(statement, column, value)
        bound |= 1 << UInt32(column)
      } else if bound >> UInt32(column) & 1 != 0 {
        // Most columns of most events are empty, and stay it.
        unsafe sqlite3_bind_null(statement, column)
        bound &= ~(1 << UInt32(column))
      }
      column += 1
    }
    self.bound = bound
    let result = unsafe sqlite3_step(statement)
    unsafe sqlite3_reset(statement)
    guard result == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: unsafe String(cString: sqlite3_errmsg(database.sqliteConnection)),
        sql: EventRow.insertion)
    }
    return unsafe sqlite3_changes(database.sqliteConnection) == 1
  }

  /// Adds what an event changed of the registers.
  func insert(_ registers: RegisterChange, run: Int64, sequence: UInt32) throws {
    let statement = unsafe change.sqliteStatement
    let result = unsafe registers.words.withUnsafeBytes { words in
      unsafe sqlite3_bind_int64(statement, 1, run)
      unsafe sqlite3_bind_int64(statement, 2, Int64(sequence))
      unsafe sqlite3_bind_int64(statement, 3, registers.mask)
      // The bytes stay where they are until the row is in.
      unsafe sqlite3_bind_blob(statement, 4, words.baseAddress, Int32(words.count), nil)
      defer { unsafe sqlite3_clear_bindings(statement) }
      let result = unsafe sqlite3_step(statement)
      unsafe sqlite3_reset(statement)
      return result
    }
    guard result == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: unsafe String(cString: sqlite3_errmsg(database.sqliteConnection)))
    }
  }
}
