package import FiniModel
import GRDB

/// Puts the events of many runs that go on at once into a file, all in one transaction.
///
/// There may be a thousand, so none has a journal or a thread: what was added since the last ``commit()`` is in memory
/// alone, and is lost with the process. A run without an end is marked as unfinished by the next recorder of the file.
/// For one thread.
package final class FlightWriter {
  /// How many events wait for the disk at most; beyond that they are lost, and counted in their runs.
  package static let mostWaiting = 32_768

  /// A run under way.
  private struct OpenRun {
    var start: RunStart
    /// `nil` before it is in the file.
    var writer: EventWriter?
    var loss = PendingLoss()
  }

  private enum Item {
    case begin
    case tasks([TaskIdentity])
    case event(EventRow, Registers?)
  }

  /// The file.
  package let file: TraceFile
  private let lock: FlightLock
  private var runs: [Int: OpenRun] = [:]
  private var items: [(id: Int, item: Item)] = []
  private var lastRun: Int64 = 0
  private var waiting = 0
  /// Whether the file has all the bytes that it may have: what comes is counted as lost.
  package var isFull = false

  /// Takes the file for itself, and marks what a dead recorder left as unfinished.
  ///
  /// A commit waits for the disk: the power may fail.
  ///
  /// - Throws: ``StoreError/watched(path:by:)`` if another one records into it.
  package init(_ file: TraceFile) throws(StoreError) {
    precondition(file.isForRecording, "a file opened for reading")
    lock = try FlightLock(beside: file.path)
    self.file = file
    try Recovery.run(on: file, sparingFlight: false)
    try file.dropOrphans()
    do {
      try file.database.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA synchronous = FULL")
      }
    } catch {
      throw StoreError(error, path: file.path)
    }
  }

  /// Begins a run; it is in the file after the next ``commit()``.
  package func begin(_ id: Int, _ start: RunStart) {
    runs[id] = OpenRun(start: start)
    items.append((id, .begin))
  }

  /// Names tasks before their first events.
  package func declare(_ id: Int, _ tasks: [TaskIdentity]) {
    if !tasks.isEmpty, runs[id] != nil { items.append((id, .tasks(tasks))) }
  }

  /// Adds the next events of a run.
  package func add(_ id: Int, _ events: [Event]) {
    guard var run = runs.removeValue(forKey: id) else { return }
    for event in events {
      if isFull || waiting >= FlightWriter.mostWaiting {
        if run.loss.count == 0 { run.loss.first = EventRow(event) }
        run.loss.count += 1
        run.loss.left = event.left.rawValue
        continue
      }
      if run.loss.count > 0 { append(id, &run.loss) }
      items.append((id, .event(EventRow(event), event.registers)))
      waiting += 1
    }
    runs[id] = run
  }

  private func append(_ id: Int, _ loss: inout PendingLoss) {
    items.append((id, .event(loss.row, nil)))
    waiting += 1
    loss = PendingLoss()
  }

  /// How many events wait.
  package var waitingCount: Int { waiting }

  /// Whether there is anything to commit.
  package var hasWork: Bool { !items.isEmpty }

  /// Puts all that was added into the file, in one transaction.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written; then all of it still waits.
  package func commit() throws(StoreError) {
    guard hasWork else { return }
    let (runs, last) = try file.write { database in
      var runs = self.runs
      var last = self.lastRun
      var statements = try EventStatements(database)
      for (id, item) in self.items {
        guard var run = runs.removeValue(forKey: id) else { continue }
        switch item {
        case .begin:
          last = try self.nextRun(after: last, in: database)
          try TraceFile.insert(run.start, as: last, in: database)
          var writer = EventWriter(
            run: last, source: run.start.source, started: run.start.started.rawValue)
          try writer.declare(run.start.tracer, in: database)
          try writer.declare(run.start.tracee, in: database)
          run.writer = writer
        case .tasks(let tasks):
          for task in tasks { _ = try run.writer?.declare(task, in: database) }
        case .event(let row, let registers):
          _ = try run.writer?.insert(row, registers: registers, by: &statements, in: database)
        }
        runs[id] = run
      }
      return (runs, last)
    }
    self.runs = runs
    lastRun = last
    items.removeAll(keepingCapacity: items.capacity <= 4 * FlightWriter.mostWaiting)
    waiting = 0
  }

  /// Lets go of a run that is over: its last events are in the file.
  ///
  /// - Returns: its number.
  /// - Throws: ``StoreError`` if the file cannot be written; then it is as it was.
  package func close(_ id: Int) throws(StoreError) -> Int64? {
    if var run = runs.removeValue(forKey: id) {
      if run.loss.count > 0 { append(id, &run.loss) }
      runs[id] = run
    }
    try commit()
    return runs.removeValue(forKey: id)?.writer?.run
  }

  /// A number that no run has, and no journal of one that is to be brought in.
  private func nextRun(after last: Int64, in database: Database) throws -> Int64 {
    var run = max(last, try Int64.fetchOne(database, sql: "SELECT max(number) FROM run") ?? 0) + 1
    let taken = Set(try JournalFile.runs(beside: file.path))
    while taken.contains(run) { run += 1 }
    return run
  }
}

extension TraceFile {
  /// Stores the end of a run whose events are all in the file.
  ///
  /// - Throws: ``StoreError`` if the file cannot be written.
  package func end(_ run: Int64, with end: RunEnd) throws(StoreError) { try finish(run, with: end) }
}
