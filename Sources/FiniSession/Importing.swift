package import FiniImporters
internal import FiniModel
internal import FiniStore

/// Turns logs of other tools into a run.
package struct Importing {
  /// What came of it.
  package struct Result {
    /// The run, judged; `nil` if it has too many events for that.
    package var run: LoadedRun?
    /// What became of the lines of each log.
    package var inputs: [InputSummary]
  }

  /// How many events are judged at once; more of them are kept, and judged when a later command asks.
  private static let mostJudged = 500_000
  /// How many are kept in memory while they are read; more of them are read back to be judged.
  private static let mostKept = 300_000

  private let inputs: ImportRun
  private let book: RunBook

  /// Looks at the logs, and then opens the file.
  ///
  /// - Parameter format: what wrote them; `nil` to find that out.
  /// - Throws: `ImportError`, or `StoreError`.
  package init(_ files: [String], format: LineFormat?, recordingTo path: String) throws {
    inputs = try ImportRun(files, format: format)
    book = try RunBook(recordingTo: path)
  }

  /// Reads everything and puts it into the file.
  ///
  /// - Parameters:
  ///   - progress: is told how much is read, as a part of 1, where that is known.
  ///   - tell: takes what is to be said.
  /// - Throws: `ImportError`, `StoreError`, or ``SessionError/nothingToImport``.
  package func run(progress: (Double?) -> Void, tell: (Notice) -> Void) throws -> Result {
    var count = 0
    var writer: ImportWriter?
    var batch: [ImportWriter.Item] = []
    // What the run will be judged by: what is read back from the file is the same.
    var events: [Event] = []
    // Room that is not used is not taken.
    events.reserveCapacity(min(inputs.mostEvents ?? 0, Importing.mostKept))
    var last: Instant?
    var isMore = true
    while isMore {
      isMore = try inputs.step { event, text in
        batch.append(ImportWriter.Item(event: event, text: text))
        if count + batch.count <= Importing.mostKept { events.append(event) }
      }
      guard batch.count >= 4096 || !isMore else { continue }
      if writer == nil { writer = try open(batch) }
      last = batch.last?.event.left ?? last
      try writer?.add(batch)
      count += batch.count
      // The other thread has it now.
      batch = []
      batch.reserveCapacity(5120)
      if count > Importing.mostKept { events = [] }
      progress(inputs.progress)
    }
    progress(nil)
    guard let writer else { throw SessionError.nothingToImport }
    let imported: RunBook.Imported =
      count > Importing.mostJudged ? .tooMany : count > Importing.mostKept ? .inFile : .all(events)
    let run = try book.end(
      import: writer, imported, last: last, inputs: inputs.summaries.map { ImportWriter.Input($0) })
    if run == nil { tell(.notJudged(run: writer.run, events: count)) }
    return Result(run: run, inputs: inputs.summaries)
  }

  private func open(_ batch: [ImportWriter.Item]) throws(StoreError) -> ImportWriter {
    let now = RunBook.Moment.now
    // The first tracee that is seized; which one it is about in the end is found when the run is judged.
    let tracee = batch.first { $0.event.kind.isRequest }?.event.tracee ?? TaskID(0)
    let tracer = batch.first { $0.event.kind.isCall }?.event.tracer ?? TaskID(0)
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
  fileprivate init(_ summary: InputSummary) {
    self.init(
      name: summary.name, format: summary.format.rawValue, lines: summary.lines,
      used: summary.used, passed: summary.passed, unparsed: summary.unparsed,
      offset: summary.offset, anchor: summary.anchor)
  }
}
