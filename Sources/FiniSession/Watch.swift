package import FiniModel
internal import FiniObservers
internal import Glibc

/// What both ways of watching another tracer have in common.
package struct WatchOptions {
  let task: TaskID?
  let path: String
  let timeout: Double?
  let observer: ObserverChoice
  let ringSize: UInt32?
  let readsAtEnd: Bool
  let keepsOutputForData: Bool

  /// Makes a watch from what was asked for.
  ///
  /// - Parameters:
  ///   - task: the process that is watched; without one, what the command traces.
  ///   - path: the file.
  ///   - timeout: how long at most, in seconds.
  ///   - observer: what watches.
  ///   - ringSize: bytes of the ring of the BPF program.
  ///   - readsAtEnd: whether the ring is read when all is over, for a test of what is lost.
  ///   - keepsOutputForData: whether what a command prints goes to standard error.
  package init(
    task: TaskID?, path: String, timeout: Double? = nil, observer: ObserverChoice = .auto,
    ringSize: UInt32? = nil, readsAtEnd: Bool = false, keepsOutputForData: Bool = false
  ) {
    self.task = task
    self.path = path
    self.timeout = timeout
    self.observer = observer
    self.ringSize = ringSize
    self.readsAtEnd = readsAtEnd
    self.keepsOutputForData = keepsOutputForData
  }

  /// How long a tracer that has let go of everything may take to come back, in nanoseconds.
  static let patience: UInt64 = 300_000_000
  /// How often it reads the ring, in ms; a ring that fills up wakes it earlier. A short dump is over by then, and on
  /// two processors each reading takes one of them from it.
  static let interval: Int32 = 50

  func loadBPF() throws(BPFRefusal) -> BPFObserver {
    try BPFObserver(subject: task, ringSize: ringSize ?? BPFObserver.defaultRingSize)
  }

  /// A reader that waits for a processor lets the ring run over, so it has a higher priority, for moments.
  /// The command, which was forked before, does not; without the right to do this it is left as it is.
  static func hurry() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10) }
}

/// What watches a command.
package enum ObserverChoice: String, CaseIterable, Sendable {
  /// BPF, or where that is refused ptrace.
  case auto
  case bpf
  case ptrace
}

/// Why a watch without a command ended.
package enum WatchEnd: Hashable, Sendable {
  /// The tracer left.
  case left
  /// Ctrl-C.
  case interrupted
  /// The time was over.
  case timedOut
  /// The process ended.
  case ended(TaskID)

  /// The reason in words; `nil` for a tracer that left.
  package var words: String? {
    switch self {
    case .left: nil
    case .interrupted: "interrupted"
    case .timedOut: "timed out"
    case .ended(let task): "\(task) has ended"
    }
  }
}
