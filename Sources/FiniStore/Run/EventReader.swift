import FiniModel
import GRDB
import GRDBSQLite

/// Reads the events of a run in order and puts their registers together again.
final class EventReader {
  private let statement: Statement
  private let database: Database
  private let source: Source
  private let started: UInt64
  private var registers: [Int32: Registers] = [:]

  /// Starts at the first event; a run that is not there has none.
  convenience init(run: Int64, in database: Database) throws {
    try self.init(run: run, selection: EventRow.selection, arguments: [run], in: database)
  }

  /// Starts at the first event of one tracee.
  convenience init(
    run: Int64, task: Int64, from first: UInt32, to last: UInt32, in database: Database
  ) throws {
    try self.init(
      run: run, selection: EventRow.selectionOfOneTask, arguments: [run, task, first, last],
      in: database)
  }

  private init(
    run: Int64, selection: String, arguments: StatementArguments, in database: Database
  ) throws {
    let head = try Row.fetchOne(
      database, sql: "SELECT source, started_monotonic_ns FROM run WHERE number = ?",
      arguments: [run])
    source = head.flatMap { Source(rawValue: $0[0]) } ?? .engine
    started = UInt64(bitPattern: head.map { $0[1] } ?? 0)
    statement = try database.makeStatement(sql: selection)
    try statement.setArguments(arguments)
    self.database = database
  }

  /// The next event. A row without a meaning comes out as a gap of one: loss is an event.
  func next() throws -> Event? {
    let columns = unsafe RowColumns(statement: statement.sqliteStatement)
    switch unsafe sqlite3_step(columns.statement) {
    case SQLITE_ROW: break
    case SQLITE_DONE: return nil
    case let result:
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: unsafe String(cString: sqlite3_errmsg(database.sqliteConnection)))
    }
    let row = unsafe EventRow(columns, source: source, started: started)
    if let mask = unsafe columns[24] {
      RegisterChange(mask: mask, words: unsafe columns.bytes(25))
        .apply(to: &registers[row.tracee, default: Registers()])
    }
    if let event = Event(row, registers: registers[row.tracee]) { return event }
    return Event(
      sequence: row.sequence, source: source, entered: Instant(rawValue: row.entered),
      left: Instant(rawValue: row.left), tracer: TaskID(row.tracer), tracee: TaskID(row.tracee),
      payload: .gap(lost: 1))
  }
}

/// The row that a statement stands at; numbers are taken as they are, without a value in between.
@unsafe struct RowColumns {
  let statement: OpaquePointer

  /// A number, or nothing.
  subscript(column: Int32) -> Int64? {
    unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
      ? nil : sqlite3_column_int64(statement, column)
  }

  /// Bytes; none if there are none.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(statement, column) else { return [] }
    let count = unsafe Int(sqlite3_column_bytes(statement, column))
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
