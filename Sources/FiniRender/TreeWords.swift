internal import FiniModel
internal import FiniTimeline

/// Texts about a run of a tree that several reports use.
struct TreeWords {
  let tree: TreeReading
  let header: RunHeader

  /// `run 3   tree of 4711 worker   breakpoint`
  func head(_ more: [String], _ style: TextStyle, to sink: inout some TextOutputStream) {
    let pieces = [
      "run \(header.number)", "tree of \(header.pid) \(Escaped(header.comm))", strategies,
    ]
    for line in Columns.wrap(pieces + more, width: style.width, separator: "   ") {
      sink.write(style.paint(line, .strong) + "\n")
    }
  }

  /// The strategy. If not all tasks took the one asked for, with numbers.
  private var strategies: String {
    let taken = tree.strategies
    guard let asked = header.strategyAsked else { return "unknown strategy" }
    if taken.allSatisfy({ $0.strategy == asked }) { return asked.name }
    return taken.map { "\($0.count) by \($0.strategy.name)" }.joined(separator: ", ")
      + " (asked for \(asked.name))"
  }

  /// `frozen 0.41 ms (median), 2.10 ms at most (4722 worker)`, if anything was.
  var frozen: String? {
    guard let median = tree.medianFrozen, let slowest = tree.slowest,
      let most = slowest.costs.frozen
    else { return nil }
    return "frozen \(Duration.milliseconds(median, decimals: 2)) ms (median),"
      + " \(Duration.milliseconds(most, decimals: 2)) ms at most"
      + " (\(slowest.identity.task) \(Escaped(slowest.identity.name)))"
  }

  /// The answer for all tasks together.
  var answer: String {
    let asked = tree.tasks.count { $0.answer != .notAsked }
    let landed = tree.tasks.count { $0.answer == .yes }
    switch tree.landed {
    case true?: return "yes: \(asked == 1 ? "the task" : "all \(asked) tasks") LANDED"
    case false?: return "no: \(landed) of \(asked) tasks LANDED"
    case nil: return "unknown: \(landed) of \(asked) tasks LANDED"
    }
  }

  var ink: TextStyle.Ink {
    switch tree.landed {
    case true?: .good
    case false?: .bad
    case nil: .doubt
    }
  }

  /// One line for each task that went wrong.
  ///
  /// - Parameter limit: the largest number of lines; the rest is counted.
  func troubles(limit: Int, _ style: TextStyle, to sink: inout some TextOutputStream) {
    let troubled = tree.troubled
    for task in troubled.prefix(limit) {
      write("! ", text(for: task), task.answer == .no ? .bad : .doubt, style, to: &sink)
      for finding in task.judgement?.findings ?? [] where finding.kind.isFailure {
        write("  ! ", "\(finding.sentence) (\(finding.event))", .bad, style, to: &sink)
      }
    }
    if troubled.count > limit {
      write(
        "! ", "and \(troubled.count - limit) more; fini-trace check \(header.number) names them",
        .doubt, style, to: &sink)
    }
  }

  private func text(for task: TaskReading) -> String {
    let name = "\(task.identity.task) (\(task.identity.name))"
    let word = task.word
    let reason = task.reason.isEmpty ? task.judgement?.summary ?? "" : task.reason
    // A refusal begins with the task already.
    if reason.hasPrefix(name) { return Escaped("\(word): \(reason)").description }
    return Escaped("\(word): \(name)" + (reason.isEmpty ? "" : ": \(reason)")).description
  }

  private func write(
    _ mark: String, _ text: String, _ ink: TextStyle.Ink, _ style: TextStyle,
    to sink: inout some TextOutputStream
  ) {
    let lines = Columns.wrap([text], width: style.width - mark.count)
    for (index, line) in lines.enumerated() {
      let head = index == 0 ? mark : Columns.spaces(mark.count)
      sink.write(style.paint(head + line, ink) + "\n")
    }
  }
}
