internal import CFiniCommit
internal import FiniObservers
internal import FiniStore

/// The version of this tool.
package enum Version {
  /// Its number, as runs keep it.
  package static let number = "0.2.0"

  /// What a report of a bug should tell: the number in the first line, then what it was built of.
  package static var lines: String {
    """
    fini-trace \(number)
    commit \(commitWords(fini_commit(), wasChanged: fini_commit_was_changed()))
    schema \(TraceFile.schemaVersion)
    SQLite \(SQLiteLibrary.version)
    libbpf \(BPFLibrary.version)
    """
  }

  /// Number 0 stands for a build that was not told its commit.
  static func commitWords(_ commit: UInt64, wasChanged: Bool) -> String {
    guard commit != 0 else { return "unknown (tools/release says it)" }
    let digits = String(commit, radix: 16)
    let name = String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
    return name + (wasChanged ? ", with changes" : "")
  }

  /// Of a commit's name.
  private static let digitCount = 12
}
