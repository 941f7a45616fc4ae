import FiniModel
import GRDB

extension TraceFile {
  /// Slots of a journal by default: 4 MB, about 80 cures.
  package static let defaultJournalCapacity = JournalLayout.defaultCapacity

  /// Begins a run.
  ///
  /// - Parameter journalCapacity: how many events can wait for the disk.
  /// - Throws: ``StoreError/noSpace(path:)``, ``StoreError/locked(path:)`` or another that speaks
  ///   of the path.
  package func beginRun(
    _ start: RunStart, journalCapacity: Int = defaultJournalCapacity
  ) throws(StoreError) -> Recorder {
    precondition(journalCapacity > 0, "a journal without slots")
    var made: Journal?
    do {
      // The journal is made inside the transaction: a run that others can see has one.
      let (journal, writer) = try write { database in
        let journal = try self.makeJournal(start, capacity: journalCapacity, in: database)
        made = journal
        let run = journal.header(JournalLayout.runOffset, as: Int64.self)
        try TraceFile.insert(start, as: run, in: database)
        var writer = EventWriter(run: run, source: start.source, started: start.started.rawValue)
        try writer.declare(start.tracer, in: database)
        try writer.declare(start.tracee, in: database)
        return (journal, writer)
      }
      let drainer = Drainer(run: writer.run, file: self, journal: journal, writer: writer)
      Recorder.warmUp(journal)
      try drainer.start()
      return Recorder(run: writer.run, file: self, journal: journal, drainer: drainer)
    } catch {
      if let made { try JournalFile.remove(made) }
      throw error
    }
  }

  /// What the events of a run come to.
  struct Counts {
    /// How many there are.
    var events: Int
    /// How many were lost: the sum of the gaps.
    var lost: UInt64

    /// Counts them in the file.
    init(of run: Int64, in database: Database) throws {
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT count(*) AS events, coalesce(sum(value) FILTER (WHERE kind = ?), 0) AS lost
          FROM event WHERE run = ?
          """,
        arguments: [EventKind.gap.rawValue, run])
      events = row?["events"] ?? 0
      lost = UInt64(bitPattern: row?["lost"] ?? 0)
    }

    /// They were counted while they were written.
    init(events: Int, lost: UInt64) {
      self.events = events
      self.lost = lost
    }
  }

  /// The last event that is asked for the tracer's version: CRIU's log begins with it, and a run of ten
  /// million events without one is not read for it.
  private static let versionIsBefore = 10_000

  /// Stores the end of a run.
  ///
  /// - Parameter counted: what its events come to; left out, they are counted in the file.
  func finish(
    _ run: Int64, with end: RunEnd, counted: Counts? = nil
  ) throws(StoreError) {
    try write { database in
      let counts = try counted ?? Counts(of: run, in: database)
      try database.execute(
        sql: """
          UPDATE run SET state = ?, strategy_taken = ?, finished_monotonic_ns = ?,
            finished_realtime_ns = ?, exit_summary = ?, lost = ?, verdict = ?, frozen_ns = ?,
            event_count = ?, subject = (
              SELECT t.number FROM task t WHERE t.run = run.number AND t.tid = ?
              ORDER BY t.number DESC LIMIT 1),
            zero_ns = (SELECT zero.entered_ns FROM run_start zero WHERE zero.run = run.number),
            tracer_version = (
              SELECT printf('%d.%d', e.value, e.extra) FROM event e
              WHERE e.run = run.number AND e.sequence <= ? AND e.kind = ? AND e.detail = ? LIMIT 1)
          WHERE number = ?
          """,
        arguments: [
          RunSummary.State.finished.rawValue, end.strategyTaken?.rawValue,
          Int64(bitPattern: end.finished.rawValue), end.finishedRealtime, end.exitSummary,
          Int64(clamping: end.lost &+ counts.lost), end.verdict?.rawValue, end.frozen,
          counts.events, end.subject?.rawValue, TraceFile.versionIsBefore,
          EventKind.log.rawValue, LogFact.tracerVersion(major: 0, minor: 0).code, run,
        ])
      let rows = try JudgedRows(of: run, in: database)
      if let judged = end.judged {
        let subject = try Int64.fetchOne(
          database, sql: "SELECT subject FROM run WHERE number = ?", arguments: [run])
        try rows.insert(judged, task: subject ?? JudgedRows.firstTracee)
      }
      try rows.insert(end.tracees)
      if let explained = end.explained {
        try ExplainedRows(rows).insert(explained, by: end.explainedBy)
      }
    }
  }

  /// Takes out a run and what it has.
  func remove(_ run: Int64) throws(StoreError) {
    do {
      try database.writeWithoutTransaction { database in
        // SQLite obeys this outside of a transaction alone. What has a run goes with it: ON DELETE CASCADE.
        try database.execute(sql: "PRAGMA foreign_keys = ON")
        let outcome = Result {
          try database.execute(sql: "DELETE FROM run WHERE number = ?", arguments: [run])
        }
        try database.execute(sql: "PRAGMA foreign_keys = OFF")
        try outcome.get()
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Marks a run as ended without its end.
  func abandon(_ run: Int64) throws(StoreError) {
    try write { try TraceFile.markUnfinished(run, in: $0) }
  }

  static func markUnfinished(_ run: Int64, in database: Database) throws {
    try database.execute(
      sql: """
        UPDATE run SET state = ?,
          lost = (SELECT coalesce(sum(value), 0) FROM event WHERE run = number AND kind = ?)
        WHERE number = ? AND state = ?
        """,
      arguments: [
        RunSummary.State.unfinished.rawValue, EventKind.gap.rawValue, run,
        RunSummary.State.recording.rawValue,
      ])
  }

  private func makeJournal(
    _ start: RunStart, capacity: Int, in database: Database
  ) throws -> Journal {
    var run = (try Int64.fetchOne(database, sql: "SELECT max(number) FROM run") ?? 0) + 1
    // A journal that could not be brought in keeps its name, and its number stays unused.
    for _ in 0..<1000 {
      if let journal = try JournalFile.create(
        run: run, startedRealtime: start.startedRealtime, beside: path, capacity: capacity)
      {
        return journal
      }
      run += 1
    }
    throw StoreError.failed(path: path, detail: "a thousand journals stand beside it")
  }

  static func insert(
    _ start: RunStart, as run: Int64, in database: Database
  ) throws {
    try database.execute(
      sql: """
        INSERT INTO run (number, state, source, strategy_asked, command_line, tool_version,
          kernel_release, host, started_monotonic_ns, started_realtime_ns, is_tree)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run, RunSummary.State.recording.rawValue, start.source.rawValue,
        start.strategyAsked?.rawValue, start.commandLine, start.toolVersion, start.kernelRelease,
        start.host,
        Int64(bitPattern: start.started.rawValue), start.startedRealtime, start.isTree ? 1 : 0,
      ])
    try start.origin?.insert(for: run, in: database)
  }
}
