internal import FiniModel
package import FiniTimeline

/// A picture of fini as SVG, small enough for an issue: what the tracer called, when the task stood still, and the
/// signals, on one axis of time, from the first to the last phase of leaving.
package struct FiniPicture {
  private let timeline: Timeline
  private let header: RunHeader
  private let begin: Instant
  private let end: Instant
  private let events: [Event]

  // In pixels.
  private static let width = 800
  private static let left = 90
  private static let right = 50
  private static let top = 70
  private static let lane = 34
  private static let lanes = ["phase", "tracer", "task", "signals"]

  /// - Returns: `nil` if no event of the task is in a phase of leaving, so that there is nothing to draw.
  package init?(_ timeline: Timeline, header: RunHeader) {
    let leaving: Set<Phase> = [.fini, .sigreturn, .unmap, .detach]
    let spans = timeline.phases.filter { leaving.contains($0.phase) }
    guard let first = spans.first.flatMap({ timeline.event($0.first) }),
      let last = spans.last.flatMap({ timeline.event($0.last) })
    else { return nil }
    self.timeline = timeline
    self.header = header
    begin = first.entered
    end = last.left
    events = timeline.events.filter {
      $0.tracee == timeline.subject && $0.sequence >= first.sequence && $0.sequence <= last.sequence
    }
  }

  package func write(to sink: inout some TextOutputStream) {
    let height = FiniPicture.top + FiniPicture.lane * FiniPicture.lanes.count + 50
    sink.write(
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(FiniPicture.width)" height="\(height)" \
      viewBox="0 0 \(FiniPicture.width) \(height)" role="img" font-family="sans-serif" font-size="12">
      <title>\(XMLText(title))</title>
      <rect width="100%" height="100%" fill="#ffffff"/>

      """)
    text(title, x: 16, y: 26, size: 15, to: &sink)
    text(VerdictWords.text(timeline.judgement), x: 16, y: 48, to: &sink)
    for (number, name) in FiniPicture.lanes.enumerated() {
      text(name, x: 16, y: y(of: number) + 20, to: &sink)
    }
    for span in timeline.phases { draw(span, to: &sink) }
    for event in events { draw(event, to: &sink) }
    drawStops(to: &sink)
    drawAxis(at: height - 36, to: &sink)
    sink.write("</svg>\n")
  }

  private var title: String {
    "run \(header.number): \(header.pid)\(header.comm.isEmpty ? "" : " " + header.comm), \(header.strategyWords)"
  }

  private func draw(_ span: PhaseSpan, to sink: inout some TextOutputStream) {
    guard let first = timeline.event(span.first), let last = timeline.event(span.last),
      last.left >= begin, first.entered <= end
    else { return }
    let (from, to) = (x(of: first.entered), x(of: last.left))
    rectangle(lane: 0, from: from, to: to, "#dfe7f3", says: span.phase.name, to: &sink)
    if to - from > 7 * span.phase.name.count {
      text(span.phase.name, x: from + 4, y: y(of: 0) + 19, to: &sink)
    }
  }

  private func draw(_ event: Event, to sink: inout some TextOutputStream) {
    let from = x(of: event.entered)
    let isProof = timeline.judgement.evidence.contains { $0.event == event.sequence }
    let says = "\(event.sequence) \(event.kind.name)"
    switch event.payload {
    case .request, .wait:
      rectangle(
        lane: 1, from: from, to: x(of: event.left), isProof ? "#1b5e3a" : "#7a8799", says: says,
        to: &sink)
    case .signal:
      rectangle(lane: 3, from: from, to: from + 3, "#b3261e", says: says, to: &sink)
    default: break
    }
  }

  /// The task stands still from a stop to the return of the request that ends it.
  private func drawStops(to sink: inout some TextOutputStream) {
    var stopped: Event?
    for event in events {
      switch event.payload {
      case .stop: stopped = stopped ?? event
      case .request(let call) where call.error == nil && call.request.resumes:
        if let since = stopped { drawStop(from: since, until: event.left, to: &sink) }
        stopped = nil
      default: break
      }
    }
    if let since = stopped { drawStop(from: since, until: end, to: &sink) }
  }

  private func drawStop(
    from event: Event, until: Instant, to sink: inout some TextOutputStream
  ) {
    guard case .stop(let record) = event.payload else { return }
    let isHit = record.stopClass == .breakpoint
    rectangle(
      lane: 2, from: x(of: event.entered), to: x(of: until), isHit ? "#c77700" : "#4a6fa5",
      says: "\(event.sequence) stopped: \(record.stopClass.name)", to: &sink)
  }

  private func drawAxis(at y: Int, to sink: inout some TextOutputStream) {
    let steps = 4
    for step in 0...steps {
      let offset = (end - begin) * Int64(step) / Int64(steps)
      let x = x(of: Instant(rawValue: begin.rawValue &+ UInt64(offset)))
      sink.write(
        "<line x1=\"\(x)\" x2=\"\(x)\" y1=\"\(FiniPicture.top)\" y2=\"\(y)\" stroke=\"#c8cdd4\"/>\n"
      )
      text("\(Duration.milliseconds(offset, decimals: 3)) ms", x: x - 20, y: y + 18, to: &sink)
    }
  }

  private func rectangle(
    lane: Int, from: Int, to: Int, _ color: String, says: String,
    to sink: inout some TextOutputStream
  ) {
    sink.write(
      "<rect x=\"\(from)\" y=\"\(y(of: lane))\" width=\"\(max(2, to - from))\" height=\"\(FiniPicture.lane - 8)\" "
        + "fill=\"\(color)\"><title>\(XMLText(says))</title></rect>\n")
  }

  private func text(
    _ text: String, x: Int, y: Int, size: Int = 12, to sink: inout some TextOutputStream
  ) {
    sink.write(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" fill=\"#1c2530\">\(XMLText(text))</text>\n"
    )
  }

  private func y(of lane: Int) -> Int { FiniPicture.top + lane * FiniPicture.lane }

  private func x(of moment: Instant) -> Int {
    let room = Int64(FiniPicture.width - FiniPicture.left - FiniPicture.right)
    let span = max(1, end - begin)
    let offset = min(max(0, moment - begin), span)
    return FiniPicture.left + Int(Double(offset) / Double(span) * Double(room))
  }
}
