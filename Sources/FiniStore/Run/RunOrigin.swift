import GRDB

/// Which run it is among those of all files, and where it was recorded.
package struct RunOrigin: Hashable, Sendable {
  /// The same in each copy of the run.
  package var uuid: String
  /// The machine, as a digest; `nil`: not known.
  package var machine: String?
  /// The boot of the machine, as a digest; `nil`: not known.
  package var boot: String?

  package init(uuid: String, machine: String? = nil, boot: String? = nil) {
    self.uuid = uuid
    self.machine = machine
    self.boot = boot
  }

  func insert(for run: Int64, in database: Database) throws {
    try database.execute(
      sql: "INSERT INTO origin (run, uuid, machine, boot) VALUES (?, ?, ?, ?)",
      arguments: [run, uuid, machine, boot])
  }
}

extension TraceFile {
  /// Where a run was recorded; `nil` if an older version began it.
  ///
  /// - Throws: ``StoreError`` if the file cannot be read.
  package func origin(of run: Int64) throws(StoreError) -> RunOrigin? {
    try read { database in
      // A file of version 1 that is only read has no such table.
      guard
        try Int.fetchOne(
          database, sql: "SELECT 1 FROM sqlite_schema WHERE name = 'origin' AND type = 'table'")
          != nil
      else { return nil }
      return try Row.fetchOne(
        database, sql: "SELECT uuid, machine, boot FROM origin WHERE run = ?", arguments: [run]
      ).map { RunOrigin(uuid: $0[0], machine: $0[1], boot: $0[2]) }
    }
  }
}
