package import FiniModel
package import FiniTimeline

/// A timeline as text for a person.
///
/// A `*` after an event's number says that the event is evidence for the verdict. A `!` says that
/// it failed or intervened.
///
/// It is written in the order of its parts: ``writeHeader(to:)``, ``writeRows(_:of:to:)`` for each passage,
/// ``writeFooter(to:)``.
package struct TimelineText {
  private let outline: RunOutline
  private let header: RunHeader
  private let style: TextStyle
  private let layout: TimelineLayout
  private var rows: TimelineRows
  private var phase: Phase?

  package init(_ outline: RunOutline, header: RunHeader, style: TextStyle = TextStyle()) {
    self.outline = outline
    self.header = header
    self.style = style
    layout = TimelineLayout(outline, style: style)
    rows = TimelineRows(outline, style: style)
  }

  /// Writes what the run is, its outcome and its costs, then the names of the columns.
  package func writeHeader(to sink: inout some TextOutputStream) {
    var pieces = [
      "run \(header.number)", "\(header.pid) \(Escaped(header.comm))", header.strategyWords,
    ]
    pieces += outline.isLive ? ["being recorded"] : outcome
    for line in Columns.wrap(pieces, width: style.width, separator: "   ") {
      sink.write(style.paint(line, .strong) + "\n")
    }
    for line in Columns.wrap([header.unseenWords].compactMap { $0 }, width: style.width) {
      sink.write(line + "\n")
    }
    sink.write(style.paint(layout.columnNames(outline), .quiet) + "\n")
  }

  private var outcome: [String] {
    let costs = outline.judged.costs
    var pieces = [VerdictWords.text(outline.judgement)]
    if let frozen = costs.frozen {
      pieces.append("frozen \(Duration.milliseconds(frozen, decimals: 2)) ms")
    }
    pieces.append(
      "\(Counted.text(costs.calls, "call")), \(Counted.text(costs.stops, "stop"))")
    if costs.signals > 0 { pieces.append(Counted.text(costs.signals, "signal")) }
    return pieces
  }

  /// Writes rows, with a rule where a phase begins.
  ///
  /// - Parameter events: which of the passage's, in order.
  package mutating func writeRows(
    _ events: [Event], of passage: Passage, to sink: inout some TextOutputStream
  ) {
    for row in rows.rows(for: events, of: passage) {
      if let next = passage.phase(of: row.event), next != phase {
        phase = next
        let span = passage.phases.last { $0.phase == next && $0.first <= row.event }
        // How long a phase is that goes on nobody knows.
        sink.write(style.paint(rule(for: next, outline.isLive ? nil : span), .quiet) + "\n")
      }
      for line in layout.lines(for: row) { sink.write(line + "\n") }
    }
  }

  /// Writes the verdict as a sentence, and the other findings.
  package func writeFooter(to sink: inout some TextOutputStream) {
    sink.write(String(repeating: style.rule, count: style.width) + "\n")
    for line in Columns.wrap([outline.judgement.summary], width: style.width) {
      sink.write(style.paint(line, VerdictWords.ink(outline.judgement.verdict)) + "\n")
    }
    for finding in outline.judgement.findings { FindingText.write(finding, style, to: &sink) }
  }

  private func rule(for phase: Phase, _ span: PhaseSpan?) -> String {
    let start = "\(style.rule)\(style.rule) \(phase.name) "
    guard let span else { return filled(start, "") }
    let end =
      " \(Counted.text(span.calls, "call")), \(Counted.text(span.stops, "stop")), "
      + "\(Duration.milliseconds(span.duration, decimals: 3)) ms"
    return filled(start, end)
  }

  private func filled(_ start: String, _ end: String) -> String {
    let count = max(2, style.width - start.count - end.count)
    return start + String(repeating: style.rule, count: count) + end
  }
}
