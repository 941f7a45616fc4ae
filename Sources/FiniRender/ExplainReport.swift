internal import FiniModel
package import FiniTimeline

/// What went wrong in a run, as text or JSON.
package struct ExplainReport {
  private let explanation: Explanation
  private let header: RunHeader

  package init(_ explanation: Explanation, header: RunHeader) {
    self.explanation = explanation
    self.header = header
  }

  /// Writes the report as text: what happened, the evidence, the consequences, what to do.
  package func write(to output: inout some TextOutputStream, style: TextStyle) {
    Prose.sentence(explanation.headline, style, to: &output)
    if let part = explanation.ptracePart { Prose.sentence(part, style, to: &output) }
    if !explanation.diagnoses.isEmpty { output.write("\n") }
    writeDiagnoses(told: explanation.headline, to: &output, style: style)
    output.write("\n")
    Prose.line("fini: " + outcome(explanation.judgement), style, to: &output)
    let count = explanation.notUnderstood
    if count > 0 {
      Prose.line(
        "\(count) \(count == 1 ? "line was" : "lines were") not understood", style, to: &output)
    }
    if explanation.passedOver > 0 {
      Prose.line(
        "a very long run: \(explanation.passedOver) of its events were passed over, the middle of repeated steps",
        style, to: &output)
    }
    if let unseen = header.unseenWords { Prose.line(unseen, style, to: &output) }
    for finding in explanation.judgement.findings where finding.kind == .gap {
      Prose.line("event \(finding.event): \(finding.sentence)", style, to: &output)
    }
  }

  /// Writes the causes, with what proves them and what to do.
  ///
  /// - Parameter told: the sentence that stands above already.
  func writeDiagnoses(told: String, to output: inout some TextOutputStream, style: TextStyle) {
    for (index, diagnosis) in explanation.diagnoses.enumerated() {
      if index > 0 { output.write("\n") }
      if index > 0 || diagnosis.sentence != told {
        Prose.sentence(diagnosis.sentence, style, to: &output)
      }
      Prose.line("\(diagnosis.name): \(certainty(diagnosis))", style, indent: 2, to: &output)
      list("evidence", diagnosis.evidence, style, &output)
      list("follows from it", diagnosis.consequences, style, &output)
      list("errors after it", diagnosis.later, style, &output)
      steps("what to do", diagnosis.advice, style, &output)
      steps("what would tell more", diagnosis.collect, style, &output)
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
    Prose.line(title, style, indent: 2, to: &output)
    for item in evidence {
      let time =
        explanation.offset(of: item.event).map {
          " at \(Duration.milliseconds($0, decimals: 3)) ms"
        } ?? ""
      Prose.line(
        "event \(item.event)\(time): \(item.reason)", style, indent: 4, to: &output)
    }
  }

  private func steps(
    _ title: String, _ steps: [String], _ style: TextStyle, _ output: inout some TextOutputStream
  ) {
    guard !steps.isEmpty else { return }
    Prose.line(title, style, indent: 2, to: &output)
    for step in steps { Prose.line("- " + step, style, indent: 4, to: &output) }
  }

  /// Writes the report as one JSON object.
  package func writeJSON(to output: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("run", header.number)
    object.put("pid", explanation.subject?.rawValue)
    object.put("answer", explanation.answer.name)
    object.put("headline", explanation.headline)
    object.put("ptrace_part", explanation.ptracePart)
    object.put("verdict", explanation.judgement.verdict.name)
    object.put("summary", explanation.judgement.summary)
    object.put("unseen", header.unseen)
    if explanation.notUnderstood > 0 { object.put("not_understood", explanation.notUnderstood) }
    if explanation.passedOver > 0 { object.put("passed_over", explanation.passedOver) }
    if header.lost > 0 { object.put("lost", header.lost) }
    object.put("diagnoses", array: diagnoses)
    output.write(object.text + "\n")
  }

  /// The causes, as JSON.
  var diagnoses: [String] { explanation.diagnoses.map { object(for: $0).text } }

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
    if !diagnosis.later.isEmpty {
      object.put("later", array: diagnosis.later.map { self.object(for: $0).text })
    }
    object.put("advice", array: diagnosis.advice.map { JSONObject.quoted($0) })
    if !diagnosis.collect.isEmpty {
      object.put("collect", array: diagnosis.collect.map { JSONObject.quoted($0) })
    }
    return object
  }

  private func object(for evidence: Evidence) -> JSONObject {
    var object = JSONObject()
    object.put("event", evidence.event)
    object.put("reason", evidence.reason)
    return object
  }
}
