internal import FiniModel
package import FiniTimeline

/// The answer to "did the stop land?", with its evidence.
package struct CheckReport: Sendable {
  private let answer: Answer
  private var judged: JudgedTask { answer.judged }
  private var header: RunHeader { answer.header }
  private var others: [TraceeVerdict] { answer.others }

  /// Makes a report on one run, or one task of it.
  package init(_ answer: Answer) { self.answer = answer }

  /// Writes the report for a person.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    let judgement = judged.judgement
    let word =
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
    let verdict = "\(word): \(VerdictWords.text(judgement))"
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
        let offset = moment(of: evidence)
        table.add([
          "\(evidence.event)",
          (offset < 0 ? "" : "+") + Duration.milliseconds(offset, decimals: 3),
          judged.phase(of: evidence.event)?.name ?? "", evidence.reason,
        ])
      }
      sink.write("\n")
      table.write(to: &sink, style: style)
    }
    if !judgement.findings.isEmpty { sink.write("\n") }
    for finding in judgement.findings { FindingText.write(finding, style, to: &sink) }
    guard !others.isEmpty else { return }
    sink.write("\n")
    for line in Columns.wrap([othersSentence], width: style.width) { sink.write(line + "\n") }
  }

  /// When the event of an evidence began, in nanoseconds from the zero.
  private func moment(of evidence: Evidence) -> Int64 {
    guard let start = answer.start, let moment = judged.moments[evidence.event] else { return 0 }
    return moment - start
  }

  /// `3 other tasks reached fini: 2 landed, 4713 missed`.
  private var othersSentence: String {
    let landed = others.count { $0.verdict == .landed }
    let troubled = others.filter { $0.verdict != .landed }
    var pieces = [landed == others.count ? "landed" : "\(landed) landed"]
    pieces += troubled.prefix(8).map { "\($0.task) \($0.verdict.name)" }
    if troubled.count > 8 { pieces.append("and \(troubled.count - 8) more") }
    return "\(Counted.text(others.count, "other task")) reached fini: "
      + pieces.joined(separator: ", ")
  }

  /// Writes the report as one line of JSON; the grammar is in schema/event.md.
  package func writeJSON(to sink: inout some TextOutputStream) {
    let judgement = judged.judgement
    var object = JSONObject()
    object.put(header, judgement)
    object.put("caught", judgement.caught.map { CheckReport.name($0) })
    object.put("summary", judgement.summary)
    object.put("unseen", header.unseen)
    object.put("evidence", array: judgement.evidence.map { CheckReport.text(for: $0) })
    object.put("intervention", object: judgement.intervention.map { CheckReport.object(for: $0) })
    object.put("findings", array: judgement.findings.map { CheckReport.text(for: $0) })
    object.put("costs", object: CheckReport.object(for: judged.costs))
    if !others.isEmpty {
      object.put(
        "others",
        array: others.map { other in
          var object = JSONObject()
          object.put("pid", other.task.rawValue)
          object.put("verdict", other.verdict.name)
          return object.text
        })
    }
    sink.write(object.text + "\n")
  }
}

extension JSONObject {
  /// Which run it is, and what it was judged to be.
  mutating func put(_ header: RunHeader, _ judgement: Judgement) {
    put("run", header.number)
    put("pid", header.pid.rawValue)
    put("comm", header.comm)
    put("verdict", judgement.verdict.name)
    if let landed = judgement.landed { put("landed", landed) } else { putNull("landed") }
  }
}
