/// Why a recording could not be opened, written or read.
///
/// Each case prints as one line that names the cause and the remedy.
package enum StoreError: Error, Hashable, Sendable {
  /// The file or its folder may not be written by this user.
  case notWritable(path: String)
  /// The file may not be read by this user.
  case notReadable(path: String)
  /// The path names a folder.
  case isDirectory(path: String)
  /// The path, or a file that SQLite keeps beside it, is a symbolic link.
  case isSymlink(path: String)
  /// The path names a pipe, a device or a socket.
  case notRegular(path: String)
  /// The folder that should hold the file does not exist.
  case noSuchFolder(path: String)
  /// The file does not exist.
  case noSuchFile(path: String)
  /// The file is empty: nothing was recorded into it.
  case notARecording(path: String)
  /// The file is a database of another program, with this `application_id`.
  case otherDatabase(path: String, applicationID: Int32)
  /// The file was written by a newer version of the tool.
  case newerSchema(path: String, version: Int32, supported: Int32)
  /// The file was written by a version of the tool from before the first release.
  case unreleasedSchema(path: String)
  /// The file is shorter than it says it is.
  case truncated(path: String)
  /// The file is no SQLite database.
  case notADatabase(path: String)
  /// SQLite found the file damaged.
  case damaged(path: String, detail: String)
  /// The file has no run with that number, or no run at all.
  case noSuchRun(RunSelection, existing: [Int64])
  /// The file system is full.
  case noSpace(path: String)
  /// Another program holds the file.
  case locked(path: String)
  /// A flight recorder records into the file: the process with this pid, if that is known.
  case watched(path: String, by: Int32?)
  /// What was written last stands in the file's `-wal`, which cannot be used in its folder.
  case logUnreadable(path: String)
  /// The statement is not a read-only query of one statement.
  case queryRefused(reason: String)
  /// The statement is wrong.
  case queryFailed(message: String)
  /// A system call or SQLite failed in a way that has no case of its own.
  case failed(path: String, detail: String)
}

extension StoreError: CustomStringConvertible {
  /// One line: the cause, then what to do.
  package var description: String {
    switch self {
    case .notWritable(let path):
      "\(path): may not be written; choose another file with -o, or have its owner allow it"
    case .notReadable(let path):
      "\(path): may not be read; recordings are private to the user who made them"
    case .isDirectory(let path):
      "\(path): is a folder; name a file in it"
    case .isSymlink(let path):
      "\(path): is a symbolic link, which a recording never follows; name the file itself"
    case .notRegular(let path):
      "\(path): is not a regular file; name one"
    case .noSuchFolder(let path):
      "\(path): its folder does not exist; create it first"
    case .noSuchFile(let path):
      "\(path): no such file; record one first, or name another with -o"
    case .notARecording(let path):
      "\(path): is empty; record into it first, or name another file with -o"
    case .otherDatabase(let path, let identifier):
      "\(path): is a database of another program (application_id \(hex(identifier))); "
        + "name another file"
    case .newerSchema(let path, let version, let supported):
      "\(path): has format \(version), and this version reads up to \(supported); "
        + "use a newer fini-trace"
    case .unreleasedSchema(let path):
      "\(path): was made by an unreleased version of fini-trace; record or import it again"
    case .truncated(let path):
      "\(path): is cut off; copy it again, whole, when nothing records into it"
    case .notADatabase(let path):
      "\(path): is not a recording (no SQLite database); name another file"
    case .damaged(let path, let detail):
      "\(path): is damaged (\(detail)); try sqlite3's .recover on a copy of it"
    case .noSuchRun(.last, _):
      "there is no run in the file; record one first"
    case .noSuchRun(.number(let number), let existing):
      existing.isEmpty
        ? "there is no run \(number), nor any other, in the file; record one first"
        : "there is no run \(number) in the file; it has \(list(existing))"
    case .noSpace(let path):
      "\(path): no space left on the file system; free some, or choose another with -o"
    case .locked(let path):
      "\(path): is locked by another program; end that one, or try again"
    case .watched(let path, let holder):
      "\(path): is recorded into by fini-trace watch"
        + (holder.map { ", process \($0)" } ?? "") + "; choose another file with -o"
    case .logUnreadable(let path):
      "\(path): its last changes stand in \(path)-wal, which needs a folder that may be written; "
        + "copy both files to one"
    case .queryRefused(let reason):
      "the query is refused: \(reason); only one SELECT that reads is run"
    case .queryFailed(let message):
      "the query is wrong: \(message)"
    case .failed(let path, let detail):
      "\(path): \(detail); try again, or choose another file with -o"
    }
  }

  private func hex(_ number: Int32) -> String {
    "0x" + String(UInt32(bitPattern: number), radix: 16)
  }

  /// Numbers as a list, of many only the first and the last ones.
  private func list(_ numbers: [Int64]) -> String {
    if numbers.count <= 8 { return numbers.map { "\($0)" }.joined(separator: ", ") }
    let shown = numbers.suffix(4).map { "\($0)" }.joined(separator: ", ")
    return "\(numbers.count) runs: \(numbers.prefix(2).map { "\($0)" }.joined(separator: ", "))"
      + ", ..., \(shown)"
  }
}
