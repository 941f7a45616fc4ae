internal import FiniModel

/// What calls returned that a task made for its tracer, whatever they were: memory may begin there that is the tracer's,
/// as malloc(3) gives it. (CauseTests.)
struct CallResults: Hashable, Sendable {
  /// How many are kept.
  private static let most = 64
  /// How far memory that begins at a result may go.
  private static let reach: UInt64 = 1 << 20

  private var values: [UInt64] = []
  private var hasWritten = false
  private var hasRun = false

  /// Registers were written.
  mutating func write() {
    hasWritten = true
    hasRun = false
  }

  /// The task was let run.
  mutating func run() { hasRun = true }

  /// Registers were read, with this in `rax`.
  mutating func read(_ value: UInt64) {
    guard hasWritten, hasRun, values.last != value else { return }
    if values.count == CallResults.most { values.removeFirst() }
    values.append(value)
  }

  /// Whether an address lies where a result points to.
  func contains(_ address: RemoteAddress) -> Bool {
    values.contains { $0 != 0 && address.rawValue &- $0 < CallResults.reach }
  }
}
