import FiniModel
import GRDB
import Glibc

/// Brings what dead recorders left in their journals into the file.
enum Recovery {
  /// Whether a journal of a dead recorder stands beside a file.
  static func isNeeded(beside path: String) throws(StoreError) -> Bool {
    if FlightLock.isStale(beside: path) { return true }
    for run in try JournalFile.runs(beside: path) {
      switch try JournalFile.find(run: run, beside: path) {
      case .dead, .stillborn: return true
      case .live, .foreign, nil: continue
      }
    }
    return false
  }

  /// Brings in every journal that no process holds, marks its run as unfinished, and removes it.
  ///
  /// One transaction holds others off: a recorder makes its journal inside one. The runs of a flight recorder have no
  /// journal; as long as it lives they are spared.
  static func run(on file: TraceFile, sparingFlight: Bool = true) throws(StoreError) {
    let isPending = try file.read { database in
      try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE state = ?)",
        arguments: [RunSummary.State.recording.rawValue]) ?? false
    }
    if !isPending, try JournalFile.runs(beside: file.path).isEmpty {
      if sparingFlight { try FlightLock.clear(beside: file.path) }
      return
    }

    var done: [Journal] = []
    var stillborn: [String] = []
    try file.write { database in
      done = []
      stillborn = []
      var held: Set<Int64> = []
      for run in try JournalFile.runs(beside: file.path) {
        switch try JournalFile.find(run: run, beside: file.path) {
        case .live: held.insert(run)
        case .foreign, nil: continue
        case .stillborn: stillborn.append(JournalFile.path(of: run, beside: file.path))
        case .dead(let journal, let isHeaderSound):
          if try bringIn(journal, of: run, isHeaderSound: isHeaderSound, into: database) {
            done.append(journal)
          }
        }
      }
      let recording = try Int64.fetchAll(
        database, sql: "SELECT number FROM run WHERE state = ?",
        arguments: [RunSummary.State.recording.rawValue])
      if sparingFlight, FlightLock.isHeld(beside: file.path) { return }
      for run in recording where !held.contains(run) {
        try TraceFile.markUnfinished(run, in: database)
      }
    }
    if sparingFlight { try FlightLock.clear(beside: file.path) }
    for journal in done { try JournalFile.remove(journal) }
    for path in stillborn where unsafe unlink(path) != 0 && errno != ENOENT {
      throw StoreError(errno: errno, path: path, creating: true)
    }
  }

  /// Moves the records of one journal.
  ///
  /// - Returns: whether the journal is no longer needed; one of another file is left alone.
  private static func bringIn(
    _ journal: Journal, of run: Int64, isHeaderSound: Bool, into database: Database
  ) throws -> Bool {
    var records: [(ticket: UInt64, row: EventRow, registers: Registers?)] = []
    var tornSlots: Set<Int> = []
    let drained = isHeaderSound ? journal.drained : 0
    for index in 0..<journal.capacity {
      switch journal.slot(at: index) {
      case .empty: continue
      case .torn: tornSlots.insert(index)
      case .record(let ticket, let row, let registers) where ticket >= drained:
        records.append((ticket, row, registers))
      case .record: continue
      }
    }
    let head = try Row.fetchOne(
      database,
      sql: "SELECT source, started_monotonic_ns, started_realtime_ns, state FROM run "
        + "WHERE number = ?",
      arguments: [run])
    // A recorder begins to record after its run is committed.
    guard let head else { return records.isEmpty && tornSlots.isEmpty }
    let realtime = journal.header(JournalLayout.startedRealtimeOffset, as: Int64.self)
    let isOver = head["state"] as Int64 == RunSummary.State.finished.rawValue
    guard isHeaderSound ? realtime == head["started_realtime_ns"] : !isOver else { return false }

    var writer = try EventWriter(
      resuming: run, source: Source(rawValue: head["source"]) ?? .engine,
      started: UInt64(bitPattern: head["started_monotonic_ns"]), in: database)
    records.sort { $0.ticket < $1.ticket }
    for record in records {
      try writer.insert(record.row, registers: record.registers, in: database)
    }
    if isHeaderSound {
      let loss = journal.header(JournalLayout.lossOffset, as: PendingLoss.self)
      if loss.count > 0 { try writer.insert(loss.row, registers: nil, in: database) }
    }
    let told = try Gaps.fill(with: &writer, in: database)
    let torn =
      isHeaderSound
      ? tornTail(tornSlots, after: records.last?.ticket, drained: drained, of: journal)
      : max(0, tornSlots.count - told)
    if torn > 0 { try Gaps.append(lost: torn, with: &writer, in: database) }
    try TraceFile.markUnfinished(run, in: database)
    return true
  }

  /// How many torn slots come right after the last record: they leave no hole to find.
  private static func tornTail(
    _ torn: Set<Int>, after last: UInt64?, drained: UInt64, of journal: Journal
  ) -> Int {
    var ticket = last.map { $0 + 1 } ?? drained
    var count = 0
    while count < journal.capacity, torn.contains(Int(ticket % UInt64(journal.capacity))) {
      count += 1
      ticket += 1
    }
    return count
  }
}
