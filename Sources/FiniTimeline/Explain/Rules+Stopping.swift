internal import FiniModel
internal import FiniProof

/// What becomes of the SIGSTOP by which a tracer takes hold of a task.
extension Rules {
  /// A task that was let go and stands still then, in state T.
  static func stopLeft(_ reading: CaseReading) -> [Diagnosis] {
    guard let source = reading.source, source != .engine else { return [] }
    return reading.tracer.ownStops.left.filter { !reading.isProbe($0.task) }.map { left in
      let task = left.task
      let advice = [
        "`kill -CONT \(task)` lets it go on, if its State in /proc/\(task)/status is T."
      ]
      switch left.how {
      case .owed(let sent):
        return Diagnosis(
          .stopLeft, of: task,
          "task \(task) was let go before the tracer's own SIGSTOP had come: it stops when it meets it, and stays stopped",
          evidence: [
            Evidence(event: sent, reason: "SIGSTOP sent by the tracer; no stop tells of it"),
            Evidence(event: left.detached, reason: "let go"),
          ],
          advice: advice + [
            "A tracer that attaches must give back what else it meets first, and wait until its SIGSTOP comes."
          ])
      case .givenBack(let times):
        return Diagnosis(
          .stopLeft, of: task,
          times.count > 2
            ? "the tracer gave its own SIGSTOP back to task \(task), met it again each time, and left it stopped"
            : "task \(task) was let go with the tracer's own SIGSTOP: it stays stopped",
          evidence: times.suffix(3).map { Evidence(event: $0, reason: "SIGSTOP given back") },
          advice: advice)
      }
    }
  }
}
