internal import Dispatch
import FiniModel
import GRDB
import Synchronization

/// Writes batches of an import on a thread of its own, in order, while the next ones are read.
final class ImportQueue: Sendable {
  /// How many batches may wait: a reader that is faster than the disk waits.
  private static let depth = 4

  let run: Int64
  private let file: TraceFile
  /// Used by the other thread alone, once it runs.
  private let writer: Mutex<EventWriter>
  /// The first error; what comes after it is not written.
  private let failure = Mutex<StoreError?>(nil)
  private let queue = DispatchQueue(label: "fini-import")
  private let places = DispatchSemaphore(value: depth)

  init(file: TraceFile, writer: EventWriter) {
    run = writer.run
    self.file = file
    self.writer = Mutex(writer)
  }

  /// Takes a batch, to be written in one transaction.
  ///
  /// - Throws: the error of a batch before it.
  func add(_ items: [ImportWriter.Item]) throws(StoreError) {
    if let failure = failure.withLock({ $0 }) { throw failure }
    places.wait()
    queue.async {
      self.write(items)
      self.places.signal()
    }
  }

  /// Waits until all is written.
  ///
  /// - Throws: ``StoreError`` if something could not be.
  func settle() throws(StoreError) {
    queue.sync {}
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  private func write(_ items: [ImportWriter.Item]) {
    guard failure.withLock({ $0 == nil }) else { return }
    writer.withLock { writer in
      do throws(StoreError) {
        let before = writer
        writer = try file.write { database in
          try self.insert(items, by: before, in: database)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  private func insert(
    _ items: [ImportWriter.Item], by writer: EventWriter, in database: Database
  ) throws -> EventWriter {
    var writer = writer
    var statements = try EventStatements(database)
    let statement = try database.cachedStatement(
      sql: "INSERT INTO log_line (run, sequence, input, line, text) VALUES (?, ?, ?, ?, ?)")
    var batch = EventBatch(capacity: items.count)
    for index in items.indices {
      let item = items[index]
      try writer.insert(
        EventRow(item.event), registers: item.event.keptRegisters, by: &statements, &batch,
        in: database)
      guard let text = item.text else { continue }
      try statement.execute(arguments: [
        run, item.event.sequence, text.input, ImportQueue.line(item.event), text.text,
      ])
    }
    try batch.insert(run: run, in: database)
    return writer
  }

  static func line(_ event: Event) -> UInt32 {
    switch event.payload {
    case .log(let record): record.line
    case .unparsed(let line): line
    default: 0
    }
  }
}
