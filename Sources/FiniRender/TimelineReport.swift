package import FiniTimeline

/// A timeline, or the events that a filter selects.
package struct TimelineReport: Report {
  private let timeline: Timeline
  private let header: RunHeader
  private let filter: TimelineFilter
  private let showsEveryEvent: Bool
  private let texts: [UInt32: String]
  private let isFirst: Bool

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - showsEveryEvent: whether each event has its own line.
  ///   - texts: the texts of events that are lines of a log.
  ///   - isFirst: whether no other timeline is above it; a person sees a blank line between them.
  package init(
    _ timeline: Timeline, header: RunHeader, filter: TimelineFilter,
    showsEveryEvent: Bool, texts: [UInt32: String] = [:], isFirst: Bool = true
  ) {
    self.timeline = timeline
    self.header = header
    self.filter = filter
    self.showsEveryEvent = showsEveryEvent
    self.texts = texts
    self.isFirst = isFirst
  }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    var style = style
    style.showsEveryEvent = showsEveryEvent
    if !isFirst { sink.write("\n") }
    TimelineText(timeline, header: header, style: style)
      .write(to: &sink, events: filter.events(of: timeline))
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    EventJSON(run: header.number, texts: texts)
      .write(timeline, events: filter.events(of: timeline), to: &sink)
  }
}
