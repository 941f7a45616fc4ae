package import FiniModel
package import FiniTimeline

/// Events as NDJSON: one object a line; the grammar is in schema/event.md.
package struct EventJSON: Sendable {
  private let run: Int64
  private let texts: [UInt32: String]

  /// Makes an encoder for the events of one run.
  ///
  /// - Parameter texts: the texts of events that are lines of a log.
  package init(run: Int64, texts: [UInt32: String] = [:]) {
    self.run = run
    self.texts = texts
  }

  /// Writes one event and a line's end.
  ///
  /// - Parameter phase: the phase that the event lies in, as the timeline found it.
  package func write(_ event: Event, phase: Phase?, to sink: inout some TextOutputStream) {
    sink.write(object(for: event, phase: phase).text + "\n")
  }

  /// Writes the events of a timeline.
  ///
  /// - Parameter events: which events, in order; all of them if left out.
  package func write(
    _ timeline: Timeline, events: [Event]? = nil, to sink: inout some TextOutputStream
  ) {
    for event in events ?? timeline.events {
      write(event, phase: timeline.phase(of: event.sequence), to: &sink)
    }
  }

  private func object(for event: Event, phase: Phase?) -> JSONObject {
    var object = JSONObject()
    object.put("run", run)
    object.put("event", event.sequence)
    object.put("source", event.source.name)
    object.put("kind", event.kind.name)
    object.put("phase", phase?.name)
    // A line without a time of its own has none here.
    object.put("entered_ns", event.hasOwnTime ? event.entered.rawValue : nil)
    object.put("left_ns", event.hasOwnTime ? event.left.rawValue : nil)
    object.put("tracer", event.tracer.rawValue)
    object.put("tracee", event.tracee.rawValue)
    PayloadJSON.put(event.payload, into: &object)
    object.put("text", texts[event.sequence])
    return object
  }
}
