import FiniSchema
import GRDB
import Glibc

/// Brings a file to the schema of this version.
enum Migration {
  /// Runs the migrations that the file lacks, each in one transaction, then switches to WAL.
  ///
  /// The first one runs before WAL, so that the main file carries our application_id from its
  /// first page on and can be told from a stranger's whatever happens to its log.
  static func bringUpToDate(_ database: DatabaseQueue, path: String) throws {
    try database.writeWithoutTransaction { connection in
      while try version(connection, path: path) < Schema.version {
        try connection.inTransaction(.immediate) {
          // Another recorder may have been first.
          let version = try version(connection, path: path)
          guard version < Schema.version else { return .commit }
          if version == 0 {
            guard try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_schema") == 0
            else { throw StoreError.otherDatabase(path: path, applicationID: 0) }
            try connection.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
          }
          for script in Schema.migrations[Int(version)] { try connection.execute(sql: script) }
          try connection.execute(sql: "PRAGMA user_version = \(version + 1)")
          return .commit
        }
      }
      try enterWAL(connection)
      // Set here because GRDB sets its own choice after its `prepareDatabase`. NORMAL loses
      // nothing when a process dies; the last batches when the power does.
      try connection.execute(sql: "PRAGMA synchronous = NORMAL")
    }
  }

  /// Refuses what is not ours, or too new.
  static func checkVersion(_ database: DatabaseQueue, path: String) throws(StoreError) {
    do {
      try database.read { connection in
        if try version(connection, path: path) == 0 { throw StoreError.notARecording(path: path) }
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  private static func version(_ connection: Database, path: String) throws -> Int32 {
    let identifier = try Int32.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
    let version = try Int32.fetchOne(connection, sql: "PRAGMA user_version") ?? 0
    guard identifier == Schema.applicationID || (identifier == 0 && version == 0) else {
      throw StoreError.otherDatabase(path: path, applicationID: identifier)
    }
    guard version >= 0, version <= Schema.version else {
      throw StoreError.newerSchema(path: path, version: version, supported: Schema.version)
    }
    return version
  }

  /// The switch needs the file for itself and is not covered by the busy timeout.
  private static func enterWAL(_ connection: Database) throws {
    var attempt = 0
    while true {
      do {
        // "delete" is the answer of a file system without shared memory: slower, and it works.
        _ = try String.fetchOne(connection, sql: "PRAGMA journal_mode = WAL")
        return
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && attempt < 500 {
        attempt += 1
        usleep(10_000)
      }
    }
  }
}
