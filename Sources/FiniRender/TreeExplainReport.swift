internal import FiniModel
package import FiniTimeline

/// What went wrong in a run of a tree, as text or JSON.
package struct TreeExplainReport: Report {
  private let explanation: TreeExplanation
  private let header: RunHeader

  package init(_ explanation: TreeExplanation, header: RunHeader) {
    self.explanation = explanation
    self.header = header
  }

  /// Writes the answer, the tasks together, and each task that went wrong with what proves it.
  package func write(to output: inout some TextOutputStream, style: TextStyle) {
    Prose.sentence(explanation.headline, style, to: &output)
    Prose.line(explanation.tree.sentence, style, to: &output)
    let told = explanation.troubles.prefix(TreeExplanation.most)
    for trouble in told {
      // The headline has said it, and there is nothing to add.
      if trouble.told == nil, explanation.headline.contains(trouble.sentence) { continue }
      output.write("\n")
      Prose.sentence(trouble.sentence, style, to: &output)
      guard let its = trouble.told else { continue }
      ExplainReport(its, header: header)
        .writeDiagnoses(told: trouble.sentence, to: &output, style: style)
    }
    let more = explanation.troubles.count - told.count
    if more > 0 {
      output.write("\n")
      Prose.line(
        "and \(more) more tasks; fini-trace check \(header.number) names them", style, to: &output)
    }
    if let task = told.first(where: { $0.told != nil })?.task.identity.task {
      output.write("\n")
      Prose.line(
        "fini-trace show \(header.number) --task \(task) shows one task's timeline", style,
        to: &output)
    }
  }

  /// Writes the report as one JSON object.
  package func writeJSON(to output: inout some TextOutputStream) {
    var object = JSONObject()
    object.put("run", header.number)
    object.put("pid", header.pid.rawValue)
    object.put("answer", explanation.answer.name)
    object.put("headline", explanation.headline)
    object.put("verdict", explanation.tree.verdict.name)
    object.put("summary", explanation.tree.sentence)
    object.put(
      "tasks",
      array: explanation.troubles.map { trouble in
        var task = JSONObject()
        task.put("task", trouble.task.identity.task.rawValue)
        task.put("outcome", trouble.task.outcome?.name ?? "unfinished")
        task.put("sentence", trouble.sentence)
        if let its = trouble.told {
          task.put("diagnoses", array: ExplainReport(its, header: header).diagnoses)
        }
        return task.text
      })
    output.write(object.text + "\n")
  }
}
