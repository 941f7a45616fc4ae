package import FiniImporters
internal import FiniModel
package import FiniStore

/// Turns logs of other tools into a run.
package struct Importing {
  /// What came of it.
  package struct Result {
    /// The run, judged.
    package var run: JudgedRun
    /// What became of the lines of each log.
    package var inputs: [InputSummary]
  }

  /// Reads logs into a new run, or into one that the file has.
  ///
  /// - Parameters:
  ///   - format: what wrote them; `nil` to find that out.
  ///   - demand: whether logs that have nothing in common are refused.
  ///   - run: the run that the file has.
  ///   - progress: is told how much is read, as a part of 1, where that is known.
  /// - Throws: `ImportError`, `StoreError`, or ``SessionError``.
  package static func run(
    _ files: [String], format: LineFormat?, demand: JoinDemand, into run: RunSelection?,
    in path: String, progress: (Double?) -> Void
  ) throws -> Result {
    guard let run else {
      return try Importing(files, format: format, demand: demand, recordingTo: path)
        .run(progress: progress)
    }
    return try ImportingInto(run, files, format: format, demand: demand, in: path)
      .run(progress: progress)
  }

  private let inputs: ImportRun
  private let book: RunBook

  /// Looks at the logs, and then opens the file.
  ///
  /// - Parameters:
  ///   - format: what wrote them; `nil` to find that out.
  ///   - demand: whether logs that have nothing in common are refused.
  /// - Throws: `ImportError`, or `StoreError`.
  package init(
    _ files: [String], format: LineFormat?, demand: JoinDemand = .common,
    recordingTo path: String
  ) throws {
    inputs = try ImportRun(files.map { LogFile($0) }, format: format, demand: demand)
    book = try RunBook(recordingTo: path)
  }

  /// Reads everything and puts it into the file.
  ///
  /// - Parameter progress: is told how much is read, as a part of 1, where that is known.
  /// - Throws: `ImportError`, `StoreError`, or ``SessionError/nothingToImport``.
  package func run(progress: (Double?) -> Void) throws -> Result {
    var writer: ImportWriter?
    var batch: [ImportWriter.Item] = []
    // What is judged and explained as it passes is the same that is read back from the file.
    var judging = ImportJudge(source: inputs.source)
    var last: Instant?
    var isMore = true
    while isMore {
      isMore = try inputs.step { event, text in
        batch.append(ImportWriter.Item(event: event, text: text))
        judging.observe(event, text: text?.text)
      }
      guard batch.count >= 4096 || !isMore else { continue }
      if writer == nil { writer = try open(batch) }
      last = batch.last?.event.left ?? last
      try writer?.add(batch)
      // The other thread has it now.
      batch = []
      batch.reserveCapacity(5120)
      progress(inputs.progress)
    }
    progress(nil)
    guard let writer else { throw SessionError.nothingToImport }
    let run = try book.end(
      import: writer, judging, last: last, inputs: inputs.summaries.map { ImportWriter.Input($0) })
    return Result(run: run, inputs: inputs.summaries)
  }

  private func open(_ batch: [ImportWriter.Item]) throws(StoreError) -> ImportWriter {
    let now = RunBook.Moment.now
    // The first tracee that is seized; which one it is about in the end is found when the run is judged.
    let tracee = batch.first { $0.event.kind.isRequest }?.event.tracee ?? TaskID(0)
    let tracer = batch.first { $0.event.isCall }?.event.tracer ?? TaskID(0)
    return try book.openImport(
      of: RunBook.Subject(
        source: inputs.source, tracer: TaskIdentity(task: tracer, startTicks: nil, name: ""),
        tracee: TaskIdentity(task: tracee, startTicks: nil, name: "")),
      at: RunBook.Moment(
        monotonic: batch.first?.event.entered ?? Instant(rawValue: 0),
        realtime: inputs.startedRealtime ?? now.realtime))
  }
}

extension ImportWriter.Input {
  /// What is stored of it.
  init(_ summary: InputSummary) {
    self.init(
      name: summary.name, format: summary.format.rawValue, lines: summary.lines,
      used: summary.used, passed: summary.passed, unparsed: summary.unparsed,
      offset: summary.offset, anchor: summary.anchor)
  }
}
