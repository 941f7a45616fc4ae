package import FiniModel
internal import Glibc

/// A file that a run is exported to: whole, or not there.
///
/// It is written beside its place and moved there in the end, so that a full disk leaves what was there before.
/// Mode 0600: what a recording holds may be private. A pipe, a device or what a symbolic link leads to is written as it
/// is: what is moved to its place would take it away, `/dev/stdout` for example. A recording is never replaced, and no
/// file that is read for it (ExportTests).
package final class ExportFile {
  /// Why it can't be written.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let error: Errno
    /// What is said in place of the error's own words.
    private let words: String?

    init(path: String, error: Errno, words: String? = nil) {
      self.path = path
      self.error = error
      self.words = words
    }

    package var description: String { "\(path): \(words ?? error.meaning)" }
  }

  private let path: String
  /// Where it is written until it is whole; `nil` for what is no regular file.
  private let draft: String?
  private let descriptor: Int32
  private var isKept = false

  /// What stands for standard output.
  package static let standardOutput = "-"

  /// - Parameter inputs: the files that are read for it.
  package init(_ path: String, from inputs: [String] = []) throws(Failure) {
    guard path != ExportFile.standardOutput else {
      self.path = "standard output"
      draft = nil
      descriptor = dup(STDOUT_FILENO)
      guard descriptor >= 0 else {
        throw Failure(path: self.path, error: Errno(rawValue: Glibc.errno))
      }
      return
    }
    self.path = path
    var information = stat()
    let isThere = unsafe stat(path, &information) == 0
    let isRegular = isThere && information.st_mode & S_IFMT == S_IFREG
    if isRegular { try ExportFile.spare(path, information, inputs) }
    var itself = stat()
    let isLink = unsafe lstat(path, &itself) == 0 && itself.st_mode & S_IFMT == S_IFLNK
    if isThere && !isRegular || isLink {
      draft = nil
      let flags = isRegular || !isThere ? O_CREAT | O_TRUNC : 0
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | flags, 0o600)
    } else {
      let name = "\(path).\(getpid()).part"
      draft = name
      descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard descriptor >= 0 else { throw Failure(path: path, error: Errno(rawValue: Glibc.errno)) }
  }

  /// Refuses a place that holds what would be lost.
  private static func spare(
    _ path: String, _ information: stat, _ inputs: [String]
  ) throws(Failure) {
    for input in inputs {
      var other = stat()
      guard unsafe stat(input, &other) == 0, other.st_dev == information.st_dev,
        other.st_ino == information.st_ino
      else { continue }
      throw Failure(path: path, error: .fileExists, words: "it is read for this: name another file")
    }
    let reading = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard reading >= 0 else { return }
    defer { close(reading) }
    let magic = Array("SQLite format 3\0".utf8)
    var head = [UInt8](repeating: 0, count: magic.count)
    if unsafe read(reading, &head, head.count) == magic.count, head == magic {
      throw Failure(
        path: path, error: .fileExists,
        words: "it is a recording, or another database, and is not replaced: name another file")
    }
  }

  package func write(_ bytes: [UInt8]) throws(Failure) {
    do throws(Errno) { try ByteWriting.write(bytes, to: descriptor) } catch {
      throw Failure(path: path, error: error)
    }
  }

  /// Puts it in its place.
  package func keep() throws(Failure) {
    if let draft {
      guard fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else {
        throw Failure(path: path, error: Errno(rawValue: Glibc.errno))
      }
    }
    isKept = true
  }

  deinit {
    close(descriptor)
    if let draft, !isKept { unsafe unlink(draft) }
  }
}
