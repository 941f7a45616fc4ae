package import FiniModel
package import FiniTimeline

/// What came of watching another tracer, as one line of JSON; for a person it is told on the way.
package struct WatchedReport: Report {
  /// The command that was run.
  package struct Command: Sendable {
    /// The program and its arguments.
    package var words: [String]
    /// How it ended; `nil` if it was left running.
    package var end: WaitStatus?
    /// Whether its time was over.
    package var wasTimedOut: Bool
    /// Whether it traced what was to be watched.
    package var didTrace: Bool

    package init(words: [String], end: WaitStatus?, wasTimedOut: Bool, didTrace: Bool) {
      self.words = words
      self.end = end
      self.wasTimedOut = wasTimedOut
      self.didTrace = didTrace
    }
  }

  private let answer: Answer?
  private let file: String
  private let status: Int32
  /// Without one a tracer was waited for.
  package var command: Command?

  /// - Parameters:
  ///   - answer: what the run proves; `nil` if there is no run.
  ///   - status: the exit status of fini-trace.
  package init(_ answer: Answer?, file: String, status: Int32) {
    self.answer = answer
    self.file = file
    self.status = status
  }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {}

  package func writeJSON(to sink: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("file", file)
    if let answer {
      let (header, judgement) = (answer.header, answer.judged.judgement)
      object.put("run", header.number)
      object.put("pid", header.pid.rawValue)
      object.put("comm", header.comm)
      object.put("verdict", judgement.verdict.name)
      if let landed = judgement.landed {
        object.put("landed", landed)
      } else {
        object.putNull("landed")
      }
      object.put("summary", judgement.summary)
      object.put("unseen", header.unseen)
      object.put("events", header.eventCount)
      object.put("lost", header.lost)
      object.put("costs", object: CheckReport.object(for: answer.judged.costs))
    }
    object.put("command", object: command.map { WatchedReport.object(for: $0) })
    object.put("status", status)
    sink.write(object.text + "\n")
  }

  private static func object(for command: Command) -> JSONObject {
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
