/// The verdict on one run, with what proves it.
package struct Judgement: Hashable, Sendable {
  /// The verdict.
  package var verdict: Verdict
  /// How the stop was caught, if it landed.
  package var caught: FiniStrategy?
  /// The events that prove the verdict, in order.
  package var evidence: [Evidence]
  /// What came in place of the awaited stop, if something did; a stop that landed all the same
  /// may have one.
  package var intervention: Intervention?
  /// What else is worth knowing, in the order of the events.
  package var findings: [Finding]
  /// The verdict and its proof in one line, without a full stop.
  package var summary: String

  package init(
    verdict: Verdict, caught: FiniStrategy? = nil, evidence: [Evidence] = [],
    intervention: Intervention? = nil, findings: [Finding] = [], summary: String = ""
  ) {
    self.verdict = verdict
    self.caught = caught
    self.evidence = evidence
    self.intervention = intervention
    self.findings = findings
    self.summary = summary
  }

  /// Whether the stop landed: `nil` if the recording cannot tell.
  package var landed: Bool? { verdict.landed }

  /// Whether something was left in the task or could not be put back.
  package var leftTraces: Bool { findings.contains { $0.kind.isFailure } }
}

extension Verdict {
  /// Whether the stop landed: `nil` if the recording cannot tell.
  package var landed: Bool? {
    switch self {
    case .landed: true
    case .intervened, .missed, .lost: false
    case .unfinished, .undetermined, .neverReached: nil
    }
  }
}

/// One event that proves something.
package struct Evidence: Hashable, Sendable {
  /// The event.
  package var event: UInt32
  /// What it proves, in a few words.
  package var reason: String

  package init(event: UInt32, reason: String) {
    self.event = event
    self.reason = reason
  }
}

/// The first stop that came where another one was awaited.
package struct Intervention: Hashable, Sendable {
  /// The stop.
  package var stop: UInt32
  /// Its class.
  package var stopClass: StopClass
  /// The signal that it announced, if it did.
  package var signal: Signal?
  /// A siginfo of that signal, if one was seen.
  package var info: SignalInfo?
  /// The event that first showed the signal pending, before the stop.
  package var pendingSince: UInt32?

  package init(
    stop: UInt32, stopClass: StopClass, signal: Signal? = nil, info: SignalInfo? = nil,
    pendingSince: UInt32? = nil
  ) {
    self.stop = stop
    self.stopClass = stopClass
    self.signal = signal
    self.info = info
    self.pendingSince = pendingSince
  }
}

/// Something worth knowing beside the verdict.
package struct Finding: Hashable, Sendable {
  /// What kind of thing.
  package var kind: Cause
  /// The event that shows it.
  package var event: UInt32
  /// The thing in a sentence, without a full stop.
  package var sentence: String

  package init(kind: Cause, event: UInt32, sentence: String) {
    self.kind = kind
    self.event = event
    self.sentence = sentence
  }
}
