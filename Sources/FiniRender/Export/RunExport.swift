package import FiniModel
package import FiniTimeline

/// All that is exported of a run of one task.
package struct RunExport {
  private let timeline: Timeline
  private let header: RunHeader
  private let answer: Answer
  private let explanation: Explanation
  private let texts: [UInt32: String]

  /// - Parameter texts: the texts of events that are lines of a log.
  package init(
    _ timeline: Timeline, header: RunHeader, answer: Answer, explanation: Explanation,
    texts: [UInt32: String]
  ) {
    self.timeline = timeline
    self.header = header
    self.answer = answer
    self.explanation = explanation
    self.texts = texts
  }

  /// Writes the run, piece by piece.
  ///
  /// - Parameter rows: the view `timeline` of the run, for the format that is a table.
  /// - Throws: ``FiniTimeline/NoFini`` for a picture of a run without fini, or what `rows` or `sink` throws.
  package func write(
    as format: ExportFormat, rows: () throws -> QueryResult,
    to sink: @escaping ([UInt8]) throws -> Void
  ) throws {
    var text = PieceByPiece(sink)
    switch format {
    case .html: page.write(to: &text)
    case .perfetto: try PerfettoTrace(timeline, header: header).write(to: sink)
    case .csv: CSVTable(try rows()).write(to: &text)
    case .ndjson: writeEvents(to: &text)
    case .svg:
      guard let picture = FiniPicture(timeline, header: header) else {
        throw NoFini(run: header.number)
      }
      picture.write(to: &text)
    }
    try text.end()
  }

  private func writeEvents(to sink: inout some TextOutputStream) {
    EventJSON(run: header.number, texts: texts).write(timeline, to: &sink)
  }

  private var page: HTMLPage {
    var events = ""
    RunList([header]).writeJSON(to: &events)
    writeEvents(to: &events)
    var check = ""
    CheckReport(answer).writeJSON(to: &check)
    var words = ""
    ExplainReport(explanation, header: header).writeJSON(to: &words)
    return HTMLPage(
      events: events, check: check, explanation: words,
      title: "run \(header.number): \(header.pid) \(header.comm)")
  }
}

/// Text that is handed on in pieces; what the sink throws is thrown in the end.
private struct PieceByPiece: TextOutputStream {
  private let sink: ([UInt8]) throws -> Void
  private var pending: [UInt8] = []
  private var failure: (any Error)?

  private static let size = 65_536

  init(_ sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

  mutating func write(_ string: String) {
    guard failure == nil else { return }
    pending += string.utf8
    if pending.count >= PieceByPiece.size { flush() }
  }

  private mutating func flush() {
    do { try sink(pending) } catch { failure = error }
    pending = []
  }

  mutating func end() throws {
    if failure == nil, !pending.isEmpty { flush() }
    if let failure { throw failure }
  }
}
