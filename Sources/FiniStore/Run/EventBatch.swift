import FiniModel
import GRDB
import GRDBSQLite

/// Rows of table event that are put into the file by one statement.
///
/// SQLite reads them as a table that is in memory alone (``BatchTable``): a statement that is bound and run for each row
/// takes twice as long (docs/Decisions/0038-imports.md).
struct EventBatch {
  /// All columns of each row after `run`, one row after the other; 0 where there is no value.
  private var values: [Int64] = []
  /// Bit n: column n of the row has a value.
  private var present: [UInt32] = []

  init(capacity: Int) {
    values.reserveCapacity(capacity * BatchTable.columnCount)
    present.reserveCapacity(capacity)
  }

  /// Adds a row.
  mutating func append(
    _ row: EventRow, tracer: Int64, tracee: Int64, source: Source, started: UInt64
  ) {
    var bits: UInt32 = 0
    var column: UInt32 = 0
    row.forEachValue(tracer: tracer, tracee: tracee, source: source, started: started) { value in
      values.append(value ?? 0)
      if value != nil { bits |= 1 << column }
      column += 1
    }
    present.append(bits)
  }

  /// Puts all rows into the file.
  func insert(run: Int64, in database: Database) throws {
    guard !present.isEmpty else { return }
    let insertion = try database.cachedStatement(sql: BatchTable.insertion)
    let statement = unsafe insertion.sqliteStatement
    let result = unsafe values.withUnsafeBufferPointer { values in
      unsafe present.withUnsafeBufferPointer { present in
        var rows = unsafe BatchTable.Rows(
          values: values.baseAddress, present: present.baseAddress, count: present.count)
        return unsafe withUnsafeMutablePointer(to: &rows) { rows in
          unsafe sqlite3_bind_int64(statement, 1, run)
          unsafe sqlite3_bind_pointer(statement, 2, rows, BatchTable.pointerType, nil)
          // The rows stay where they are until all are in.
          defer { unsafe sqlite3_clear_bindings(statement) }
          let result = unsafe sqlite3_step(statement)
          unsafe sqlite3_reset(statement)
          return result
        }
      }
    }
    guard result == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: unsafe String(cString: sqlite3_errmsg(database.sqliteConnection)),
        sql: BatchTable.insertion)
    }
  }
}
