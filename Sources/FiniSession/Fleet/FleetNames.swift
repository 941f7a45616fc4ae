package import FiniStore

/// What the words of a command name that reads many recordings: files, or runs of one.
package struct FleetNames: Equatable, Sendable {
  /// The recordings, in the order in which they were named.
  package let files: [String]
  /// The runs of the one file; empty: all runs of all files.
  package let runs: [RunSelection]

  /// Reads the words; a word is a file or a run by the rules of ``NamedRuns``.
  ///
  /// - Parameter option: the recording that `-o` or `-i` names.
  package init(
    _ words: [String], option: String?, exists: (String) -> Bool = NamedRuns.exists
  ) throws(NamedRuns.Mistake) {
    let named = words.filter { NamedRuns.isFile($0, exists) } + [option].compactMap { $0 }
    let others = words.filter { !NamedRuns.isFile($0, exists) }
    let single = try NamedRuns(others, option: named.first, limit: .max, exists: exists)
    if named.count > 1, let run = single.runs.first {
      throw .runOfMany(run, files: named.count)
    }
    files = named.isEmpty ? [single.path] : named
    runs = single.runs
  }
}
