internal import FiniModel
package import FiniTimeline

/// What came of watching another tracer, as one line of JSON; for a person it is told on the way.
package struct WatchedReport: Report {
  private let watched: Watched
  private let file: String

  package init(_ watched: Watched, file: String) {
    self.watched = watched
    self.file = file
  }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {}

  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("file", file)
    if let answer = watched.answer {
      let (header, judgement) = (answer.header, answer.judged.judgement)
      object.put(header, judgement)
      object.put("summary", judgement.summary)
      object.put("unseen", header.unseen)
      object.put("events", header.eventCount)
      object.put("lost", header.lost)
      object.put("costs", object: CheckReport.object(for: answer.judged.costs))
    }
    object.put("command", object: watched.command.map { WatchedReport.object(for: $0) })
    object.put("status", watched.status)
    sink.write(object.text + "\n")
  }

  private static func object(for command: Watched.Command) -> JSONObject {
    var object = JSONObject()
    object.put("words", array: command.words.map { JSONObject.quoted($0) })
    switch command.end {
    case .exited(let code): object.put("exit_code", code)
    case .killed(let signal, _):
      object.put("signal", signal.rawValue)
      object.put("signal_name", signal.description)
    default: break
    }
    object.put("timed_out", command.wasTimedOut)
    object.put("traced", command.didTrace)
    return object
  }
}
