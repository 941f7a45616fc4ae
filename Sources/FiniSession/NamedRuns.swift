internal import Glibc
package import FiniStore

/// What the words after a command that reads name: a recording, and runs of it.
///
/// `show failed.db 3` is what people type; `show 3 -o failed.db` is the same.
package struct NamedRuns: Equatable, Sendable {
  /// The recording, where a word or the option names one.
  package var file: String?
  /// The runs, in the order of their words.
  package var runs: [RunSelection]

  /// Why the words can't be understood.
  package enum Mistake: Error, Equatable, Sendable {
    /// It is no run, and there is no such file.
    case neither(String)
    /// Two recordings are named.
    case twoFiles(String, String)
    /// More runs are named than the command takes.
    case tooMany(RunSelection, limit: Int)
    /// A run is named, and more recordings than one.
    case runOfMany(RunSelection, files: Int)
  }

  /// Reads the words.
  ///
  /// A number and `last` are runs, also where a file is called so: `./3` names that. Any other word
  /// with a `/` or a `.` in it is a file, and so is one that a file is called by.
  ///
  /// - Parameters:
  ///   - option: the recording that `-o` or `-i` names.
  ///   - limit: how many runs the command takes.
  ///   - exists: whether there is a file of this name.
  package init(
    _ words: [String], option: String?, limit: Int, exists: (String) -> Bool = NamedRuns.exists
  ) throws(Mistake) {
    file = option
    runs = []
    for word in words {
      if let run = RunSelection(word) {
        guard runs.count < limit else { throw .tooMany(run, limit: limit) }
        runs.append(run)
      } else if NamedRuns.isFile(word, exists) {
        if let file { throw .twoFiles(file, word) }
        file = word
      } else {
        throw .neither(word)
      }
    }
  }

  /// The recording where none is named.
  package static var usual: String { Terminal.variable("FINI_TRACE_DB") ?? "fini-trace.db" }

  /// The recording that is meant.
  package var path: String { file ?? NamedRuns.usual }

  /// Opens the recording, and looks the runs up; the last one where none is named.
  package func open() throws(StoreError) -> (file: TraceFile, runs: [RunSummary]) {
    let file = try TraceFile.openForReading(path)
    var found: [RunSummary] = []
    for run in runs.isEmpty ? [.last] : runs { found.append(try file.run(run)) }
    return (file, found)
  }

  /// Whether a word can only be meant as a file.
  package static func isFile(
    _ word: String, _ exists: (String) -> Bool = NamedRuns.exists
  ) -> Bool {
    RunSelection(word) == nil && (word.contains("/") || word.contains(".") || exists(word))
  }

  /// Whether something is at this path.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}

extension NamedRuns.Mistake: CustomStringConvertible {
  /// The mistake in one line, with what would be right.
  package var description: String {
    switch self {
    case .neither(let word):
      "\"\(word)\" is no run (a number, or last), and there is no such file; "
        + "fini-trace list FILE shows the runs of a file"
    case .twoFiles(let first, let second):
      "both \(first) and \(second) are named as the recording; name one"
    case .tooMany(let run, let limit):
      limit == 0
        ? "no run is asked for, and \(run) is one" : "one run at a time; \(run) is one too many"
    case .runOfMany(let run, let files):
      "run \(run) is of one recording, and \(files) are named; leave out the run, or the others"
    }
  }
}
