package import FiniModel

/// A signal on its way to a task, as an observer in the kernel sees it: the tracepoint signal_generate.
package struct GeneratedSignal: Hashable, Sendable {
  /// The task that it was sent to.
  package var target: TaskID
  /// The signal.
  package var info: SignalInfo
  /// Whether it was sent to the whole process.
  package var toProcess: Bool
  /// What became of it at once.
  package var outcome: Outcome
  /// Where the task was in user space, for a trap of its own.
  package var programCounter: RemoteAddress?

  package init(
    target: TaskID, info: SignalInfo, toProcess: Bool, outcome: Outcome,
    programCounter: RemoteAddress? = nil
  ) {
    self.target = target
    self.info = info
    self.toProcess = toProcess
    self.outcome = outcome
    self.programCounter = programCounter
  }

  /// Whether the kernel itself made it; a sender can't choose a code above zero.
  var isOfKernel: Bool { info.code.rawValue > 0 }

  /// What became of a generated signal; `enum` in trace/events/signal.h of the kernel.
  package enum Outcome: Hashable, Sendable {
    /// It is in the queue.
    case queued
    /// It is ignored.
    case ignored
    /// One like it was there already.
    case coalesced
    /// There was no memory for it, and it is lost.
    case overflowed
    /// There was no memory for its siginfo.
    case queuedWithoutInfo
    /// What this version has no word for.
    case unknown(Int64)

    /// Reads the tracepoint's word.
    package init(_ result: Int64) {
      switch result {
      case 0: self = .queued
      case 1: self = .ignored
      case 2: self = .coalesced
      case 3: self = .overflowed
      case 4: self = .queuedWithoutInfo
      default: self = .unknown(result)
      }
    }
  }
}
