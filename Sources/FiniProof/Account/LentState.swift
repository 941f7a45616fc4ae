internal import FiniModel

/// The floating-point or extended state that a task had, and whether its tracer put it back, by digests.
struct LentState: Hashable, Sendable {
  private struct Known: Hashable {
    var digest: UInt64
    var event: UInt32
  }
  /// What the task had when it last ran on its own.
  private var own: Known?
  /// The write of another one.
  private var written: UInt32?
  private var isSure = true
  /// Events were lost: what was read after them may be what its tracer lent it.
  private var hasLost = false

  /// What is not put back.
  var remnant: Remnant? {
    guard let own, let written else { return nil }
    return Remnant(
      what: .extendedState(ownEvent: own.event), event: written, isSure: isSure && !hasLost)
  }

  mutating func read(_ digest: UInt64, at sequence: UInt32) {
    if written == nil, own == nil { own = Known(digest: digest, event: sequence) }
  }

  mutating func write(_ digest: UInt64, at sequence: UInt32) {
    guard let own else { return }
    written = digest == own.digest ? nil : sequence
    if written == nil { isSure = true }
  }

  /// The task was let run: with what it has it goes on, unless it runs code of the tracer's.
  mutating func run(isLent: Bool) {
    if isLent { return }
    own = nil
    written = nil
  }

  /// Events were lost.
  mutating func doubt() {
    hasLost = true
    if written == nil { own = nil } else { isSure = false }
  }
}
