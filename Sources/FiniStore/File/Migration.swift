import FiniSchema
import GRDB
import Glibc

/// Brings a file to the schema of this version.
enum Migration {
  /// Runs the migrations that the file lacks, each in one transaction, then switches to WAL.
  ///
  /// The first one runs before WAL, so that the main file carries the application_id from its
  /// first page on and can be told from another program's if its log is lost.
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
          try remakeViews(connection)
          try connection.execute(sql: "PRAGMA user_version = \(version + 1)")
          return .commit
        }
      }
      if try !hasTheseViews(connection) {
        try connection.inTransaction(.immediate) {
          // Another recorder may have been first.
          if try !hasTheseViews(connection) { try remakeViews(connection) }
          return .commit
        }
      }
      try enterWAL(connection)
      // Set here because GRDB sets its own choice after its `prepareDatabase`. NORMAL loses
      // nothing when a process dies; the last batches when the power does.
      try connection.execute(sql: "PRAGMA synchronous = NORMAL")
    }
  }

  /// Refuses a file of another program, or one that is too new, or of a version that was never released.
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
    guard version != 0 else { return 0 }
    // Files of the time before the first release have none, whatever their version says.
    guard try connection.tableExists("judgement") else {
      throw StoreError.unreleasedSchema(path: path)
    }
    guard version > 0, version <= Schema.version else {
      throw StoreError.newerSchema(path: path, version: version, supported: Schema.version)
    }
    return version
  }

  /// Whether the file has the views of this version, word for word: SQLite keeps them as they were
  /// written. Other views are of the user.
  private static func hasTheseViews(_ connection: Database) throws -> Bool {
    try Int.fetchOne(
      connection,
      sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND instr(?, sql) > 0",
      arguments: [Schema.views]) == Schema.viewLines.count
  }

  /// Drops what holds nothing recorded, and makes it as this version has it.
  private static func remakeViews(_ connection: Database) throws {
    for view in Schema.viewLines {
      try connection.execute(sql: "DROP VIEW IF EXISTS \(view.name)")
    }
    try connection.execute(sql: "DROP TABLE IF EXISTS meaning")
    try connection.execute(sql: Schema.meaning)
    try connection.execute(sql: Schema.views)
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
