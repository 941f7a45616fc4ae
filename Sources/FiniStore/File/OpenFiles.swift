import Synchronization

/// The files that connections of this process have open.
///
/// POSIX locks belong to the process and go when *any* descriptor of the file is closed, so
/// nothing here may open and close a file that SQLite has open. Opening goes through one lock.
enum OpenFiles {
  /// How many connections a file has.
  typealias Table = [FileGuard.FileKey: Int]

  static let table = Mutex<Table>([:])

  /// Forgets one connection of a file.
  static func release(_ key: FileGuard.FileKey) {
    table.withLock { table in
      if let count = table[key], count > 1 {
        table[key] = count - 1
      } else {
        table[key] = nil
      }
    }
  }
}
