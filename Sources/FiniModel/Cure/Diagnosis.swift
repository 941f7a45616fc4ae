/// One thing that went wrong in a run, with what proves it.
package struct Diagnosis: Hashable, Sendable {
  /// How sure a rule is: it says what it needs, and with less than that it is not sure.
  package enum Certainty: String, Hashable, Sendable {
    /// All that the rule needs was seen.
    case yes
    /// It fits, and something else would fit as well.
    case possible
  }

  /// What it is.
  package var cause: Cause
  /// The entry of the catalogue that the tracer's words are, where the cause is an error of its log.
  package var entry: String?
  /// How sure that is.
  package var certainty: Certainty
  /// The task that it happened to.
  package var task: TaskID?
  /// What happened, in a sentence, without a full stop.
  package var sentence: String
  /// The events that show it.
  package var evidence: [Evidence]
  /// Events that look like trouble and only follow from this.
  package var consequences: [Evidence]
  /// Errors of the tracer that came after this: whether they follow from it nothing tells.
  package var later: [Evidence] = []
  /// What to do, a sentence each.
  package var advice: [String]
  /// What to collect where that would tell more, a sentence each.
  package var collect: [String]
  /// Whether the run went well all the same.
  package var isHarmless: Bool

  package init(
    _ cause: Cause, _ certainty: Certainty = .yes, entry: String? = nil, of task: TaskID?,
    _ sentence: String,
    evidence: [Evidence] = [], consequences: [Evidence] = [], advice: [String] = [],
    collect: [String] = [], isHarmless: Bool = false
  ) {
    self.cause = cause
    self.entry = entry
    self.certainty = certainty
    self.task = task
    self.sentence = sentence
    self.evidence = evidence
    self.consequences = consequences
    self.advice = advice
    self.collect = collect
    self.isHarmless = isHarmless
  }

  /// The stable name of the cause, as docs/Causes.md lists it.
  package var name: String { entry ?? cause.rawValue }

  /// The first event that proves it.
  package var first: UInt32 { evidence.map(\.event).min() ?? .max }
}
