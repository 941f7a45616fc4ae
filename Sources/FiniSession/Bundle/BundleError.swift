package import FiniModel

/// Why a bundle can't be made or opened.
package enum BundleError: Error, Hashable, Sendable {
  /// A system call on it failed.
  case failed(path: String, Errno)
  /// It is no tar archive, or is cut off.
  case notABundle(path: String)
  /// A member is no file that a bundle has: a link, a folder, a device, a name that leads elsewhere.
  case hostile(path: String, member: String, reason: String)
  /// A member is not what its checksum says.
  case wrongChecksum(path: String, member: String)
  /// What is unpacked goes into a new folder, and that is there.
  case folderExists(path: String)
  /// A log is no regular file: a pipe that nobody writes to would never end.
  case notRegular(path: String)
  /// It could not be unpacked; what is left of it, if it could not be taken away.
  case notUnpacked(folder: String, Errno, left: String?)
  /// A member is too big for the format.
  case tooBig(path: String)
}

extension BundleError: CustomStringConvertible {
  /// One line: the cause, then what to do.
  package var description: String {
    switch self {
    case .failed(let path, let error): "\(path): \(error.meaning)"
    case .notABundle(let path):
      "\(path): is no bundle of fini-trace, or is cut off; copy it again, whole"
    case .hostile(let path, let member, let reason):
      "\(path): member \(member) is refused: \(reason); nothing was unpacked"
    case .wrongChecksum(let path, let member):
      "\(path): \(member) is not what its checksum says; copy the bundle again, nothing was unpacked"
    case .folderExists(let path):
      "\(path): is there already; name a new folder with -o"
    case .notRegular(let path):
      "\(path): is no regular file; copy what comes from it into one, and name that"
    case .notUnpacked(let folder, let error, let left):
      "\(folder): \(error.meaning); "
        + (left.map { "remove \($0), which could not be taken away" }
          ?? "nothing of the bundle is left")
    case .tooBig(let path): "\(path): is too big for a bundle (8 GiB a file)"
    }
  }
}
