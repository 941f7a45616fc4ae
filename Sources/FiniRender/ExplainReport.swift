internal import FiniModel
package import FiniTimeline

/// What went wrong in a run, as text or JSON.
package struct ExplainReport {
  private let explanation: Explanation
  private let header: RunHeader
  private let timeline: Timeline

  package init(_ explanation: Explanation, of timeline: Timeline, header: RunHeader) {
    self.explanation = explanation
    self.timeline = timeline
    self.header = header
  }

  /// Writes the report as text: what happened, the evidence, the consequences, what to do.
  package func write(to output: inout some TextOutputStream, style: TextStyle) {
    line(sentence(explanation.headline), style, &output)
    if let part = explanation.ptracePart { line(sentence(part), style, &output) }
    for (index, diagnosis) in explanation.diagnoses.enumerated() {
      output.write("\n")
      if index > 0 || diagnosis.sentence != explanation.headline {
        line(sentence(diagnosis.sentence), style, &output)
      }
      line("\(diagnosis.name): \(certainty(diagnosis))", style, &output, indent: 2)
      list("evidence", diagnosis.evidence, style, &output)
      list("follows from it", diagnosis.consequences, style, &output)
      if !diagnosis.advice.isEmpty {
        line("what to do", style, &output, indent: 2)
        for advice in diagnosis.advice { line("- " + advice, style, &output, indent: 4) }
      }
    }
    output.write("\n")
    line("fini: " + outcome(explanation.judgement), style, &output)
    if let unseen = header.unseenWords { line(unseen, style, &output) }
    for finding in explanation.judgement.findings where finding.kind == .gap {
      line("event \(finding.event): \(finding.sentence)", style, &output)
    }
  }

  /// The verdict and its reason. The reason mostly repeats the verdict's words.
  private func outcome(_ judgement: Judgement) -> String {
    let words = judgement.verdict.name.split(separator: "-").joined(separator: " ")
    return judgement.summary.hasPrefix(words)
      ? judgement.summary : "\(words): \(judgement.summary)"
  }

  private func certainty(_ diagnosis: Diagnosis) -> String {
    diagnosis.certainty == .yes ? "certain" : "possible, not proved"
  }

  private func list(
    _ title: String, _ evidence: [Evidence], _ style: TextStyle,
    _ output: inout some TextOutputStream
  ) {
    guard !evidence.isEmpty else { return }
    line(title, style, &output, indent: 2)
    for item in evidence {
      let place = timeline.event(item.event).flatMap {
        $0.hasOwnTime ? timeline.offset(of: $0) : nil
      }
      let time = place.map { " at \(Duration.milliseconds($0, decimals: 3)) ms" } ?? ""
      line("event \(item.event)\(time): \(item.reason)", style, &output, indent: 4)
    }
  }

  private func sentence(_ text: String) -> String {
    guard let first = text.first else { return text }
    return String(first).uppercased() + text.dropFirst() + "."
  }

  private func line(
    _ text: String, _ style: TextStyle, _ output: inout some TextOutputStream, indent: Int = 0
  ) {
    let blanks = String(repeating: " ", count: indent)
    let more = text.hasPrefix("- ") ? 2 : 0
    for (index, part) in Columns.wrap(
      [Escaped(text).description], width: style.width - indent - more
    ).enumerated() {
      output.write(blanks + (index > 0 ? String(repeating: " ", count: more) : "") + part + "\n")
    }
  }

  /// Writes the report as one JSON object.
  package func writeJSON(to output: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("run", header.number)
    object.put("pid", explanation.subject?.rawValue)
    object.put("answer", answer)
    object.put("headline", explanation.headline)
    object.put("ptrace_part", explanation.ptracePart)
    object.put("verdict", explanation.judgement.verdict.name)
    object.put("summary", explanation.judgement.summary)
    object.put("unseen", header.unseen)
    if header.lost > 0 { object.put("lost", header.lost) }
    object.put("diagnoses", array: explanation.diagnoses.map { self.object(for: $0).text })
    output.write(object.text + "\n")
  }

  private var answer: String {
    switch explanation.answer {
    case .nothingWrong: "nothing-wrong"
    case .somethingWrong: "something-wrong"
    case .unknown: "unknown"
    }
  }

  private func object(for diagnosis: Diagnosis) -> JSONObject {
    var object = JSONObject()
    object.put("cause", diagnosis.name)
    object.put("certainty", diagnosis.certainty.rawValue)
    if diagnosis.entry != nil { object.put("kind", diagnosis.cause.rawValue) }
    if diagnosis.isHarmless { object.put("note", true) }
    object.put("task", diagnosis.task?.rawValue)
    object.put("sentence", diagnosis.sentence)
    object.put("evidence", array: diagnosis.evidence.map { self.object(for: $0).text })
    object.put("consequences", array: diagnosis.consequences.map { self.object(for: $0).text })
    object.put("advice", array: diagnosis.advice.map { JSONObject.quoted($0) })
    return object
  }

  private func object(for evidence: Evidence) -> JSONObject {
    var object = JSONObject()
    object.put("event", evidence.event)
    object.put("reason", evidence.reason)
    return object
  }
}
