internal import CFiniCommit
internal import FiniObservers
internal import FiniStore

/// The version of this tool.
package enum Version {
  /// Its number, as runs keep it.
  package static let number = "0.2.0"

  /// The number with what tells this build from any other: what `explain` found is kept with it, and is not believed by
  /// another build, whose rules may say more. `nil` for a build of which nothing is known.
  package static let build: String? = buildWords(
    commit: fini_commit(), wasChanged: fini_commit_was_changed(), build: fini_build())

  static func buildWords(commit: UInt64, wasChanged: Bool, build: UInt64) -> String? {
    if commit != 0, !wasChanged {
      return "\(number), commit \(commitWords(commit, wasChanged: false))"
    }
    // Of a program that was not built of a commit alone, the linker's sum over it.
    return build == 0 ? nil : "\(number), build \(hex(build, digits: 16))"
  }

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
    return hex(commit, digits: digitCount) + (wasChanged ? ", with changes" : "")
  }

  private static func hex(_ number: UInt64, digits count: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  /// Of a commit's name.
  private static let digitCount = 12
}
