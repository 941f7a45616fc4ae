/// Something that happened to a signal.
package struct SignalRecord: Hashable, Sendable {
  /// What happened; the numbers are part of the schema.
  package enum Fate: UInt8, CaseIterable, Hashable, Sendable {
    case generated = 1
    /// Found in a queue of the task; does not say when it came.
    case pending = 2
    case coalesced = 3
    case delivered = 4
    case discarded = 5
    /// Taken from the task by the tracer, to be put back.
    case held = 6
    /// Given back to the task by the tracer.
    case putBack = 7

    /// The name in files and reports.
    package var name: String {
      switch self {
      case .generated: "generated"
      case .pending: "pending"
      case .coalesced: "coalesced"
      case .delivered: "delivered"
      case .discarded: "discarded"
      case .held: "held"
      case .putBack: "put-back"
      }
    }
  }

  /// What happened.
  package var fate: Fate
  /// The signal, and who sent it as far as its siginfo says.
  package var info: SignalInfo
  /// Whether it was sent to the process rather than to the thread; `nil` if unknown.
  package var toProcess: Bool?

  package init(fate: Fate, info: SignalInfo, toProcess: Bool? = nil) {
    self.fate = fate
    self.info = info
    self.toProcess = toProcess
  }
}
