package import FiniModel

/// One column of a comparison: what a run cost. Of a run of several tasks it has the sums.
package struct ComparedRun: Sendable {
  /// What the column is called where it is told with its strategy: `1 breakpoint`.
  package let label: String
  /// What it is called without: `run 1`.
  package let name: String
  /// The strategy that was taken, or seen; `nil` where that is not known.
  package let strategy: FiniStrategy?
  /// Who reported the events.
  package let source: Source
  /// The verdict.
  package let verdict: Verdict
  /// How many tasks were added up.
  package private(set) var tasks = 0
  /// Whether it is known how much was done of each kind, for which the events are read.
  package private(set) var hasKinds = false
  private var values: [Comparison.Measure: Int64] = [:]
  private var frozen: [Phase: Int64] = [:]

  /// Begins a run of no task yet.
  ///
  /// - Parameters:
  ///   - number: that of the run, with the task's where one of them is compared: `2/4711`.
  ///   - verdict: that on all of its tasks.
  package init(number: String, strategy: FiniStrategy?, source: Source, verdict: Verdict) {
    self.init(
      label: "\(number) \(strategy?.name ?? source.name)", name: "run \(number)",
      strategy: strategy, source: source, verdict: verdict)
  }

  private init(
    label: String, name: String, strategy: FiniStrategy?, source: Source, verdict: Verdict
  ) {
    self.label = label
    self.name = name
    self.strategy = strategy
    self.source = source
    self.verdict = verdict
  }

  /// A run of one task whose events are here.
  package init(_ timeline: Timeline, label: String) {
    let source = Timeline.source(of: timeline.events) ?? .engine
    self.init(
      label: label, name: label, strategy: timeline.strategySeen, source: source,
      verdict: timeline.judgement.verdict)
    add(timeline.judged)
    var steps = RunSteps(of: timeline.subject, phases: timeline.phases, source: source)
    for event in timeline.events { steps.observe(event) }
    add(steps)
  }

  /// Adds what one task cost.
  package mutating func add(_ judged: JudgedTask) {
    tasks += 1
    let costs = judged.costs
    add(Int64(costs.calls), to: .calls)
    add(Int64(costs.stops), to: .stops)
    add(Int64(costs.signals), to: .signals)
    // A log whose lines have no times says that it took none.
    let times = PhaseTimes(judged.phases, frozen: costs.frozen)
    if let frozen = costs.frozen, frozen > 0 { add(frozen, to: .frozen) }
    if let fini = costs.fini {
      add(Int64(fini.calls), to: .finiCalls)
      add(Int64(fini.stops), to: .finiStops)
      add(fini.duration, to: .finiDuration)
    }
    // A phase that was entered twice counts as one.
    for (span, time) in zip(judged.phases, times.spans) {
      add(Int64(span.calls), to: .phaseCalls(span.phase))
      add(Int64(span.stops), to: .phaseStops(span.phase))
      if times.areKnown { add(time.whole, to: .phaseDuration(span.phase)) }
      frozen[span.phase, default: 0] += time.frozen
    }
  }

  /// Adds what the events of one task show.
  package mutating func add(_ steps: RunSteps) {
    hasKinds = true
    for steps in steps.kinds {
      for (kind, count) in steps.kinds { add(Int64(count), to: .kind(steps.phase, kind)) }
      for (kind, time) in steps.times { add(time, to: .step(steps.phase, kind)) }
    }
    take(lost: steps.lost)
  }

  /// Takes how many events were lost, which may be told more than once.
  package mutating func take(lost: UInt64) {
    values[.lost] = max(values[.lost] ?? 0, Int64(clamping: lost))
  }

  private mutating func add(_ amount: Int64, to measure: Comparison.Measure) {
    values[measure, default: 0] += amount
  }

  /// How long the task was frozen in a phase; `nil` where it is not known how long it was frozen at all.
  func frozen(in phase: Phase) -> Int64? { values[.frozen].map { _ in frozen[phase] ?? 0 } }

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

/// How long each phase lasted. A phase goes on until the next begins: what the tracer does elsewhere meanwhile, as a
/// dump of the task's memory, is time of the task all the same. The last one ends when the tracer lets go.
struct PhaseTimes {
  /// One for each phase, in their order.
  private(set) var spans: [(whole: Int64, frozen: Int64)] = []
  /// Whether any time passed at all.
  var areKnown: Bool { spans.contains { $0.whole > 0 } }

  /// - Parameter frozen: how long the task was frozen, if that is known.
  init(_ phases: [PhaseSpan], frozen: Int64?) {
    guard let first = phases.first, let last = phases.last else { return }
    // The wait that reports the first stop is among the last events of seize, and the task is let go in one of the
    // phases: it was frozen before neither and after neither.
    var begin = first.phase == .seize ? first.left : first.entered
    if let frozen, last.left - begin < frozen {
      begin = max(first.entered, last.left.advanced(by: -frozen))
    }
    for (index, span) in phases.enumerated() {
      let isLast = index == phases.count - 1
      var end = isLast ? span.left - begin : phases[index + 1].entered - begin
      // What the task does by itself afterwards, its end included, is no part of a cure.
      if isLast, span.phase == .detach, let frozen { end = min(end, frozen) }
      let start = span.entered - begin
      let share = frozen.map { min(end, $0) - max(start, 0) } ?? 0
      spans.append((max(0, end - start), max(0, share)))
    }
  }
}
