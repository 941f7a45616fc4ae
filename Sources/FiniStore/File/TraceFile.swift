import FiniModel
import FiniSchema
import GRDB
import Glibc
import Synchronization

/// A recording: one file that holds any number of runs.
///
/// It keeps events and hands them back in order; it never judges them. Every call may wait for
/// the disk: none belongs between a stop and its resume.
package final class TraceFile: Sendable {
  /// The path as it was given.
  package let path: String
  /// Whether runs can be added.
  package let isForRecording: Bool

  /// The version of the format that this program writes, as `PRAGMA user_version` has it.
  package static var schemaVersion: Int32 { Schema.version }

  let database: DatabaseQueue
  private let key: FileGuard.FileKey?

  /// Opens a recording to add runs to it, and creates it (mode 0600) if there is none.
  ///
  /// What a dead recorder left in its journal is brought into the file.
  ///
  /// - Throws: ``StoreError``: ``StoreError/isSymlink(path:)``,
  ///   ``StoreError/otherDatabase(path:applicationID:)``, ``StoreError/notWritable(path:)`` and
  ///   the others that speak of a path.
  package static func openForRecording(_ path: String) throws(StoreError) -> TraceFile {
    let file = try OpenFiles.table.withLock {
      (table: inout OpenFiles.Table) throws(StoreError) -> TraceFile in
      let guardian = FileGuard(path: path)
      let open = table
      if try guardian.inspect(isOpenHere: { open[$0] != nil }) == .absent, try !guardian.create() {
        // It came into being meanwhile: by another recorder, or by an attacker.
        _ = try guardian.inspect(isOpenHere: { open[$0] != nil })
      }
      guard guardian.isWritable, guardian.isFolderWritable else { throw .notWritable(path: path) }
      let database = try connectForRecording(path)
      let key = try guardian.key()
      return TraceFile(database, path, key, isForRecording: true, countedIn: &table)
    }
    try Recovery.run(on: file)
    return file
  }

  /// Opens a recording to read it, also through a symbolic link; a file of another program stays as it is.
  ///
  /// What a dead recorder left in its journal is brought into the file first, where that may be
  /// written.
  ///
  /// - Throws: ``StoreError``: ``StoreError/noSuchFile(path:)``,
  ///   ``StoreError/notARecording(path:)`` and the others that speak of a path.
  package static func openForReading(_ given: String) throws(StoreError) -> TraceFile {
    let path = FileGuard.followed(given)
    let guardian = try guarded(path)
    if guardian.isWritable, guardian.isFolderWritable, try Recovery.isNeeded(beside: path) {
      do { _ = try openForRecording(path) } catch {
        switch error {
        // The journal stays for a later opening; what is in SQLite can be shown meanwhile.
        case .noSpace, .locked: break
        default: throw error
        }
      }
    }
    return try openForQueries(path, mayWrite: true)
  }

  /// The guard of a recording that is there.
  private static func guarded(_ path: String) throws(StoreError) -> FileGuard {
    let guardian = FileGuard(path: path)
    let finding = try OpenFiles.table.withLock {
      (table: inout OpenFiles.Table) throws(StoreError) in
      let open = table
      return try guardian.inspect(isOpenHere: { open[$0] != nil })
    }
    switch finding {
    case .absent: throw .noSuchFile(path: path)
    case .empty: throw .notARecording(path: path)
    case .recording: return guardian
    }
  }

  /// Opens a recording to read what is in SQLite.
  ///
  /// - Parameter mayWrite: whether the connection may be one that could.
  static func openForQueries(_ path: String, mayWrite: Bool) throws(StoreError) -> TraceFile {
    let guardian = try guarded(path)
    return try OpenFiles.table.withLock {
      (table: inout OpenFiles.Table) throws(StoreError) -> TraceFile in
      let database =
        mayWrite
        ? try connectForQueries(path, guardian: guardian)
        : try openReadOnly(path, guardian: guardian)
      try Migration.checkVersion(database, path: path)
      let key = try guardian.key()
      return TraceFile(database, path, key, isForRecording: false, countedIn: &table)
    }
  }

  /// Can't fail: what fails half-way is given back by `deinit`, which takes the lock that is held here.
  private init(
    _ database: DatabaseQueue, _ path: String, _ key: FileGuard.FileKey?, isForRecording: Bool,
    countedIn table: inout OpenFiles.Table
  ) {
    self.database = database
    self.path = path
    self.key = key
    self.isForRecording = isForRecording
    if let key { table[key, default: 0] += 1 }
  }

  private static func connectForRecording(_ path: String) throws(StoreError) -> DatabaseQueue {
    do {
      let database = try DatabaseQueue(
        path: sqlitePath(path), configuration: configuration(readOnly: false))
      try Migration.bringUpToDate(database, path: path)
      return database
    } catch {
      throw StoreError(error, path: path)
    }
  }

  deinit {
    do { try database.close() } catch {
      // Statements are still in use: SQLite closes the connection when they are done.
    }
    if let key { OpenFiles.release(key) }
  }

  /// A connection that reads.
  ///
  /// Where it may, it is opened for writing and told not to: the last connection of a WAL file
  /// takes the -wal and -shm away, and one that is read-only would leave them.
  private static func connectForQueries(
    _ path: String, guardian: FileGuard
  ) throws(StoreError) -> DatabaseQueue {
    guard guardian.isWritable, guardian.isFolderWritable else {
      return try openReadOnly(path, guardian: guardian)
    }
    do {
      let queue = try DatabaseQueue(
        path: sqlitePath(path), configuration: configuration(readOnly: false))
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
      return queue
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// A connection that cannot write.
  static func openReadOnly(_ path: String, guardian: FileGuard) throws(StoreError) -> DatabaseQueue
  {
    do {
      let queue = try DatabaseQueue(
        path: sqlitePath(path), configuration: configuration(readOnly: true))
      // The first read is what needs the -wal and -shm files.
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
      return queue
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
    {
      // A folder that may not be written: -shm cannot be made there. Without a -wal nothing is
      // missing, and no program can write the file through this folder: SQLite may call it immutable.
      if try FileGuard(path: path + "-wal").size() ?? 0 > 0 { throw .logUnreadable(path: path) }
      do {
        let queue = try DatabaseQueue(
          path: immutableURI(path), configuration: configuration(readOnly: true))
        _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
        return queue
      } catch {
        throw StoreError(error, path: path)
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Runs a read, with SQLite's errors as ``StoreError``.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try database.read(body) } catch { throw StoreError(error, path: path) }
  }

  /// Runs a transaction, with SQLite's errors as ``StoreError``.
  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    precondition(isForRecording, "a file opened for reading was asked to write")
    do { return try database.write(body) } catch { throw StoreError(error, path: path) }
  }

  static func configuration(readOnly: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = readOnly
    // Two recorders take turns; a batch takes milliseconds.
    configuration.busyMode = .timeout(5)
    // The references in the schema are documentation: an event is kept whatever is in it.
    configuration.foreignKeysEnabled = false
    if !readOnly { configuration.prepareDatabase { try BatchTable.register(in: $0) } }
    return configuration
  }

  /// Debian's SQLite takes a name that begins with `file:` for a URI: make it a path again.
  static func sqlitePath(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

  private static func immutableURI(_ path: String) -> String {
    var uri = "file:"
    for byte in sqlitePath(path).utf8 {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"):
        uri += "%" + String(byte, radix: 16)
      default:
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return uri + "?immutable=1"
  }
}
