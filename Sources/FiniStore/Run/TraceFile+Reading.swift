package import FiniModel
import GRDB

extension TraceFile {
  /// The runs, in the order in which they began.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func runs() throws(StoreError) -> [RunSummary] {
    try read { try self.summaries(where: "1", in: $0) }
  }

  /// One run.
  ///
  /// - Throws: ``StoreError/noSuchRun(_:existing:)``, which lists those that exist, or another
  ///   that speaks of the path.
  package func run(_ selection: RunSelection) throws(StoreError) -> RunSummary {
    try read { database in
      let found: [RunSummary]
      switch selection {
      case .last:
        found = try self.summaries(
          where: "r.number = (SELECT max(number) FROM run)", in: database)
      case .number(let number):
        found = try self.summaries(where: "r.number = \(number)", in: database)
      }
      guard let run = found.first else {
        throw StoreError.noSuchRun(selection, existing: try self.numbers(in: database))
      }
      return run
    }
  }

  /// How many rows of events this process read.
  package static var eventsRead: Int { EventReader.rowsRead }

  /// The events of a run in order, with their registers.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func events(of run: Int64) throws(StoreError) -> [Event] {
    var events: [Event] = []
    try forEachEvent(of: run) {
      events.append($0)
      return true
    }
    return events
  }

  /// Shows the events of a run in order, one at a time, until `body` returns `false`.
  ///
  /// - Parameter after: only events with a greater sequence are shown, to follow a live run.
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func forEachEvent(
    of run: Int64, after sequence: UInt32 = 0, _ body: (Event) -> Bool
  ) throws(StoreError) {
    try read { database in
      // From the first event even then: registers are kept as changes.
      let reader = try EventReader(run: run, in: database)
      while let event = try reader.next() {
        if event.sequence > sequence, !body(event) { return }
      }
    }
  }

  /// Shows the events of a run in order, one at a time, each with the text of the line that it is, if it is one.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func forEachEvent(
    withTextOf run: Int64, _ body: (Event, String?) -> Void
  ) throws(StoreError) {
    try read { database in
      let reader = try EventReader(run: run, in: database)
      let lines = try Row.fetchCursor(
        database, sql: "SELECT sequence, text FROM log_line WHERE run = ? ORDER BY sequence",
        arguments: [run])
      var line = try lines.next()
      while let event = try reader.next() {
        let sequence = Int64(event.sequence)
        while let place: Int64 = line?[0], place < sequence { line = try lines.next() }
        guard let found = line, found[0] as Int64 == sequence else {
          body(event, nil)
          continue
        }
        body(event, found[1])
      }
    }
  }

  /// The tasks of a run: the tracer that it began with, its tracee, then the others as they came.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func tasks(of run: Int64) throws(StoreError) -> [TaskIdentity] {
    try read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM task WHERE run = ? ORDER BY number", arguments: [run]
      ).map { TaskIdentity($0) }
    }
  }

  func numbers(in database: Database) throws -> [Int64] {
    try Int64.fetchAll(database, sql: "SELECT number FROM run ORDER BY number")
  }

  private func summaries(where condition: String, in database: Database) throws -> [RunSummary] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT r.*,
          -- The events are read only where the run has no end that says it.
          coalesce(r.event_count, (SELECT count(*) FROM event e WHERE e.run = r.number)) AS events,
          CASE WHEN r.finished_monotonic_ns IS NULL THEN (
            SELECT e.entered_ns + e.duration_ns FROM event e WHERE e.run = r.number
            ORDER BY e.sequence DESC LIMIT 1) END AS last_ns,
          coalesce(r.zero_ns, CASE WHEN r.finished_monotonic_ns IS NULL THEN (
            SELECT zero.entered_ns FROM run_start zero WHERE zero.run = r.number) END)
            + r.started_monotonic_ns AS first_entered_ns
        FROM run r WHERE \(condition) ORDER BY r.number
        """)
    var tasksOfRuns: [Int64: [TaskIdentity]] = [:]
    let cursor = try Row.fetchCursor(
      database,
      sql: """
        SELECT t.* FROM run r JOIN task t ON t.run = r.number
          AND t.number IN (0, 1, r.subject)
        WHERE \(condition) ORDER BY t.run, t.number
        """)
    while let task = try cursor.next() {
      tasksOfRuns[task["run"] as Int64, default: []].append(TaskIdentity(task))
    }
    return try rows.map { row in
      let subject: Int64? = row["subject"]
      let tasks = tasksOfRuns[row["number"] as Int64] ?? []
      guard tasks.count >= 2 else {
        throw StoreError.damaged(path: path, detail: "run \(row["number"] as Int64) has no tasks")
      }
      var run = RunSummary(row, tracer: tasks[0], tracee: tasks[1])
      if subject == 0 { run.subject = tasks[0] }
      if tasks.count > 2 { run.subject = tasks[2] }
      return run
    }
  }
}

extension TaskIdentity {
  init(_ row: Row) {
    let tid: Int64 = row["tid"]
    let group: Int64? = row["thread_group"]
    let start: Int64? = row["start_ticks"]
    self.init(
      task: TaskID(Int32(truncatingIfNeeded: tid)),
      group: group.map { TaskID(Int32(truncatingIfNeeded: $0)) },
      startTicks: start.map { UInt64(bitPattern: $0) }, name: row["name"])
  }
}

extension RunSummary {
  fileprivate init(_ row: Row, tracer: TaskIdentity, tracee: TaskIdentity) {
    func number(_ column: String) -> UInt8? {
      (row[column] as Int64?).map { UInt8(truncatingIfNeeded: $0) }
    }
    let started = UInt64(bitPattern: row["started_monotonic_ns"])
    let finished = (row["finished_monotonic_ns"] as Int64?).map { UInt64(bitPattern: $0) }
    self.init(
      number: row["number"], state: State(rawValue: row["state"]) ?? .unfinished,
      source: number("source").flatMap(Source.init(rawValue:)) ?? .engine,
      strategyAsked: number("strategy_asked").flatMap(FiniStrategy.init(rawValue:)),
      strategyTaken: number("strategy_taken").flatMap(FiniStrategy.init(rawValue:)),
      commandLine: row["command_line"], tracer: tracer, tracee: tracee,
      subject: nil, isTree: (row["is_tree"] as Int64? ?? 0) != 0,
      toolVersion: row["tool_version"], kernelRelease: row["kernel_release"],
      host: row["host"], tracerVersion: row["tracer_version"],
      started: Instant(rawValue: started),
      firstEntered: (row["first_entered_ns"] as Int64?)
        .map { Instant(rawValue: UInt64(bitPattern: $0)) },
      startedRealtime: row["started_realtime_ns"],
      finished: finished.map(Instant.init(rawValue:)),
      finishedRealtime: row["finished_realtime_ns"],
      duration: finished.map { Int64(bitPattern: $0 &- started) } ?? row["last_ns"] ?? 0,
      eventCount: row["events"], lost: UInt64(bitPattern: row["lost"]),
      verdict: number("verdict").flatMap(Verdict.init(rawValue:)),
      frozen: row["frozen_ns"],
      exitSummary: row["exit_summary"])
  }
}
