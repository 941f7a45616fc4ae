import FiniModel
import GRDB
import GRDBSQLite
import Synchronization

/// Reads the events of a run in order and puts their registers together again.
final class EventReader {
  private let statement: Statement
  private let database: Database
  private let source: Source
  private let started: UInt64
  private var registers: [Int32: Registers]
  /// Whether what is known of a task's registers began with its first event.
  private let isFromTheStart: Bool
  private let run: Int64

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

  /// Starts at any event, and ends at another.
  ///
  /// - Parameter registers: those of the tasks, by their tids, as a reader of the events before left them; what is
  ///   missing is looked up.
  convenience init(
    run: Int64, events: ClosedRange<UInt32>, registers: [Int32: Registers], in database: Database
  ) throws {
    try self.init(
      run: run, selection: EventRow.selectionOfRange,
      arguments: [run, events.lowerBound, events.upperBound], registers: registers, in: database)
  }

  private init(
    run: Int64, selection: String, arguments: StatementArguments,
    registers: [Int32: Registers]? = nil, in database: Database
  ) throws {
    self.run = run
    isFromTheStart = registers == nil
    self.registers = registers ?? [:]
    let head = try Row.fetchOne(
      database, sql: "SELECT source, started_monotonic_ns FROM run WHERE number = ?",
      arguments: [run])
    source = head.flatMap { Source(rawValue: $0[0]) } ?? .engine
    started = UInt64(bitPattern: head.map { $0[1] } ?? 0)
    statement = try database.makeStatement(sql: selection)
    try statement.setArguments(arguments)
    self.database = database
  }

  /// How many rows of events this process read; ShownRunTests counts by it.
  static var rowsRead: Int { readCount.load(ordering: .relaxed) }
  private static let readCount = Atomic<Int>(0)

  /// The next event. A row without a meaning comes out as a gap of one: loss is an event.
  func next() throws -> Event? {
    let columns = unsafe RowColumns(statement: statement.sqliteStatement)
    guard try unsafe step(columns) else { return nil }
    EventReader.readCount.wrappingAdd(1, ordering: .relaxed)
    let row = unsafe EventRow(columns, source: source, started: started)
    if !isFromTheStart, registers[row.tracee] == nil, row.hasRegisters {
      registers[row.tracee] = try registersBefore(row.sequence, of: row.tracee)
    }
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

extension EventReader {
  /// Goes to the next row; `false` if there is none.
  private func step(_ row: RowColumns) throws -> Bool {
    switch unsafe sqlite3_step(row.statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let result:
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: unsafe String(cString: sqlite3_errmsg(database.sqliteConnection)))
    }
  }

  /// What a task's registers were before an event: from the last whole set on (RegisterChangeTests).
  private func registersBefore(_ sequence: UInt32, of tid: Int32) throws -> Registers? {
    let query = try database.makeStatement(
      sql: """
        SELECT c.mask, c.words FROM register_change c
        JOIN event e ON e.run = c.run AND e.sequence = c.sequence
        JOIN task t ON t.run = e.run AND t.number = e.tracee
        WHERE c.run = ? AND c.sequence < ? AND t.tid = ? ORDER BY c.sequence DESC
        """)
    try query.setArguments([run, sequence, tid])
    let columns = unsafe RowColumns(statement: query.sqliteStatement)
    var changes: [RegisterChange] = []
    while try unsafe step(columns) {
      let change = unsafe RegisterChange(mask: columns[0] ?? 0, words: columns.bytes(1))
      changes.append(change)
      if change.isWhole { break }
    }
    guard !changes.isEmpty else { return nil }
    var known = Registers()
    for change in changes.reversed() { change.apply(to: &known) }
    return known
  }

  /// The registers of the tasks, by their tids, after the last event.
  var registersNow: [Int32: Registers] { registers }
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
