public import FiniModel

/// What is known of a task of a tree when its cure ends.
public struct CureEnd: Hashable, Sendable {
  /// What came of it.
  public var outcome: CureOutcome
  /// The last of its events; the one before its first if there is none.
  public var lastSequence: UInt32
  /// The strategy that was taken in the end.
  public var strategyTaken: FiniStrategy?
  /// How it ended, in a sentence.
  public var summary: String

  /// Makes a value.
  public init(
    outcome: CureOutcome, lastSequence: UInt32, strategyTaken: FiniStrategy? = nil,
    summary: String
  ) {
    self.outcome = outcome
    self.lastSequence = lastSequence
    self.strategyTaken = strategyTaken
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
  /// The verdict, if there was something to judge.
  public var verdict: Verdict?
  /// How long it was kept from its own work, in nanoseconds.
  public var frozen: Int64?

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
}
