package import FiniModel
package import FiniStore
internal import Glibc

/// Copies runs of many recordings into one.
package struct Merge {
  private let inputs: [(path: String, file: TraceFile)]
  private let target: String

  /// Opens what is copied from: nothing is made where one of them is no recording.
  ///
  /// - Throws: ``SessionError/mergedIntoItself(_:)``, or a ``StoreError``.
  package init(_ paths: [String], into target: String) throws {
    for path in paths where Merge.isSame(path, target) {
      throw SessionError.mergedIntoItself(path)
    }
    self.target = target
    inputs = try paths.map { ($0, try TraceFile.openUntouched($0)) }
  }

  /// Copies them.
  ///
  /// - Returns: what became of each run, in the order of the files and their runs.
  /// - Throws: a ``StoreError``; what was copied before stays.
  package func run() throws(StoreError) -> [MergedRun] {
    let file = try TraceFile.openForRecording(target)
    // A run of the time before runs had names: its copy in another file has the same.
    for run in try file.runs() where run.state != .recording {
      if try file.origin(of: run.number) == nil {
        try file.keep(RunOrigin(derivedFrom: run), of: run.number)
      }
    }
    var lines: [MergedRun] = []
    for input in inputs {
      for run in try input.file.runs() {
        let origin = try input.file.origin(of: run.number) ?? RunOrigin(derivedFrom: run)
        var line = MergedRun(
          file: input.path, run: run.number, uuid: origin.uuid, fate: .leftOut)
        // By its name it would never be copied again, whatever comes to it.
        if run.state != .recording {
          line.fate = try file.merge(run.number, of: input.file, as: origin)
        }
        lines.append(line)
      }
    }
    return lines
  }

  /// Whether two paths lead to one file.
  private static func isSame(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    guard unsafe stat(first, &one) == 0, unsafe stat(second, &other) == 0 else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }
}
