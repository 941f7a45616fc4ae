import FiniModel
import Foundation
import GRDB

/// Reads the events of a run in order and puts their registers together again.
final class EventReader {
  private let rows: RowCursor
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
    rows = try Row.fetchCursor(database, sql: selection, arguments: arguments)
  }

  /// The next event. A row without a meaning comes out as a gap of one: loss is an event.
  func next() throws -> Event? {
    guard let columns = try rows.next() else { return nil }
    let row = EventRow(columns, source: source, started: started)
    if let mask: Int64 = columns["mask"], let words: Data = columns["words"] {
      RegisterChange(mask: mask, words: words)
        .apply(to: &registers[row.tracee, default: Registers()])
    }
    if let event = Event(row, registers: registers[row.tracee]) { return event }
    return Event(
      sequence: row.sequence, source: source, entered: Instant(rawValue: row.entered),
      left: Instant(rawValue: row.left), tracer: TaskID(row.tracer), tracee: TaskID(row.tracee),
      payload: .gap(lost: 1))
  }
}
