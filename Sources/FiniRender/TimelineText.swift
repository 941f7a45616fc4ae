package import FiniModel
package import FiniTimeline

/// A timeline as text for a person.
///
/// A `*` after an event's number says that the event is evidence for the verdict. A `!` says that
/// it failed or intervened.
package struct TimelineText: Sendable {
  private let timeline: Timeline
  private let header: RunHeader
  private let style: TextStyle

  package init(_ timeline: Timeline, header: RunHeader, style: TextStyle = TextStyle()) {
    self.timeline = timeline
    self.header = header
    self.style = style
  }

  /// Writes header, rows and verdict.
  ///
  /// - Parameter events: which events to show, in order; all of them if left out.
  package func write(to sink: inout some TextOutputStream, events: [Event]? = nil) {
    writeHeader(to: &sink)
    writeRows(events ?? timeline.events, to: &sink)
    writeFooter(to: &sink)
  }

  /// Writes what the run is, its outcome and its costs, then the names of the columns.
  package func writeHeader(to sink: inout some TextOutputStream) {
    let costs = timeline.costs
    var pieces = [
      "run \(header.number)", "\(header.pid) \(Escaped(header.comm))", header.strategyWords,
      VerdictWords.text(timeline.judgement),
    ]
    if let frozen = costs.frozen {
      pieces.append("frozen \(Duration.milliseconds(frozen, decimals: 2)) ms")
    }
    pieces.append(
      "\(Counted.text(costs.calls, "call")), \(Counted.text(costs.stops, "stop"))")
    if costs.signals > 0 { pieces.append(Counted.text(costs.signals, "signal")) }
    for line in Columns.wrap(pieces, width: style.width, separator: "   ") {
      sink.write(style.paint(line, .strong) + "\n")
    }
    for line in Columns.wrap([header.unseenWords].compactMap { $0 }, width: style.width) {
      sink.write(line + "\n")
    }
    let layout = TimelineLayout(timeline, style: style)
    sink.write(style.paint(layout.columnNames(timeline), .quiet) + "\n")
  }

  /// Writes rows, with a rule where a phase begins.
  package func writeRows(_ events: [Event], to sink: inout some TextOutputStream) {
    let layout = TimelineLayout(timeline, style: style)
    var phase: Phase?
    for row in TimelineRows(timeline: timeline, style: style).rows(for: events) {
      if let next = timeline.phase(of: row.event), next != phase {
        phase = next
        sink.write(style.paint(rule(for: next, at: row.event), .quiet) + "\n")
      }
      for line in layout.lines(for: row) { sink.write(line + "\n") }
    }
  }

  /// Writes the verdict as a sentence, and the other findings.
  package func writeFooter(to sink: inout some TextOutputStream) {
    sink.write(String(repeating: style.rule, count: style.width) + "\n")
    for line in Columns.wrap([timeline.judgement.summary], width: style.width) {
      sink.write(style.paint(line, VerdictWords.ink(timeline.judgement.verdict)) + "\n")
    }
    for finding in timeline.judgement.findings { FindingText.write(finding, style, to: &sink) }
  }

  private func rule(for phase: Phase, at event: UInt32) -> String {
    let span = timeline.phases.last { $0.phase == phase && $0.first <= event }
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
