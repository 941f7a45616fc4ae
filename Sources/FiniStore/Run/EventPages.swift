package import FiniModel
import GRDB

/// Reads the events of a run page by page, from any of them on. Between two pages the file is not held.
package final class EventPages {
  private let file: TraceFile
  private let run: Int64
  /// Where to go on; `nil` after the last possible number.
  private var next: UInt32?
  private let last: UInt32
  private var registers: [Int32: Registers] = [:]

  /// - Parameter events: those that are read; a number that no event has is none.
  package init(_ file: TraceFile, of run: Int64, _ events: ClosedRange<UInt32> = 0...UInt32.max) {
    self.file = file
    self.run = run
    next = events.lowerBound
    last = events.upperBound
  }

  /// The next events, with their registers; none at the end. Of a run that is being recorded there may be more later.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func page(of count: Int) throws(StoreError) -> [Event] {
    guard let next, next <= last else { return [] }
    let range = next...last
    let events = try file.read { database in
      let reader = try EventReader(
        run: self.run, events: range, registers: self.registers, in: database)
      var events: [Event] = []
      events.reserveCapacity(count)
      while events.count < count, let event = try reader.next() { events.append(event) }
      self.registers = reader.registersNow
      return events
    }
    if let end = events.last?.sequence { self.next = end == .max ? nil : end + 1 }
    return events
  }
}

extension TraceFile {
  /// Whether a recorder is at work on a run: it holds the run's journal. An import has none.
  ///
  /// - Throws: ``StoreError`` that speaks of the path.
  package func isLive(_ run: Int64) throws(StoreError) -> Bool {
    if case .live = try JournalFile.find(run: run, beside: path) { true } else { false }
  }

  /// The first event of a run that returned at a moment or later; `nil` if there is none.
  ///
  /// Events are in the order in which they returned: it is found by halving. What a log tells without a time has that of
  /// the line before.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func firstEvent(of run: Int64, returnedBy moment: Instant) throws(StoreError) -> UInt32? {
    try read { database in
      let bounds = try Row.fetchOne(
        database,
        sql: """
          SELECT (SELECT started_monotonic_ns FROM run WHERE number = ?1),
            (SELECT min(sequence) FROM event WHERE run = ?1),
            (SELECT max(sequence) FROM event WHERE run = ?1)
          """, arguments: [run])
      guard let bounds, let first: Int64 = bounds[1], let last: Int64 = bounds[2] else {
        return nil
      }
      let wanted = Int64(bitPattern: moment.rawValue) &- (bounds[0] ?? 0)
      let probe = try database.cachedStatement(
        sql: """
          SELECT sequence, entered_ns + duration_ns FROM event WHERE run = ? AND sequence >= ?
          ORDER BY sequence LIMIT 1
          """)
      var low = first
      var high = last + 1
      while low < high {
        let middle = low + (high - low) / 2
        guard let row = try Row.fetchOne(probe, arguments: [run, middle]) else { break }
        let left: Int64 = row[1]
        if left < wanted { low = (row[0] as Int64) + 1 } else { high = middle }
      }
      return low > last ? nil : UInt32(truncatingIfNeeded: low)
    }
  }

  /// The first tracer that a run names, looked for among its first events.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func firstTracer(of run: Int64, among count: Int) throws(StoreError) -> TaskID? {
    try read { database in
      try Int32.fetchOne(
        database,
        sql: """
          SELECT t.tid FROM (SELECT run, sequence, tracer FROM event WHERE run = ?
            ORDER BY sequence LIMIT ?) e
          JOIN task t ON t.run = e.run AND t.number = e.tracer WHERE t.tid > 0
          ORDER BY e.sequence LIMIT 1
          """, arguments: [run, count]
      ).map { TaskID($0) }
    }
  }

  /// The texts of a run's lines between two events.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func texts(
    of run: Int64, in events: ClosedRange<UInt32>
  ) throws(StoreError) -> [UInt32: String] {
    try read { database in
      var found: [UInt32: String] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: "SELECT sequence, text FROM log_line WHERE run = ? AND sequence BETWEEN ? AND ?",
        arguments: [run, events.lowerBound, events.upperBound])
      while let row = try rows.next() { found[row[0]] = row[1] }
      return found
    }
  }
}
