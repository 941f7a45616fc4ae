package import FiniModel

/// Which events of a timeline to look at; an event must pass every condition that is set.
package struct TimelineFilter: Hashable, Sendable {
  /// Only these phases; empty for all.
  package var phases: Set<Phase> = []
  /// Only these kinds; empty for all.
  package var kinds: Set<EventKind> = []
  /// Only these tracees; empty for all.
  package var tasks: Set<TaskID> = []
  /// Only what began at or after this moment, in nanoseconds since the run's start.
  package var since: Int64?
  /// Only what began at or before this moment, in nanoseconds since the run's start.
  package var until: Int64?
  /// Only this event and its neighbours.
  package var around: UInt32?
  /// How many neighbours on each side of ``around``.
  package var context = 10

  /// Everything.
  package init() {}

  /// Everything that passes what is given; moments in milliseconds.
  package init(
    phases: [Phase] = [], kinds: [EventKind] = [], tasks: [TaskID] = [],
    sinceMilliseconds since: Double? = nil, untilMilliseconds until: Double? = nil,
    around: UInt32? = nil, context: Int = 10
  ) {
    self.phases = Set(phases)
    self.kinds = Set(kinds)
    self.tasks = Set(tasks)
    self.since = since.map { TimelineFilter.nanoseconds($0) }
    self.until = until.map { TimelineFilter.nanoseconds($0) }
    self.around = around
    self.context = context
  }

  /// The events that pass, in order.
  ///
  /// The neighbours of ``around`` are counted among the events that pass the other conditions,
  /// so that a filtered view has as much context as a whole one.
  package func events(of timeline: Timeline) -> [Event] {
    let passing = timeline.events.filter {
      passes($0, at: timeline.offset(of: $0), in: timeline.phase(of: $0.sequence))
    }
    guard let around else { return passing }
    let before = passing.filter { $0.sequence < around }.suffix(max(0, context))
    let here = timeline.event(around).map { [$0] } ?? []
    let after = passing.filter { $0.sequence > around }.prefix(max(0, context))
    return before + here + after
  }

  /// Whether an event passes every condition but that of ``around``.
  ///
  /// - Parameters:
  ///   - offset: when it began, in nanoseconds since the run's start.
  ///   - phase: the phase that it lies in.
  package func passes(_ event: Event, at offset: Int64, in phase: @autoclosure () -> Phase?) -> Bool
  {
    if !kinds.isEmpty, !kinds.contains(event.kind) { return false }
    if !tasks.isEmpty, !tasks.contains(event.tracee) { return false }
    if !phases.isEmpty {
      guard let phase = phase(), phases.contains(phase) else { return false }
    }
    if let since, offset < since { return false }
    if let until, offset > until { return false }
    return true
  }

  /// Rounds to nanoseconds; what does not fit becomes the nearest end of the range.
  private static func nanoseconds(_ milliseconds: Double) -> Int64 {
    let exact = (milliseconds * 1_000_000).rounded()
    if exact.isNaN { return 0 }
    return Int64(exactly: exact) ?? (exact < 0 ? .min : .max)
  }
}
