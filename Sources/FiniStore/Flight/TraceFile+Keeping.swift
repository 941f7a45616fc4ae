import GRDB

/// How much of what was recorded stays.
package struct Keeping: Hashable, Sendable {
  /// Bytes that are in use in the file at most.
  package var bytes: Int64?
  /// How old a run may become, in nanoseconds.
  package var age: Int64?

  package init(bytes: Int64? = nil, age: Int64? = nil) {
    self.bytes = bytes
    self.age = age
  }
}

extension TraceFile {
  /// The tables that have rows of each event, and those that have few.
  private static let longTables = ["event", "register_change", "log_line"]
  private static let shortTables =
    [
      "task", "judgement", "evidence", "intervention", "finding", "phase", "signal_history",
      "tracee", "cure", "input",
    ] + ExplainedRows.tables

  /// How many events are taken out in one transaction: a recorder waits for it.
  static let dropAtOnce = 4096

  /// Bytes in use, and bytes of the file: what is free in it is used again.
  package func size() throws(StoreError) -> (used: Int64, file: Int64) {
    try read { database in
      func number(_ name: String) throws -> Int64 {
        try Int64.fetchOne(database, sql: "PRAGMA \(name)") ?? 0
      }
      let page = try number("page_size")
      let count = try number("page_count")
      return (page * (count - (try number("freelist_count"))), page * count)
    }
  }

  /// Takes out whole runs until no more is in use than may be: first what is too old, then the oldest good ones, then
  /// the oldest of the others. A run under way stays, and so does the last one: its number is not to be used again.
  ///
  /// - Parameter now: `CLOCK_REALTIME` in nanoseconds.
  /// - Returns: the runs that are gone, and whether there is still more in use than may be.
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func keep(
    _ keeping: Keeping, now: Int64
  ) throws(StoreError) -> (dropped: [Int64], isFull: Bool) {
    var dropped: [Int64] = []
    if let age = keeping.age {
      let old = try read {
        try Int64.fetchAll(
          $0,
          sql: """
            SELECT number FROM run WHERE state <> ? AND started_realtime_ns < ?
              AND number < (SELECT max(number) FROM run) ORDER BY number
            """,
          arguments: [RunSummary.State.recording.rawValue, now - age])
      }
      for run in old { try drop(run) }
      dropped += old
    }
    guard let most = keeping.bytes else { return (dropped, false) }
    var used = try size().used
    guard used > most else { return (dropped, false) }
    // Somewhat more, so that it is not done again for the next event.
    let goal = most - most / 20
    while used > goal {
      guard let run = try nextToGo() else { return (dropped, used > most) }
      try drop(run)
      dropped.append(run)
      used = try size().used
    }
    return (dropped, false)
  }

  private func nextToGo() throws(StoreError) -> Int64? {
    try read {
      try Int64.fetchOne(
        $0,
        sql: """
          SELECT r.number FROM run r LEFT JOIN explanation e ON e.run = r.number
          WHERE r.state <> ? AND r.number < (SELECT max(number) FROM run)
          ORDER BY coalesce(e.answer, '') <> 'nothing-wrong', r.started_realtime_ns, r.number
          LIMIT 1
          """,
        arguments: [RunSummary.State.recording.rawValue])
    }
  }

  /// Takes a run out: for a reader it is gone at once, and its rows go a few at a time.
  func drop(_ run: Int64) throws(StoreError) {
    try write { database in
      for table in TraceFile.shortTables {
        try database.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run])
      }
      try database.execute(sql: "DELETE FROM run WHERE number = ?", arguments: [run])
    }
    for table in TraceFile.longTables { try dropRows(of: run, from: table) }
  }

  private func dropRows(of run: Int64, from table: String) throws(StoreError) {
    var isMore = true
    while isMore {
      isMore = try write { database in
        try database.execute(
          sql: """
            DELETE FROM \(table) WHERE run = ?1 AND sequence <= coalesce(
              (SELECT sequence FROM \(table) WHERE run = ?1 ORDER BY sequence LIMIT 1 OFFSET ?2),
              9223372036854775807)
            """, arguments: [run, TraceFile.dropAtOnce])
        return database.changesCount > TraceFile.dropAtOnce
      }
    }
  }

  /// Takes out the rest of a run that was being dropped when the power failed.
  func dropOrphans() throws(StoreError) {
    for table in TraceFile.longTables {
      var last: Int64 = -1
      // By the key, from run to run: no event is read for it.
      while let run = try read({
        try Int64.fetchOne(
          $0, sql: "SELECT min(run) FROM \(table) WHERE run > ?", arguments: [last])
      }) {
        last = run
        let isThere = try read {
          try Int64.fetchOne($0, sql: "SELECT 1 FROM run WHERE number = ?", arguments: [run]) != nil
        }
        if !isThere { try dropRows(of: run, from: table) }
      }
    }
  }

  /// Gives back what is free in the file, for one that was larger before; it is written anew for that.
  ///
  /// - Throws: ``StoreError/locked(path:)`` if another program is at it.
  package func shrink() throws(StoreError) {
    do {
      try database.writeWithoutTransaction { database in
        try database.execute(sql: "VACUUM")
        _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }
}
