internal import FiniModel

// Causes that only an observer in the kernel, or a look into /proc, can show.
extension Rules {
  static func handlerLost(_ reading: CaseReading) -> [Diagnosis] {
    reading.timeline.judgement.findings.filter { $0.kind == .handlerLost }.map { finding in
      Diagnosis(
        .handlerLost, of: reading.task, finding.sentence,
        evidence: [Evidence(event: finding.event, reason: "SigCgt in /proc after the tracer")],
        advice: [
          "A trap that the kernel forces on a task that blocks it takes the handler away: see which"
            + " mask the tracer set before it let the task run."
        ])
    }
  }
}
