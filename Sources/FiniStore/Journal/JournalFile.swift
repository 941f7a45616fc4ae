import FiniModel
import Glibc

/// The file that a journal is mapped from: creating, finding, locking, removing.
enum JournalFile {
  /// The journal of a run.
  static func path(of run: Int64, beside database: String) -> String {
    "\(database).run-\(run).journal"
  }

  /// Creates, fills, locks and maps the journal of a run.
  ///
  /// - Returns: `nil` if there is a file of that name.
  static func create(
    run: Int64, startedRealtime: Int64, beside database: String, capacity: Int
  ) throws(StoreError) -> Journal? {
    let path = path(of: run, beside: database)
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST { return nil }
      throw StoreError(errno: errno, path: path, creating: true)
    }
    var isOwned = true
    defer {
      if isOwned {
        close(descriptor)
        unsafe unlink(path)
      }
    }
    // The lock goes with the process, whatever ends it: it tells the living from the dead even
    // across pid namespaces. O_CLOEXEC keeps a launched command from inheriting it.
    // It waits: a reader that inspects the new file holds the lock for a moment.
    guard flock(descriptor, LOCK_EX) == 0 else {
      throw StoreError(errno: errno, path: path, creating: true)
    }
    // Blocks are taken now: a full disk must not become a SIGBUS in the middle of a cure.
    let failure = posix_fallocate(descriptor, 0, JournalLayout.fileSize(capacity: capacity))
    guard failure == 0 else { throw StoreError(errno: failure, path: path, creating: true) }
    isOwned = false
    let journal: Journal
    do {
      journal = try Journal(path: path, descriptor: descriptor, capacity: capacity)
    } catch {
      isOwned = true
      throw error
    }
    journal.touch()
    journal.setHeader(JournalLayout.versionOffset, to: JournalLayout.version)
    journal.setHeader(JournalLayout.slotSizeOffset, to: UInt32(JournalLayout.slotSize))
    journal.setHeader(JournalLayout.rowSizeOffset, to: UInt32(JournalLayout.rowSize))
    journal.setHeader(JournalLayout.recorderOffset, to: getpid())
    journal.setHeader(
      JournalLayout.recorderStartOffset, to: ProcessStart.ticks(of: getpid()) ?? 0)
    journal.setHeader(JournalLayout.runOffset, to: run)
    journal.setHeader(JournalLayout.startedRealtimeOffset, to: startedRealtime)
    journal.setHeader(JournalLayout.capacityOffset, to: UInt64(capacity))
    journal.setHeader(JournalLayout.magicOffset, to: JournalLayout.magic)
    return journal
  }

  /// The runs that have a journal beside a database, in order.
  static func runs(beside database: String) throws(StoreError) -> [Int64] {
    let folder = FileGuard.folder(of: database)
    let name =
      database.utf8.lastIndex(of: UInt8(ascii: "/"))
      .map { String(database[database.utf8.index(after: $0)...]) } ?? database
    let prefix = name + ".run-"
    guard let directory = unsafe opendir(folder) else {
      throw StoreError(errno: errno, path: folder, creating: false)
    }
    defer { unsafe closedir(directory) }
    var runs: [Int64] = []
    while let entry = unsafe readdir(directory) {
      let found = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      guard found.hasPrefix(prefix), found.hasSuffix(".journal") else { continue }
      let number = found.dropFirst(prefix.count).dropLast(".journal".count)
      if let run = Int64(number), "\(run)" == number { runs.append(run) }
    }
    return runs.sorted()
  }

  /// A journal that another process left.
  enum Found {
    /// Its recorder lives, or another process is bringing it in.
    case live
    /// Its recorder died while it made the file: no event can be in it.
    case stillborn
    /// No process holds it; the header may be damaged.
    case dead(Journal, isHeaderSound: Bool)
    /// It is there, and cannot be read by this version or this user.
    case foreign
  }

  /// Opens and locks the journal of a run that this process does not record.
  static func find(run: Int64, beside database: String) throws(StoreError) -> Found? {
    let path = path(of: run, beside: database)
    let descriptor = unsafe open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return errno == ENOENT ? nil : .foreign }
    var isOwned = true
    defer { if isOwned { close(descriptor) } }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return .live }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0,
      information.st_mode & S_IFMT == S_IFREG
    else { return .foreign }
    // Another process brought it in and removed it between the opening and the lock.
    guard information.st_nlink > 0 else { return nil }
    let capacity = (Int(information.st_size) - JournalLayout.headerSize) / JournalLayout.slotSize
    guard capacity > 0 else { return .stillborn }
    let journal = try Journal(path: path, descriptor: descriptor, capacity: capacity)
    isOwned = false
    let magic = journal.header(JournalLayout.magicOffset, as: UInt64.self)
    let version = journal.header(JournalLayout.versionOffset, as: UInt32.self)
    let rowSize = journal.header(JournalLayout.rowSizeOffset, as: UInt32.self)
    let slotSize = journal.header(JournalLayout.slotSizeOffset, as: UInt32.self)
    if magic == JournalLayout.magic, version != JournalLayout.version {
      return .foreign
    }
    let isSound =
      magic == JournalLayout.magic && rowSize == UInt32(JournalLayout.rowSize)
      && slotSize == UInt32(JournalLayout.slotSize)
      && journal.header(JournalLayout.runOffset, as: Int64.self) == run
      && journal.header(JournalLayout.capacityOffset, as: UInt64.self) == UInt64(capacity)
    let recorder = journal.header(JournalLayout.recorderOffset, as: Int32.self)
    let start = journal.header(JournalLayout.recorderStartOffset, as: UInt64.self)
    if isSound, recorder != getpid(), start != 0, ProcessStart.ticks(of: recorder) == start {
      return .live
    }
    return .dead(journal, isHeaderSound: isSound)
  }

  /// Removes a journal whose records are all in the file.
  static func remove(_ journal: Journal) throws(StoreError) {
    guard unsafe unlink(journal.path) == 0 || errno == ENOENT else {
      throw StoreError(errno: errno, path: journal.path, creating: true)
    }
  }
}

/// When a process began, to tell a pid from its next use.
enum ProcessStart {
  /// Field 22 of `/proc/<pid>/stat`, in clock ticks since boot; `nil` if there is no such process.
  static func ticks(of pid: Int32) -> UInt64? {
    let descriptor = unsafe open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
    }
    guard count > 0 else { return nil }
    // The name, in parentheses, may hold blanks and parentheses of its own.
    guard let close = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[bytes.index(after: close)..<count].split(separator: UInt8(ascii: " "))
    // The first field after the name is number 3, the state.
    guard fields.count > 19 else { return nil }
    return UInt64(String(decoding: fields[19], as: UTF8.self))
  }
}
