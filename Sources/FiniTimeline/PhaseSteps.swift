package import FiniModel

/// What was done in one phase, by kind of event.
package struct PhaseSteps: Sendable {
  /// The phase.
  package let phase: Phase
  /// How often each kind of event occurred.
  package private(set) var kinds: [EventKind: Int] = [:]
  /// How long the calls of each kind took together, in nanoseconds.
  package private(set) var times: [EventKind: Int64] = [:]

  init(of phase: Phase) { self.phase = phase }

  mutating func add(_ event: Event) {
    let kind = event.kind
    if kind.isCall { times[kind, default: 0] += event.duration }
    kinds[kind, default: 0] += 1
  }
}
