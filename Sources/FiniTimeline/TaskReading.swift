package import FiniModel

/// One task of a tree, read and judged; its events are not kept.
package struct TaskReading: Sendable {
  /// The task.
  package var identity: TaskIdentity
  /// The name of its process; empty if unknown.
  package var processName: String
  /// What the recorder says came of it; `nil` if it vanished before the end of this cure.
  package var outcome: CureOutcome?
  /// Why, unless it was cured; names as processes chose them.
  package var reason: String
  /// The strategy taken, if it is known.
  package var strategyTaken: FiniStrategy?
  /// What its events prove; `nil` if there are none.
  package var judgement: Judgement?
  /// What its cure cost.
  package var costs = Costs()
  /// Its first and its last event, if it has any.
  package var events: ClosedRange<UInt32>?

  /// Reads a task.
  ///
  /// - Parameter judged: what the events of this task prove; `nil` if there are none.
  package init(
    identity: TaskIdentity, processName: String, outcome: CureOutcome?, reason: String,
    strategyTaken: FiniStrategy?, judged: JudgedTask?
  ) {
    self.identity = identity
    self.processName = processName
    self.outcome = outcome
    self.reason = reason
    self.strategyTaken = strategyTaken
    guard let judged else { return }
    events = judged.events
    judgement = judged.judgement
    costs = judged.costs
  }

  /// The process: the task itself, unless another leader is known.
  package var process: TaskID { identity.group ?? identity.task }

  /// An answer to "did the stop land, and is nothing left?".
  package enum Answer: Hashable, Sendable {
    /// It did.
    case yes
    /// It did not, or something was left.
    case no
    /// The recording cannot tell, or nothing was tried.
    case unknown
    /// The task ended by itself: there is nothing to ask.
    case notAsked
  }

  /// Whether the stop landed; it follows from the events, not from what the recorder said.
  package var answer: Answer {
    if outcome == .vanished { return .notAsked }
    if outcome == .failed { return .no }
    guard let judgement else { return .unknown }
    if judgement.leftTraces { return .no }
    switch judgement.landed {
    case true?: return .yes
    case false?: return .no
    case nil: return .unknown
    }
  }

  /// In one word: the verdict of a cure, or why there was none.
  package var word: String {
    switch outcome {
    case .cured: judgement?.verdict.name ?? "unknown"
    case .vanished, .refused, .letGo, .failed, .notVisited: outcome?.name ?? ""
    case nil: "unfinished"
    }
  }
}
