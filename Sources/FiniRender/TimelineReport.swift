package import FiniModel
package import FiniTimeline

/// A timeline as it is written, passage by passage: for a person, or as events for a program.
package struct TimelineReport {
  private let header: RunHeader
  private let asJSON: Bool
  private let isFirst: Bool
  private var text: TimelineText

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - isFirst: whether no other timeline is above it; a person sees a blank line between them.
  package init(
    _ outline: RunOutline, header: RunHeader, asJSON: Bool, style: TextStyle, isFirst: Bool = true
  ) {
    self.header = header
    self.asJSON = asJSON
    self.isFirst = isFirst
    text = TimelineText(outline, header: header, style: style)
  }

  /// Writes what comes before the events.
  package func begin(to sink: inout some TextOutputStream) {
    if asJSON { return }
    if !isFirst { sink.write("\n") }
    text.writeHeader(to: &sink)
  }

  /// Writes events of the next passage.
  ///
  /// - Parameter texts: the texts of events that are lines of a log.
  package mutating func add(
    _ events: [Event], of passage: Passage, texts: [UInt32: String] = [:],
    to sink: inout some TextOutputStream
  ) {
    guard asJSON else { return text.writeRows(events, of: passage, to: &sink) }
    let encoder = EventJSON(run: header.number, texts: texts)
    for event in events {
      encoder.write(event, phase: passage.phase(of: event.sequence), to: &sink)
    }
  }

  /// Writes what comes after the events.
  package func end(to sink: inout some TextOutputStream) {
    if !asJSON { text.writeFooter(to: &sink) }
  }
}
