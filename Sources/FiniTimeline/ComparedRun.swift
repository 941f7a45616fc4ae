package import FiniModel

/// One column of a comparison: what a run cost. Of a run of several tasks it has the sums.
package struct ComparedRun: Sendable {
  /// What the column is called.
  package let label: String
  /// The verdict.
  package let verdict: Verdict
  /// How many tasks were added up.
  package private(set) var tasks = 0
  private var values: [Comparison.Measure: Int64] = [:]

  /// Begins a run of several tasks.
  ///
  /// - Parameter verdict: that on all of them.
  package init(label: String, verdict: Verdict) {
    self.label = label
    self.verdict = verdict
  }

  /// A run of one task.
  package init(_ timeline: Timeline, label: String) {
    self.init(label: label, verdict: timeline.judgement.verdict)
    add(timeline)
  }

  /// Adds what one task cost.
  package mutating func add(_ timeline: Timeline) {
    tasks += 1
    let costs = timeline.costs
    add(Int64(costs.calls), to: .calls)
    add(Int64(costs.stops), to: .stops)
    add(Int64(costs.signals), to: .signals)
    for event in timeline.events {
      if case .gap(let lost) = event.payload { add(Int64(clamping: lost), to: .lost) }
    }
    if let frozen = costs.frozen { add(frozen, to: .frozen) }
    if let fini = costs.fini {
      add(Int64(fini.calls), to: .finiCalls)
      add(Int64(fini.stops), to: .finiStops)
      add(fini.duration, to: .finiDuration)
    }
    // A phase that was entered twice counts as one.
    for span in timeline.phases {
      add(Int64(span.calls), to: .phaseCalls(span.phase))
      add(Int64(span.stops), to: .phaseStops(span.phase))
      add(span.duration, to: .phaseDuration(span.phase))
    }
    for steps in timeline.steps {
      for (kind, count) in steps.kinds { add(Int64(count), to: .kind(steps.phase, kind)) }
      for (kind, time) in steps.times { add(time, to: .step(steps.phase, kind)) }
    }
  }

  private mutating func add(_ amount: Int64, to measure: Comparison.Measure) {
    values[measure, default: 0] += amount
  }

  /// A measure of the run; `nil` where it has none, as of a phase that never came.
  func value(of measure: Comparison.Measure) -> Int64? {
    switch measure {
    case .tasks: Int64(tasks)
    case .lost: values[.lost] ?? 0
    case .kind(let phase, _) where values[.phaseCalls(phase)] != nil: values[measure] ?? 0
    case .step(let phase, _) where values[.phaseCalls(phase)] != nil: values[measure] ?? 0
    default: values[measure]
    }
  }
}
