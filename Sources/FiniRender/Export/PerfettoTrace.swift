internal import FiniModel
package import FiniTimeline

/// A run as a trace for Perfetto: https://perfetto.dev/docs/reference/synthetic-track-event.
///
/// A track holds the tracer's calls, one for each task that traces; another one for each traced task says when it
/// was stopped, and by what; a third counts the signals that wait for the subject. Arrows lead from a request that
/// lets a task run to the stop that ended that. Times are those of `CLOCK_MONOTONIC`.
package struct PerfettoTrace {
  private let timeline: Timeline
  private let header: RunHeader
  private let rows: [UInt32: TimelineRow]
  private let causes: [UInt32: UInt32]
  private let resumes: Set<UInt32>

  package init(_ timeline: Timeline, header: RunHeader) {
    self.timeline = timeline
    self.header = header
    let style = TextStyle(showsEveryEvent: true)
    var maker = TimelineRows(timeline.outline, style: style)
    let made = maker.rows(for: timeline.events, of: timeline.passage)
    rows = Dictionary(made.map { ($0.event, $0) }) { first, _ in first }
    var causes: [UInt32: UInt32] = [:]
    for pair in timeline.stops { causes[pair.stop] = pair.cause }
    self.causes = causes
    resumes = Set(causes.values)
  }

  /// Writes the trace; each piece is whole packets.
  package func write(to sink: ([UInt8]) throws -> Void) rethrows {
    var tracks = Tracks(header)
    var open: [TaskID: UInt64] = [:]
    try sink(Packet.clocks(at: timeline.events.first?.entered.rawValue ?? 0))
    for event in timeline.events {
      try sink(tracks.describe(event))
      try sink(packets(for: event, in: tracks, open: &open))
    }
    // What is still stopped at the end of the run was not seen to go on.
    let end = timeline.events.last?.left.rawValue ?? 0
    for track in open.values.sorted() { try sink(TrackEvent.end(on: track, at: end).packet) }
  }

  private func packets(
    for event: Event, in tracks: Tracks, open: inout [TaskID: UInt64]
  ) -> [UInt8] {
    let tracer = tracks.track(of: event.tracer, as: .tracer)
    let tracee = tracks.track(of: event.tracee, as: .tracee)
    let at = event.entered.rawValue
    switch event.payload {
    case .request(let call):
      var bytes = slice(of: event, named: call.request.description, on: tracer)
      if call.error == nil, call.request.resumes, let track = open.removeValue(forKey: event.tracee)
      {
        bytes += TrackEvent.end(on: track, at: event.left.rawValue).packet
      }
      return bytes
    case .wait: return slice(of: event, named: "wait", on: tracer)
    case .stop(let record):
      var bytes: [UInt8] = []
      if let track = open[event.tracee] { bytes += TrackEvent.end(on: track, at: at).packet }
      var begin = TrackEvent(.begin, on: tracee, at: at, named: record.stopClass.name)
      begin.ends = causes[event.sequence].map { [UInt64($0)] } ?? []
      begin.notes = notes(of: event)
      bytes += begin.packet
      open[event.tracee] = tracee
      if event.tracee == timeline.subject, let sets = record.sets {
        let waiting =
          sets.pending.rawValue.nonzeroBitCount + sets.sharedPending.rawValue.nonzeroBitCount
        bytes += TrackEvent.count(waiting, on: Tracks.pending, at: at).packet
      }
      return bytes
    case .ended:
      var bytes: [UInt8] = []
      if let track = open.removeValue(forKey: event.tracee) {
        bytes += TrackEvent.end(on: track, at: at).packet
      }
      return bytes + mark(event, on: tracee)
    case .signal, .sigreturn, .snapshot: return mark(event, on: tracee)
    case .phase: return []
    default: return mark(event, on: tracer)
    }
  }

  /// A call as a bar; one without a duration, as in a log that tells none, as a mark.
  private func slice(of event: Event, named name: String, on track: UInt64) -> [UInt8] {
    guard event.left > event.entered else { return mark(event, on: track, named: name) }
    var begin = TrackEvent(.begin, on: track, at: event.entered.rawValue, named: name)
    begin.notes = notes(of: event)
    if resumes.contains(event.sequence) { begin.begins = [UInt64(event.sequence)] }
    return begin.packet + TrackEvent.end(on: track, at: event.left.rawValue).packet
  }

  private func mark(_ event: Event, on track: UInt64, named name: String? = nil) -> [UInt8] {
    var mark = TrackEvent(
      .instant, on: track, at: event.entered.rawValue, named: name ?? event.kind.name)
    mark.notes = notes(of: event)
    if resumes.contains(event.sequence) { mark.begins = [UInt64(event.sequence)] }
    return mark.packet
  }

  private func notes(of event: Event) -> [TrackEvent.Note] {
    var notes: [TrackEvent.Note] = [.init(name: "event", value: "\(event.sequence)")]
    if let phase = timeline.phase(of: event.sequence) {
      notes.append(.init(name: "phase", value: phase.name))
    }
    guard let row = rows[event.sequence] else { return notes }
    if row.isProof { notes.append(.init(name: "evidence", value: "of the verdict")) }
    for text in [row.tracer] + row.tracee + row.signals where !text.isEmpty {
      notes.append(.init(name: "says", value: text))
    }
    return notes
  }
}
