internal import FiniModel

extension Rules {
  /// What the audit of an observed tracer found in the task, where no rule above found the same.
  ///
  /// The kernel showed all of its requests, so what the audit says is certain.
  static func remnants(
    _ reading: CaseReading, besides found: [Diagnosis]
  ) -> [Diagnosis] {
    guard reading.events.first?.source == .bpf else { return [] }
    return reading.timeline.judgement.findings.compactMap { finding in
      guard let cause = cause(of: finding.kind),
        !found.contains(where: { $0.cause == cause && $0.certainty == .yes })
      else { return nil }
      return Diagnosis(
        cause, of: reading.task, finding.sentence,
        evidence: [Evidence(event: finding.event, reason: "where it shows")],
        advice: cause == .handlerLost
          ? [
            "A trap that the kernel forces on a task that blocks it takes the handler away: see"
              + " which mask the tracer set before it let the task run."
          ] : [])
    }
  }

  private static func cause(of kind: Finding.Kind) -> Cause? {
    switch kind {
    case .detachedArmed, .leftArmed: .detachedArmed
    case .memoryPatched: .textPatched
    case .blobLeft: .blobLeft
    case .signalLost: .signalSwallowed
    case .maskChanged: .maskChanged
    case .handlerLost: .handlerLost
    case .putBackFailed, .registersDiffer, .selfCured, .registersMended, .intervention, .fallback,
      .gap:
      nil
    }
  }
}
