/// The verdict on one run, with what proves it.
public struct Judgement: Hashable, Sendable {
  /// The verdict.
  public var verdict: Verdict
  /// How the stop was caught, if it landed.
  public var caught: FiniStrategy?
  /// The events that prove the verdict, in order.
  public var evidence: [Evidence]
  /// What came in place of the awaited stop, if something did; a stop that landed all the same
  /// may have one.
  public var intervention: Intervention?
  /// What else is worth knowing, in the order of the events.
  public var findings: [Finding]
  /// The verdict and its proof in one line, without a full stop.
  public var summary: String

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
  public var landed: Bool? { verdict.landed }

  /// Whether something was left behind in the task or could not be put back.
  public var leftTraces: Bool { findings.contains { $0.kind.isFailure } }
}

extension Verdict {
  /// Whether the stop landed: `nil` if the recording cannot tell.
  public var landed: Bool? {
    switch self {
    case .landed: true
    case .intervened, .missed, .lost: false
    case .unfinished, .undetermined, .neverReached: nil
    }
  }
}

/// One event that proves something.
public struct Evidence: Hashable, Sendable {
  /// The event.
  public var event: UInt32
  /// What it proves, in a few words.
  public var reason: String

  package init(event: UInt32, reason: String) {
    self.event = event
    self.reason = reason
  }
}

/// The first stop that came where another one was awaited.
public struct Intervention: Hashable, Sendable {
  /// The stop.
  public var stop: UInt32
  /// Its class.
  public var stopClass: StopClass
  /// The signal that it announced, if it did.
  public var signal: Signal?
  /// A siginfo of that signal, if one was seen.
  public var info: SignalInfo?
  /// The event that first showed the signal pending, before the stop.
  public var pendingSince: UInt32?

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
public struct Finding: Hashable, Sendable {
  /// What kind of thing.
  public var kind: Cause
  /// The event that shows it.
  public var event: UInt32
  /// The thing in a sentence, without a full stop.
  public var sentence: String

  package init(kind: Cause, event: UInt32, sentence: String) {
    self.kind = kind
    self.event = event
    self.sentence = sentence
  }
}
