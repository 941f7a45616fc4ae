package import FiniImporters
internal import FiniModel
package import FiniStore

/// Puts logs of other tools into a run that a file has.
package struct ImportingInto {
  private let book: RunBook
  private let run: RunSummary
  private let inputs: ImportRun

  /// Looks at the run and at the logs; nothing is changed.
  ///
  /// - Parameters:
  ///   - format: what wrote the logs; `nil` to find that out.
  ///   - demand: whether logs that have nothing in common with the run are refused.
  /// - Throws: `ImportError`, `StoreError`, or ``SessionError``.
  package init(
    _ selection: RunSelection, _ files: [String], format: LineFormat?, demand: JoinDemand,
    in path: String
  ) throws {
    run = try TraceFile.openForReading(path).run(selection)
    if run.source == .engine { throw SessionError.ownRun(run.number) }
    book = try RunBook(recordingTo: path)
    let now = try book.file.run(.number(run.number))
    if now.state == .recording { throw SessionError.runUnderWay(run.number) }
    let base = try LogJoining(file: book.file).base(of: run.number, by: run.source)
    inputs = try ImportRun(
      files.map { LogFile($0) }, format: format, onto: base, demand: demand)
    let known = try book.file.inputs(of: run.number)
    for log in inputs.surveyed {
      // Its lines are the same, whatever it is called now.
      if known.contains(where: { $0.isSame(as: log) }) {
        throw SessionError.alreadyInRun(log.summary.name, run: run.number)
      }
    }
  }

  /// Reads everything into the run, and judges that again.
  ///
  /// - Parameter progress: is told how much is read, as a part of 1, where that is known.
  /// - Throws: `ImportError`, or `StoreError`.
  package func run(progress: (Double?) -> Void) throws -> Importing.Result {
    let before = try LogJoining(file: book.file).join(
      inputs, into: run.number, progress: progress)
    progress(nil)
    let judged = try book.end(joined: run, before: before)
    return Importing.Result(run: judged, inputs: inputs.summaries)
  }
}

extension ImportWriter.Input {
  /// Whether it is a log that was read: with the same lines, or where none is kept with as many under the same name.
  fileprivate func isSame(as log: ImportRun.Surveyed) -> Bool {
    guard format == log.summary.format.rawValue, lines == log.summary.lines,
      unparsed == log.summary.unparsed
    else { return false }
    return log.isTold
      ?? (name.split(separator: "/").last == log.summary.name.split(separator: "/").last)
  }
}
