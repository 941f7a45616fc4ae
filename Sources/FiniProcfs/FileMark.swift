package import FiniModel
private import Glibc

/// What tells a file from another one, and from itself after a write.
package struct FileMark: Hashable, Sendable {
  /// The device and the number of the file there.
  package let device, number: UInt64
  /// Its length in bytes.
  package let byteCount: Int64
  /// When it was written last, on `CLOCK_REALTIME`, in nanoseconds since 1970. The kernel takes the time of its last tick.
  package let written: Int64

  /// The longest tick of a kernel, in nanoseconds: at 100 Hz.
  package static let tick: Int64 = 10_000_000

  /// Looks at a regular file.
  ///
  /// - Returns: `nil` if there is none, or it may not be seen.
  package init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    byteCount = Int64(status.st_size)
    written = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }

  /// Whether it is of one file.
  package func isSameFile(as other: FileMark) -> Bool {
    device == other.device && number == other.number
  }
}

/// A file that a process has open for writing, kept open here: it can be read after it was removed.
package final class HeldFile {
  /// Its path, as the process opened it.
  package let name: String
  /// By what this process opens it.
  package var path: String { "/proc/self/fd/\(descriptor)" }

  private let descriptor: Int32

  /// Opens it again, for reading.
  ///
  /// - Throws: the error of open(2).
  package init(_ number: Int32, of process: TaskID, called name: String) throws(Errno) {
    let opened = unsafe open("/proc/\(process)/fd/\(number)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw Errno(rawValue: errno) }
    descriptor = opened
    self.name = name
  }

  deinit { close(descriptor) }

  /// The files that a process has open for writing and whose names end in `suffix`.
  package static func written(by process: TaskID, suffix: String) -> [(number: Int32, name: String)]
  {
    ProcFile.descriptors(of: process).compactMap { number in
      guard let name = try? ProcFile.link("/proc/\(process)/fd/\(number)"), name.hasSuffix(suffix),
        name.hasPrefix("/"), isWritten(number, process)
      else { return nil }
      return (number, name)
    }
  }

  private static func isWritten(_ number: Int32, _ process: TaskID) -> Bool {
    guard let bytes = try? ProcFile.read("/proc/\(process)/fdinfo/\(number)") else { return false }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("flags:") {
      let flags = line.dropFirst("flags:".count).filter { $0.isNumber }
      return Int32(flags, radix: 8).map { $0 & O_ACCMODE != O_RDONLY } ?? false
    }
    return false
  }
}

extension ProcFile {
  /// The descriptors of a process.
  package static func descriptors(of process: TaskID) -> [Int32] {
    numbers(in: "/proc/\(process)/fd").map(\.rawValue)
  }

  /// The children of a process.
  package static func children(of process: TaskID) -> [TaskID] {
    tasks(of: process).flatMap { task in
      let list = (try? word("/proc/\(process)/task/\(task)/children")) ?? ""
      return list.split(separator: " ").compactMap { Int32($0).map { TaskID($0) } }
    }
  }

  /// The words of the command line of a process; none if it is gone.
  package static func words(of process: TaskID) -> [String] {
    guard let bytes = try? read("/proc/\(process)/cmdline") else { return [] }
    var words = bytes.split(separator: 0, omittingEmptySubsequences: false)
    if words.last?.isEmpty == true { words.removeLast() }
    return words.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The names in a folder.
  package static func names(in folder: String) -> [String] {
    guard let directory = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
            unsafe String(cString: $0)
          }
        })
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }
}
