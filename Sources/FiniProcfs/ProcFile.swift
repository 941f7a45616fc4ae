private import Glibc
package import FiniModel

/// Reads whole files below `/proc`.
package enum ProcFile {
  /// The bytes of a file.
  ///
  /// - Throws: the error of open(2) or read(2): ENOENT or ESRCH if the task is gone, EACCES if this
  ///   user may not read it.
  package static func read(_ path: String) throws(Errno) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      if count == 0 { return bytes }
      bytes += chunk[0..<count]
    }
  }

  /// The target of a symbolic link, such as `/proc/4711/exe`.
  package static func link(_ path: String) throws(Errno) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlink(path, start, bytes.count)
    }
    guard count >= 0 else { throw Errno(rawValue: errno) }
    return String(decoding: buffer[0..<count], as: UTF8.self)
  }

  /// Waits a moment, so that a task may be found in another state.
  static func pause() { usleep(300) }

  /// The first line of a file, without its end.
  ///
  /// - Throws: the error of open(2) or read(2).
  package static func word(_ path: String) throws(Errno) -> String {
    String(decoding: try read(path).prefix { $0 != 0x0a }, as: UTF8.self)
  }

  /// The tasks of a process.
  package static func tasks(of process: TaskID) -> [TaskID] { numbers(in: "/proc/\(process)/task") }

  /// The processes that this user can see.
  package static func processes() -> [TaskID] { numbers(in: "/proc") }

  static func numbers(in folder: String) -> [TaskID] {
    names(in: folder).compactMap { Int32($0).map { TaskID($0) } }.sorted()
  }
}

extension ProcFile {
  /// The first bytes of a file, fewer if it is shorter.
  ///
  /// - Throws: the error of open(2) or read(2).
  package static func header(_ path: String, count: Int) throws(Errno) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe Glibc.read(descriptor, &bytes, count)
    guard got >= 0 else { throw Errno(rawValue: errno) }
    bytes.removeLast(count - got)
    return bytes
  }
}
