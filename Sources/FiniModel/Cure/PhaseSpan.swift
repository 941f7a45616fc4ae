/// One phase of the cure as it was found in the events.
package struct PhaseSpan: Hashable, Sendable {
  /// The phase.
  package var phase: Phase
  /// The first event.
  package var first: UInt32
  /// The last event.
  package var last: UInt32
  /// When the first event was entered.
  package var entered: Instant
  /// When the last event of the phase returned.
  package var left: Instant
  /// ptrace and wait calls, failed ones included.
  package var calls = 0
  /// Stops.
  package var stops = 0

  /// From the first entry to the last return, in nanoseconds.
  package var duration: Int64 { left - entered }

  package init(
    phase: Phase, first: UInt32, last: UInt32, entered: Instant, left: Instant, calls: Int = 0,
    stops: Int = 0
  ) {
    self.phase = phase
    self.first = first
    self.last = last
    self.entered = entered
    self.left = left
    self.calls = calls
    self.stops = stops
  }

  /// Begins with an event, which is still to be added.
  package init(phase: Phase, beginning event: Event) {
    self.init(
      phase: phase, first: event.sequence, last: event.sequence, entered: event.entered,
      left: event.left)
  }

  /// Takes the next event of the phase.
  package mutating func add(_ event: Event) {
    last = event.sequence
    if event.left > left { left = event.left }
    switch event.payload {
    case .request, .wait: calls += 1
    case .stop: stops += 1
    default: break
    }
  }
}

extension [PhaseSpan] {
  /// The phase in which an event lies: a phase goes on until the next begins, whatever task the events
  /// belong to. `nil` before the first.
  package func phase(of sequence: UInt32) -> Phase? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].first <= sequence { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? self[low - 1].phase : nil
  }
}
