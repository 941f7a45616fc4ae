internal import FiniModel
public import FiniTimeline

/// The answer to "did the stop land?", with its evidence.
public struct CheckReport: Sendable {
  private let timeline: Timeline
  private let header: RunHeader

  /// Makes a report on one run.
  public init(_ timeline: Timeline, header: RunHeader) {
    self.timeline = timeline
    self.header = header
  }

  /// Writes the report for a person.
  public func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    let judgement = timeline.judgement
    let answer =
      switch judgement.landed {
      case true?: "yes"
      case false?: "no"
      case nil: "unknown"
      }
    let head = [
      "run \(header.number)", "\(header.pid) \(Escaped(header.comm))", header.strategyWords,
    ]
    for line in Columns.wrap(head, width: style.width, separator: "   ") {
      sink.write(style.paint(line, .strong) + "\n")
    }
    let verdict = "\(answer): \(VerdictWords.text(judgement))"
    sink.write(style.paint(verdict, VerdictWords.ink(judgement.verdict)) + "\n")
    for line in Columns.wrap([judgement.summary], width: style.width - 2) {
      sink.write("  \(line)\n")
    }
    for line in Columns.wrap([header.unseenWords].compactMap { $0 }, width: style.width - 2) {
      sink.write("  \(line)\n")
    }
    if !judgement.evidence.isEmpty {
      var table = TextTable(
        header: ["event", "at ms", "phase", "evidence"], alignments: [.right, .right])
      for evidence in judgement.evidence {
        let event = timeline.event(evidence.event)
        let offset = event.map { timeline.offset(of: $0) } ?? 0
        table.add([
          "\(evidence.event)", "+" + Duration.milliseconds(offset, decimals: 3),
          timeline.phase(of: evidence.event)?.name ?? "", evidence.reason,
        ])
      }
      sink.write("\n")
      table.write(to: &sink, style: style)
    }
    if !judgement.findings.isEmpty { sink.write("\n") }
    for finding in judgement.findings { FindingText.write(finding, style, to: &sink) }
  }

  /// Writes the report as one line of JSON; the grammar is in schema/event.md.
  public func writeJSON(to sink: inout some TextOutputStream) {
    let judgement = timeline.judgement
    var object = JSONObject()
    object.put("run", header.number)
    object.put("pid", header.pid.rawValue)
    object.put("comm", header.comm)
    object.put("verdict", judgement.verdict.name)
    if let landed = judgement.landed {
      object.put("landed", landed)
    } else {
      object.putNull("landed")
    }
    object.put("caught", judgement.caught.map { CheckReport.name($0) })
    object.put("summary", judgement.summary)
    object.put("unseen", header.unseen)
    object.put("evidence", array: judgement.evidence.map { CheckReport.text(for: $0) })
    object.put("intervention", object: judgement.intervention.map { CheckReport.object(for: $0) })
    object.put("findings", array: judgement.findings.map { CheckReport.text(for: $0) })
    object.put("costs", object: CheckReport.object(for: timeline.costs))
    sink.write(object.text + "\n")
  }
}
