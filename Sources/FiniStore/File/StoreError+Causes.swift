import GRDB
import Glibc

extension StoreError {
  /// What a failed system call on a path means.
  init(errno code: Int32, path: String, creating: Bool) {
    switch code {
    case EACCES, EPERM: self = creating ? .notWritable(path: path) : .notReadable(path: path)
    case EROFS: self = .notWritable(path: path)
    case ENOENT: self = creating ? .noSuchFolder(path: path) : .noSuchFile(path: path)
    case ENOTDIR: self = .noSuchFolder(path: path)
    case EISDIR: self = .isDirectory(path: path)
    case ELOOP: self = .isSymlink(path: path)
    case ENOSPC, EDQUOT, EFBIG: self = .noSpace(path: path)
    default: self = .failed(path: path, detail: unsafe String(cString: strerror(code)))
    }
  }

  /// What an error of SQLite means for a file.
  init(_ error: any Error, path: String) {
    if let known = error as? StoreError {
      self = known
      return
    }
    guard let error = error as? DatabaseError else {
      self = .failed(path: path, detail: "\(error)")
      return
    }
    let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_NOTADB: self = .notADatabase(path: path)
    case .SQLITE_CORRUPT: self = .damaged(path: path, detail: message)
    case .SQLITE_FULL: self = .noSpace(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path)
    case .SQLITE_READONLY, .SQLITE_PERM: self = .notWritable(path: path)
    case .SQLITE_CANTOPEN: self = .notReadable(path: path)
    default: self = .failed(path: path, detail: message)
    }
  }
}
