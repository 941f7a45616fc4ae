package import FiniModel
internal import Glibc

/// A file that a run is exported to: whole, or not there.
///
/// It is written beside its place and moved there in the end, so that a full disk leaves what was there before.
/// Mode 0600: what a recording holds may be private. A pipe or a device is written as it is: what is moved to its
/// place would take it away (ExportTests).
package final class ExportFile {
  /// Why it can't be written.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let error: Errno

    package var description: String { "\(path): \(error.meaning)" }
  }

  private let path: String
  /// Where it is written until it is whole; `nil` for what is no regular file.
  private let draft: String?
  private let descriptor: Int32
  private var isKept = false

  package init(_ path: String) throws(Failure) {
    self.path = path
    var information = stat()
    let isThere = unsafe stat(path, &information) == 0
    if isThere, information.st_mode & S_IFMT != S_IFREG {
      draft = nil
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let name = "\(path).\(getpid()).part"
      draft = name
      descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard descriptor >= 0 else { throw Failure(path: path, error: Errno(rawValue: Glibc.errno)) }
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
