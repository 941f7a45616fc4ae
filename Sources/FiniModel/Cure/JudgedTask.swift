/// What the events of one task prove and cost: all that is kept of the task once it is judged.
package struct JudgedTask: Hashable, Sendable {
  /// The verdict, with its evidence.
  package var judgement: Judgement
  /// What was done to the task, counted.
  package var costs: Costs
  /// The phases, in order.
  package var phases: [PhaseSpan]
  /// The task's signals, in order of their first appearance.
  package var signals: [SignalHistory]
  /// When each event of the evidence began.
  package var moments: [UInt32: Instant]
  /// The first and the last of the events that were read; `nil` without any.
  package var events: ClosedRange<UInt32>?
  /// Where the parasite's code was mapped, if that was seen.
  package var blob: RemoteRange?
  /// Whether the tracer was seen to let go of the task; `nil` where that is not stored.
  package var isLetGo: Bool?

  package init(
    judgement: Judgement, costs: Costs = Costs(), phases: [PhaseSpan] = [],
    signals: [SignalHistory] = [], moments: [UInt32: Instant] = [:],
    events: ClosedRange<UInt32>? = nil, blob: RemoteRange? = nil, isLetGo: Bool? = nil
  ) {
    self.judgement = judgement
    self.costs = costs
    self.phases = phases
    self.signals = signals
    self.moments = moments
    self.events = events
    self.blob = blob
    self.isLetGo = isLetGo
  }

  /// The phase in which an event lies: a phase goes on until the next begins. `nil` before the first.
  package func phase(of sequence: UInt32) -> Phase? { phases.phase(of: sequence) }
}
