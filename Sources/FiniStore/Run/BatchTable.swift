import FiniModel
import GRDB
import GRDBSQLite

/// A table-valued function of SQLite's: its rows are those that a pointer names which is bound to its argument. It exists
/// in the connection alone, and no file knows of it.
enum BatchTable {
  /// What the pointer names.
  @unsafe struct Rows {
    /// ``columnCount`` numbers for each row.
    let values: UnsafePointer<Int64>?
    /// Bit n: column n has a value.
    let present: UnsafePointer<UInt32>?
    let count: Int
  }

  /// How many columns a row has, without `run`.
  static let columnCount = 24

  private static let name = "fini_rows"

  /// Tells our pointers from those of others; SQLite compares the words, and keeps the address.
  static var pointerType: UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(("fini-rows" as StaticString).utf8Start)
      .assumingMemoryBound(to: CChar.self)
  }

  /// Puts the rows of a pointer into the file; the arguments are the run and the pointer.
  ///
  /// An event whose sequence is there already is an error: an import gives the numbers itself.
  static let insertion = "INSERT INTO event (\(EventRow.columnNames)) SELECT ?, * FROM \(name)(?)"

  /// Makes the table known to a connection.
  static func register(in database: Database) throws {
    let result = unsafe sqlite3_create_module(database.sqliteConnection, name, module, nil)
    guard result == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
  }

  // MARK: What SQLite calls

  /// Where SQLite stands in the rows; SQLite knows its beginning alone.
  @unsafe private struct Cursor {
    var base = unsafe sqlite3_vtab_cursor()
    var value: UnsafePointer<Int64>?
    var present: UnsafePointer<UInt32>?
    var left = 0
  }

  private static func cursor(
    _ base: UnsafeMutablePointer<sqlite3_vtab_cursor>?
  ) -> UnsafeMutablePointer<Cursor> {
    guard let base = unsafe base else { preconditionFailure("SQLite names its cursor") }
    return unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: Cursor.self)
  }

  /// SQLite keeps the address for as long as a connection is open.
  private nonisolated(unsafe) static let module: UnsafeMutablePointer<sqlite3_module> = {
    var module = sqlite3_module()
    // Without xCreate: it is there without CREATE VIRTUAL TABLE.
    unsafe module.xConnect = { database, _, _, _, table, _ in
      let result = unsafe sqlite3_declare_vtab(database, BatchTable.declaration)
      guard result == SQLITE_OK else { return result }
      let made = UnsafeMutablePointer<sqlite3_vtab>.allocate(capacity: 1)
      unsafe made.initialize(to: sqlite3_vtab())
      unsafe table?.pointee = made
      return SQLITE_OK
    }
    unsafe module.xDisconnect = { table in
      unsafe table?.deallocate()
      return SQLITE_OK
    }
    unsafe module.xBestIndex = { _, info in
      guard let info = unsafe info else { return SQLITE_ERROR }
      for index in 0..<Int(unsafe info.pointee.nConstraint) {
        let constraint = unsafe info.pointee.aConstraint[index]
        guard constraint.iColumn == BatchTable.columnCount, constraint.usable != 0 else { continue }
        unsafe info.pointee.aConstraintUsage[index].argvIndex = 1
        unsafe info.pointee.aConstraintUsage[index].omit = 1
        unsafe info.pointee.estimatedCost = 1
        return SQLITE_OK
      }
      return SQLITE_CONSTRAINT
    }
    unsafe module.xOpen = { _, cursor in
      let made = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
      unsafe made.initialize(to: Cursor())
      unsafe cursor?.pointee = UnsafeMutableRawPointer(made)
        .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
      return SQLITE_OK
    }
    unsafe module.xClose = { base in
      unsafe BatchTable.cursor(base).deallocate()
      return SQLITE_OK
    }
    unsafe module.xFilter = { base, _, _, count, arguments in
      let cursor = unsafe BatchTable.cursor(base)
      guard count == 1, let argument = unsafe arguments?[0],
        let pointer = unsafe sqlite3_value_pointer(argument, BatchTable.pointerType)
      else {
        // Another program's text in its place names no rows.
        unsafe cursor.pointee.left = 0
        return SQLITE_OK
      }
      let rows = unsafe pointer.assumingMemoryBound(to: Rows.self).pointee
      unsafe cursor.pointee.value = rows.values
      unsafe cursor.pointee.present = rows.present
      unsafe cursor.pointee.left = rows.count
      return SQLITE_OK
    }
    unsafe module.xNext = { base in
      let cursor = unsafe BatchTable.cursor(base)
      unsafe cursor.pointee.value? += BatchTable.columnCount
      unsafe cursor.pointee.present? += 1
      unsafe cursor.pointee.left -= 1
      return SQLITE_OK
    }
    unsafe module.xEof = { base in
      unsafe BatchTable.cursor(base).pointee.left <= 0 ? 1 : 0
    }
    unsafe module.xColumn = { base, context, column in
      let cursor = unsafe BatchTable.cursor(base)
      // A column without a value is NULL if nothing is said.
      guard let present = unsafe cursor.pointee.present, let value = unsafe cursor.pointee.value,
        unsafe present.pointee >> UInt32(column) & 1 != 0, column < BatchTable.columnCount
      else { return SQLITE_OK }
      unsafe sqlite3_result_int64(context, value[Int(column)])
      return SQLITE_OK
    }
    unsafe module.xRowid = { base, row in
      unsafe row?.pointee = Int64(BatchTable.cursor(base).pointee.left)
      return SQLITE_OK
    }
    let place = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    unsafe place.initialize(to: module)
    return unsafe place
  }()

  private static let declaration: String =
    "CREATE TABLE x(" + (0..<columnCount).map { "c\($0), " }.joined() + "rows HIDDEN)"
}
