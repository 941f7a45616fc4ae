import FiniModel
import GRDB

extension EventRow {
  /// The columns: the run, and those of ``forEachValue(tracer:tracee:source:started:_:)``.
  static let columnNames = """
    run, sequence, kind, source, tracer, tracee, entered_ns,
    duration_ns, request, address, data, result, status, stop_class, signal, code, sender,
    sender_user, program_counter, pending, shared_pending, blocked, detail, value, extra
    """

  /// Adds a row unless its sequence is there; the arguments are the run and ``forEachValue(tracer:tracee:source:started:_:)``.
  static let insertion = """
    INSERT OR IGNORE INTO event (\(columnNames))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// The rows of a run in order, with the tids in place of the tasks' numbers and the change of
  /// the registers; the argument is the run.
  static let selection = columns + "WHERE e.run = ? ORDER BY e.sequence"

  /// The same between two sequences.
  static let selectionOfRange =
    columns + "WHERE e.run = ? AND e.sequence BETWEEN ? AND ? ORDER BY e.sequence"

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

  /// Hands over the columns after `run`; what is absent, or what the run says already, is `nil`.
  func forEachValue(
    tracer: Int64, tracee: Int64, source runSource: Source, started: UInt64,
    _ body: (Int64?) -> Void
  ) {
    func optional(_ column: Columns, _ value: some BinaryInteger) {
      body(present.contains(column) ? Int64(truncatingIfNeeded: value) : nil)
    }
    body(Int64(sequence))
    body(Int64(kind))
    body(source == runSource.rawValue ? nil : Int64(source))
    body(tracer)
    body(tracee)
    body(Int64(bitPattern: entered &- started))
    body(Int64(bitPattern: left &- entered))
    optional(.request, request)
    optional(.address, address)
    optional(.data, data)
    optional(.result, result)
    optional(.status, status)
    optional(.stopClass, stopClass)
    optional(.signal, signal)
    optional(.signal, code)
    optional(.sender, sender)
    optional(.sender, senderUser)
    optional(.programCounter, programCounter)
    optional(.sets, pending)
    optional(.sets, sharedPending)
    optional(.sets, blocked)
    optional(.detail, detail)
    optional(.value, value)
    optional(.extra, extra)
  }

  /// Reads a row of ``selection``; a number that does not fit its column is cut, never a trap.
  init(_ row: RowColumns, source runSource: Source, started: UInt64) {
    self.init()
    // On the bits: an empty literal or a union of sets is a generic call for each column here.
    var bits: UInt32 = 0
    func word(_ column: Int32) -> UInt64 {
      unsafe row[column].map { UInt64(bitPattern: $0) } ?? 0
    }
    func word(_ column: Int32, _ name: Columns) -> UInt64 {
      guard let found = unsafe row[column] else { return 0 }
      bits |= name.rawValue
      return UInt64(bitPattern: found)
    }
    sequence = UInt32(truncatingIfNeeded: word(0))
    kind = UInt8(truncatingIfNeeded: word(1))
    source = unsafe row[2].map { UInt8(truncatingIfNeeded: $0) } ?? runSource.rawValue
    tracer = Int32(truncatingIfNeeded: word(3))
    tracee = Int32(truncatingIfNeeded: word(4))
    entered = started &+ word(5)
    left = entered &+ word(6)
    request = Int64(bitPattern: word(7, .request))
    address = word(8, .address)
    data = word(9, .data)
    result = Int64(bitPattern: word(10, .result))
    status = UInt32(truncatingIfNeeded: word(11, .status))
    stopClass = UInt8(truncatingIfNeeded: word(12, .stopClass))
    signal = Int32(truncatingIfNeeded: word(13, .signal))
    code = Int32(truncatingIfNeeded: word(14))
    sender = Int32(truncatingIfNeeded: word(15, .sender))
    senderUser = UInt32(truncatingIfNeeded: word(16))
    programCounter = word(17, .programCounter)
    pending = word(18)
    sharedPending = word(19)
    blocked = word(20, .sets)
    detail = UInt8(truncatingIfNeeded: word(21, .detail))
    value = word(22, .value)
    extra = word(23, .extra)
    present = Columns(rawValue: bits)
  }
}
