internal import FiniModel
internal import Glibc

/// A folder that only this user can look into, beside a file that is being made: on the same file system, with room for it.
struct ScratchFolder {
  let path: String

  init(beside target: String) throws(ExportFile.Failure) {
    // Beside a pipe or a device there is no place for it.
    var information = stat()
    let isThere = unsafe stat(target, &information) == 0
    let isElsewhere =
      target == ExportFile.standardOutput
      || isThere && information.st_mode & S_IFMT != S_IFREG
    let folder = Terminal.variable("TMPDIR") ?? "/tmp"
    path = (isElsewhere ? "\(folder)/fini-trace-bundle" : target) + ".\(getpid()).part.d"
    guard unsafe mkdir(path, 0o700) == 0 else {
      throw ExportFile.Failure(path: target, error: Errno(rawValue: Glibc.errno))
    }
  }

  /// Takes away the folder, and the copy of a recording that may be in it.
  func remove() {
    for suffix in ["", "-wal", "-shm", "-journal"] {
      unsafe unlink(path + "/recording.db" + suffix)
    }
    unsafe rmdir(path)
  }
}
