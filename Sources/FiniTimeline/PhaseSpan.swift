public import FiniModel

/// One phase of the cure as it was found in the events.
public struct PhaseSpan: Hashable, Sendable {
  /// The phase.
  public var phase: Phase
  /// The first event.
  public var first: UInt32
  /// The last event.
  public var last: UInt32
  /// When the first event was entered.
  public var entered: Instant
  /// When the last event of the phase returned.
  public var left: Instant
  /// ptrace and wait calls, failed ones included.
  public var calls = 0
  /// Stops.
  public var stops = 0
  /// How often each kind of event occurred.
  public var kinds: [EventKind: Int] = [:]
  /// How long the calls of each kind took together, in nanoseconds.
  public var times: [EventKind: Int64] = [:]

  /// From the first entry to the last return, in nanoseconds.
  public var duration: Int64 { left - entered }

  init(phase: Phase, beginning event: Event) {
    self.phase = phase
    first = event.sequence
    last = event.sequence
    entered = event.entered
    left = event.left
  }

  mutating func add(_ event: Event) {
    last = event.sequence
    if event.left > left { left = event.left }
    let kind = event.kind
    if kind.isCall {
      calls += 1
      times[kind, default: 0] += event.duration
    }
    if kind == .stop { stops += 1 }
    kinds[kind, default: 0] += 1
  }
}
