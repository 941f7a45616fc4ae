package import FiniModel

/// What is known of a task of a tree when its cure ends.
package struct CureEnd: Hashable, Sendable {
  /// What came of it.
  package var outcome: CureOutcome
  /// The last of its events; the one before its first if there is none.
  package var lastSequence: UInt32
  /// The strategy that was taken in the end.
  package var strategyTaken: FiniStrategy?
  /// How it ended, in a sentence.
  package var summary: String

  package init(
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
package struct TaskCure: Hashable, Sendable {
  /// The task's number in the run.
  package var number: Int64
  /// Who it is; the name is unescaped.
  package var identity: TaskIdentity
  /// Where its events begin.
  package var firstSequence: UInt32
  /// What came of it; `nil` if the recorder vanished before the end of this cure.
  package var end: CureEnd?
  /// The verdict, if there was something to judge.
  package var verdict: Verdict?
  /// How long it was kept from its own work, in nanoseconds.
  package var frozen: Int64?

  package init(
    number: Int64, identity: TaskIdentity, firstSequence: UInt32, end: CureEnd? = nil
  ) {
    self.number = number
    self.identity = identity
    self.firstSequence = firstSequence
    self.end = end
  }

  /// Whether it may have events.
  package var wasTouched: Bool { end.map { $0.lastSequence >= firstSequence } ?? true }
}
