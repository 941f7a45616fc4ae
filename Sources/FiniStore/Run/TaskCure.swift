public import FiniModel

/// What is known of a task of a tree when its cure ends.
public struct CureEnd: Hashable, Sendable {
  /// What came of it.
  public var outcome: CureOutcome
  /// The last of its events; the one before its first if there is none.
  public var lastSequence: UInt32
  /// The strategy that was taken in the end.
  public var strategyTaken: FiniStrategy?
  /// The verdict, if there was something to judge.
  public var verdict: Verdict?
  /// The sequences of the events that prove it.
  public var evidence: [UInt32]
  /// How long it was kept from its own work, in nanoseconds.
  public var frozen: Int64?
  /// How it ended, in a sentence.
  public var summary: String

  /// Makes a value.
  public init(
    outcome: CureOutcome, lastSequence: UInt32, strategyTaken: FiniStrategy? = nil,
    verdict: Verdict? = nil, evidence: [UInt32] = [], frozen: Int64? = nil, summary: String
  ) {
    self.outcome = outcome
    self.lastSequence = lastSequence
    self.strategyTaken = strategyTaken
    self.verdict = verdict
    self.evidence = evidence
    self.frozen = frozen
    self.summary = summary
  }
}

/// One task of a run of a tree.
public struct TaskCure: Hashable, Sendable {
  /// The task's number in the run.
  public var number: Int64
  /// Who it is; the name is unescaped.
  public var identity: TaskIdentity
  /// Where its events begin.
  public var firstSequence: UInt32
  /// What came of it; `nil` if the recorder vanished before the end of this cure.
  public var end: CureEnd?

  /// Makes a value.
  public init(
    number: Int64, identity: TaskIdentity, firstSequence: UInt32, end: CureEnd? = nil
  ) {
    self.number = number
    self.identity = identity
    self.firstSequence = firstSequence
    self.end = end
  }

  /// Whether it may have events.
  public var wasTouched: Bool { end.map { $0.lastSequence >= firstSequence } ?? true }

  /// A JSON array of numbers.
  static func list(_ numbers: [UInt32]) -> String {
    "[" + numbers.map { "\($0)" }.joined(separator: ",") + "]"
  }

  /// Reads what ``list(_:)`` wrote, and takes anything else for what it may hold.
  static func numbers(_ list: String) -> [UInt32] {
    list.split { !$0.isNumber }.compactMap { UInt32($0) }
  }
}
