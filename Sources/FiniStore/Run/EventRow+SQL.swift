import FiniModel
import GRDB

extension EventRow {
  /// Adds a row unless its sequence is there; the arguments are the run and ``values(tracer:tracee:source:started:)``.
  static let insertion = """
    INSERT OR IGNORE INTO event (run, sequence, kind, source, tracer, tracee, entered_ns,
      duration_ns, request, address, data, result, status, stop_class, signal, code, sender,
      sender_user, program_counter, pending, shared_pending, blocked, detail, value, extra)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// The rows of a run in order, with the tids in place of the tasks' numbers and the change of
  /// the registers; the argument is the run.
  static let selection = columns + "WHERE e.run = ? ORDER BY e.sequence"

  /// The same of one tracee, by its number, and between two sequences.
  static let selectionOfOneTask =
    columns + "WHERE e.run = ? AND e.tracee = ? AND e.sequence BETWEEN ? AND ? ORDER BY e.sequence"

  private static let columns = """
    SELECT e.sequence, e.kind, e.source, tracer.tid, tracee.tid, e.entered_ns, e.duration_ns,
      e.request, e.address, e.data, e.result, e.status, e.stop_class, e.signal, e.code, e.sender,
      e.sender_user, e.program_counter, e.pending, e.shared_pending, e.blocked, e.detail, e.value,
      e.extra, c.mask, c.words
    FROM event e
    LEFT JOIN task tracer ON tracer.run = e.run AND tracer.number = e.tracer
    LEFT JOIN task tracee ON tracee.run = e.run AND tracee.number = e.tracee
    LEFT JOIN register_change c ON c.run = e.run AND c.sequence = e.sequence

    """

  /// The columns after `run`; what is absent, or what the run says already, is NULL.
  func values(
    tracer: Int64, tracee: Int64, source runSource: Source, started: UInt64
  ) -> [DatabaseValue] {
    func optional(_ column: Columns, _ value: some DatabaseValueConvertible) -> DatabaseValue {
      present.contains(column) ? value.databaseValue : .null
    }
    func bits(_ column: Columns, _ word: UInt64) -> DatabaseValue {
      present.contains(column) ? Int64(bitPattern: word).databaseValue : .null
    }
    return [
      sequence.databaseValue, kind.databaseValue,
      source == runSource.rawValue ? .null : source.databaseValue,
      tracer.databaseValue, tracee.databaseValue,
      Int64(bitPattern: entered &- started).databaseValue,
      Int64(bitPattern: left &- entered).databaseValue,
      optional(.request, request), bits(.address, address), bits(.data, data),
      optional(.result, result), optional(.status, status), optional(.stopClass, stopClass),
      optional(.signal, signal), optional(.signal, code), optional(.sender, sender),
      optional(.sender, senderUser), bits(.programCounter, programCounter),
      bits(.sets, pending), bits(.sets, sharedPending), bits(.sets, blocked),
      optional(.detail, detail), bits(.value, value), bits(.extra, extra),
    ]
  }

  /// Reads a row of ``selection``; a number that does not fit its column is cut, never a trap.
  init(_ row: Row, source runSource: Source, started: UInt64) {
    self.init()
    func integer(_ column: Int) -> Int64? { row[column] }
    func word(_ column: Int) -> UInt64 { UInt64(bitPattern: integer(column) ?? 0) }
    sequence = UInt32(truncatingIfNeeded: word(0))
    kind = UInt8(truncatingIfNeeded: word(1))
    source = integer(2).map { UInt8(truncatingIfNeeded: $0) } ?? runSource.rawValue
    tracer = Int32(truncatingIfNeeded: word(3))
    tracee = Int32(truncatingIfNeeded: word(4))
    entered = started &+ word(5)
    left = entered &+ word(6)
    request = Int64(bitPattern: word(7))
    address = word(8)
    data = word(9)
    result = Int64(bitPattern: word(10))
    status = UInt32(truncatingIfNeeded: word(11))
    stopClass = UInt8(truncatingIfNeeded: word(12))
    signal = Int32(truncatingIfNeeded: word(13))
    code = Int32(truncatingIfNeeded: word(14))
    sender = Int32(truncatingIfNeeded: word(15))
    senderUser = UInt32(truncatingIfNeeded: word(16))
    programCounter = word(17)
    pending = word(18)
    sharedPending = word(19)
    blocked = word(20)
    detail = UInt8(truncatingIfNeeded: word(21))
    value = word(22)
    extra = word(23)
    let columns: [(Int, Columns)] = [
      (7, .request), (8, .address), (9, .data), (10, .result), (11, .status), (12, .stopClass),
      (13, .signal), (15, .sender), (17, .programCounter), (20, .sets), (21, .detail),
      (22, .value), (23, .extra),
    ]
    for (column, name) in columns where integer(column) != nil { present.insert(name) }
  }
}
