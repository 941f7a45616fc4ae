import FiniSchema
import Glibc

/// Inspects a path before SQLite opens it, so that no file of another program is written to.
struct FileGuard {
  /// What is at the path.
  enum Finding: Hashable {
    case absent
    /// A regular file of no bytes.
    case empty
    /// A recording, by its header.
    case recording
  }

  /// Device and inode: the file itself, whatever it is called.
  struct FileKey: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  /// The greatest `user_version` of the files from before the first release.
  private static let lastUnreleased: Int32 = 8

  let path: String

  /// Inspects the path; changes nothing.
  ///
  /// - Parameter isOpenHere: whether a connection of this process has the file open. Closing a
  ///   second descriptor of it would drop that connection's POSIX locks, so it is not opened.
  func inspect(isOpenHere: (FileKey) -> Bool) throws(StoreError) -> Finding {
    guard let information = try status(of: path) else { return .absent }
    try checkKind(information, at: path)
    for suffix in ["-wal", "-shm", "-journal"] {
      if let companion = try status(of: path + suffix) {
        try checkKind(companion, at: path + suffix)
      }
    }
    if information.st_size == 0 { return .empty }
    if isOpenHere(key(of: information)) { return .recording }
    try checkHeader()
    return .recording
  }

  /// Creates the file, empty, readable and writable by its owner alone.
  ///
  /// - Returns: whether this call created it; `false` if it came into being meanwhile.
  func create() throws(StoreError) -> Bool {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
      return true
    }
    if errno == EEXIST { return false }
    throw StoreError(errno: errno, path: path, creating: true)
  }

  /// Which file is at the path, if any.
  func key() throws(StoreError) -> FileKey? {
    guard let information = try status(of: path) else { return nil }
    return key(of: information)
  }

  /// Bytes in the file at the path, if there is one.
  func size() throws(StoreError) -> Int? { try status(of: path).map { Int($0.st_size) } }

  /// Whether the effective user may write the file.
  var isWritable: Bool { unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 }

  /// Whether the effective user may make files beside it.
  var isFolderWritable: Bool {
    unsafe faccessat(AT_FDCWD, FileGuard.folder(of: path), W_OK | X_OK, AT_EACCESS) == 0
  }

  /// Where a symbolic link at the path leads; the path itself if there is none, or it leads nowhere.
  ///
  /// SQLite keeps its -wal beside the file and not beside the link, so a reader needs the file's own path.
  static func followed(_ path: String) -> String {
    var information = stat()
    guard unsafe lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFLNK,
      let resolved = unsafe realpath(path, nil)
    else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The folder of a path, `.` for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func key(of information: stat) -> FileKey {
    FileKey(device: UInt64(information.st_dev), inode: UInt64(information.st_ino))
  }

  private func status(of path: String) throws(StoreError) -> stat? {
    var information = stat()
    if unsafe lstat(path, &information) == 0 { return information }
    if errno == ENOENT { return nil }
    throw StoreError(errno: errno, path: path, creating: false)
  }

  private func checkKind(_ information: stat, at path: String) throws(StoreError) {
    switch information.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: throw .isSymlink(path: path)
    case S_IFDIR: throw .isDirectory(path: path)
    default: throw .notRegular(path: path)
    }
  }

  /// Reads the header of the database format; see https://www.sqlite.org/fileformat2.html.
  private func checkHeader() throws(StoreError) {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw StoreError(errno: errno, path: path, creating: false) }
    defer { close(descriptor) }
    var header = [UInt8](repeating: 0, count: 100)
    let count = unsafe header.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, 100)
    }
    let magic = Array("SQLite format 3\0".utf8)
    guard count >= 0 else { throw StoreError(errno: errno, path: path, creating: false) }
    guard header.prefix(min(count, 16)).elementsEqual(magic.prefix(count)) else {
      throw .notADatabase(path: path)
    }
    guard count == 100 else { throw .truncated(path: path) }
    func word(_ offset: Int) -> UInt32 {
      header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let applicationID = Int32(bitPattern: word(68))
    guard applicationID == Schema.applicationID else {
      throw .otherDatabase(path: path, applicationID: applicationID)
    }
    let version = Int32(bitPattern: word(60))
    // Up to 8 it may be of a version that was never released; the tables tell (Migration).
    guard version <= max(Schema.version, FileGuard.lastUnreleased) else {
      throw .newerSchema(path: path, version: version, supported: Schema.version)
    }
    let rawSize = Int(header[16]) << 8 | Int(header[17])
    let pageSize = rawSize == 1 ? 65536 : rawSize
    // Pages may still be in the log alone: then a sound file is shorter than its header says.
    // Its size is read last: another recorder may be moving them into the file (StrategyTests, twoAtOnce).
    let log = try status(of: path + "-wal")
    let size = try status(of: path)?.st_size ?? 0
    if Int(size) < pageSize * Int(word(28)), (log?.st_size ?? 0) == 0 {
      throw .truncated(path: path)
    }
  }
}
