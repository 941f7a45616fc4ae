package import FiniModel
import GRDB

extension TraceFile {
  /// Which events are read: those of a run, or of one task of a tree.
  package struct EventRange: Sendable {
    let run: Int64
    let cure: TaskCure?

    package init(run: Int64, cure: TaskCure? = nil) {
      self.run = run
      self.cure = cure
    }

    fileprivate func reader(in database: Database) throws -> EventReader {
      guard let cure else { return try EventReader(run: run, in: database) }
      return try EventReader(
        run: run, task: cure.number, from: cure.firstSequence,
        to: cure.end?.lastSequence ?? .max, in: database)
    }
  }

  /// Shows events in order, one at a time.
  ///
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func forEachEvent(
    in range: EventRange, _ body: (Event) -> Void
  ) throws(StoreError) {
    try read { database in
      let reader = try range.reader(in: database)
      while let event = try reader.next() { body(event) }
    }
  }

  /// Reads the events of two runs side by side; neither is in memory as a whole.
  ///
  /// - Parameter body: takes what hands out the next event of either, which is `nil` after the last.
  /// - Throws: ``StoreError/damaged(path:detail:)``, or another that speaks of the path.
  package func readTogether<Value>(
    _ first: EventRange, _ second: EventRange,
    _ body: (() throws -> Event?, () throws -> Event?) throws -> Value
  ) throws(StoreError) -> Value {
    try read { database in
      let readers = (try first.reader(in: database), try second.reader(in: database))
      return try body({ try readers.0.next() }, { try readers.1.next() })
    }
  }
}
