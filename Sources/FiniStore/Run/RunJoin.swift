import FiniModel
import GRDB

/// Puts events between those of a stored run.
///
/// An event that is added takes the place before the first one of the run that is later. What comes after it moves up. To
/// move is to get a negative number first, because two events may not have one number in between.
struct RunJoin {
  /// The tables in which the numbers of events stand that a judgement does not make.
  private static let tables = ["event", "register_change", "log_line"]

  private let run: Int64
  private let firstInput: Int
  private let started: Int64
  private let places: RowCursor
  private var writer: EventWriter
  /// The next event of the run, and the latest time up to and with it; `nil` at the end.
  private var next: (sequence: Int64, time: Int64)?
  private var latest = Int64.min
  /// The number of the next event to be added after the last event of the run.
  private var last: Int64 = 0
  private var added: Int64 = 0
  /// What was passed since the last event that was added, and has not moved yet.
  private var unmoved: (first: Int64, by: Int64)?

  init(
    run: Int64, source: Source, firstInput: Int, in database: Database
  ) throws {
    self.run = run
    self.firstInput = firstInput
    started =
      try Int64.fetchOne(
        database, sql: "SELECT started_monotonic_ns FROM run WHERE number = ?", arguments: [run])
      ?? 0
    try database.execute(
      sql: "UPDATE run SET source = ? WHERE number = ?", arguments: [source.rawValue, run])
    writer = try EventWriter(
      resuming: run, source: source, started: UInt64(bitPattern: started), in: database)
    // A snapshot is of the state of a process before a tracer comes or while it hangs. It has a time as the rest.
    places = try Row.fetchCursor(
      database,
      sql:
        "SELECT sequence, entered_ns FROM event WHERE run = ? AND sequence > 0 ORDER BY sequence",
      arguments: [run])
    try step()
  }

  /// Adds events, in order.
  mutating func add(_ items: [ImportWriter.Item], in database: Database) throws {
    var statements = try EventStatements(database)
    let statement = try database.cachedStatement(
      sql: "INSERT INTO log_line (run, sequence, input, line, text) VALUES (?, ?, ?, ?, ?)")
    for item in items {
      let time = Int64(bitPattern: item.event.entered.rawValue) &- started
      while let next, next.time <= time { try step() }
      let place = next?.sequence ?? last + 1
      try move(upTo: place, in: database)
      var event = item.event
      let sequence = place + added
      // Its own number is set apart: a row of the run may still have it.
      var row = EventRow(event)
      row.sequence = 0
      event.sequence = UInt32(truncatingIfNeeded: sequence)
      try writer.insert(row, registers: event.keptRegisters, by: &statements, in: database)
      try database.execute(
        sql: "UPDATE event SET sequence = ? WHERE run = ? AND sequence = 0",
        arguments: [-sequence, run])
      try database.execute(
        sql: "UPDATE register_change SET sequence = ? WHERE run = ? AND sequence = 0",
        arguments: [-sequence, run])
      if let text = item.text {
        try statement.execute(arguments: [
          run, -sequence, firstInput + text.input, ImportQueue.line(event), text.text,
        ])
      }
      added += 1
      unmoved = (place, added)
    }
  }

  /// Moves the rest, and gives all of them their numbers.
  mutating func end(in database: Database) throws {
    while next != nil { try step() }
    try move(upTo: last + 1, in: database)
    for table in RunJoin.tables {
      try database.execute(
        sql: "UPDATE \(table) SET sequence = -sequence WHERE run = ? AND sequence < 0",
        arguments: [run])
    }
  }

  private mutating func step() throws {
    guard let row = try places.next() else {
      next = nil
      return
    }
    let sequence: Int64 = row[0]
    latest = max(latest, row[1])
    last = sequence
    next = (sequence, latest)
  }

  private mutating func move(upTo place: Int64, in database: Database) throws {
    guard let unmoved, unmoved.first < place else { return }
    for table in RunJoin.tables {
      let statement = try database.cachedStatement(
        sql: """
          UPDATE \(table) SET sequence = -(sequence + ?)
          WHERE run = ? AND sequence >= ? AND sequence < ?
          """)
      try statement.execute(arguments: [unmoved.by, run, unmoved.first, place])
    }
    self.unmoved = nil
  }

  /// What a run was judged to be names its events by their numbers.
  static func takeOutJudgement(of run: Int64, in database: Database) throws {
    for table in JudgedRows.tables + ["tracee"] + ExplainedRows.tables {
      try database.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run])
    }
    try database.execute(
      sql: """
        UPDATE run SET state = ?, verdict = NULL, frozen_ns = NULL, subject = NULL,
          event_count = NULL, zero_ns = NULL, finished_monotonic_ns = NULL,
          finished_realtime_ns = NULL WHERE number = ? AND state = ?
        """,
      arguments: [
        RunSummary.State.unfinished.rawValue, run, RunSummary.State.finished.rawValue,
      ])
  }
}
