package import FiniModel

/// Runs side by side, aligned by phase and request, blind to task numbers and addresses.
package struct Comparison: Sendable {
  /// What a row measures.
  package enum Measure: Hashable, Sendable {
    /// Tasks that something was done to.
    case tasks
    /// ptrace and wait calls.
    case calls
    /// Stops.
    case stops
    /// Distinct signals.
    case signals
    /// Events that were lost: what the others say is then too little.
    case lost
    /// How long the task was kept from its own work, in nanoseconds.
    case frozen
    /// Calls of fini alone.
    case finiCalls
    /// Stops of fini alone.
    case finiStops
    /// Duration of fini alone, in nanoseconds.
    case finiDuration
    /// Calls in a phase.
    case phaseCalls(Phase)
    /// Stops in a phase.
    case phaseStops(Phase)
    /// Duration of a phase, in nanoseconds.
    case phaseDuration(Phase)
    /// Events of one kind in a phase.
    case kind(Phase, EventKind)
    /// What the calls of one kind in a phase took, in nanoseconds.
    case step(Phase, EventKind)

    /// Whether the values are nanoseconds.
    package var isTime: Bool {
      switch self {
      case .frozen, .finiDuration, .phaseDuration, .step: true
      case .tasks, .calls, .stops, .signals, .lost, .finiCalls, .finiStops, .phaseCalls,
        .phaseStops,
        .kind:
        false
      }
    }

    /// The phase, where it is of one.
    package var phase: Phase? {
      switch self {
      case .phaseCalls(let phase), .phaseStops(let phase), .phaseDuration(let phase),
        .kind(let phase, _), .step(let phase, _):
        phase
      case .tasks, .calls, .stops, .signals, .lost, .frozen, .finiCalls, .finiStops,
        .finiDuration:
        nil
      }
    }

    /// The name in reports and files: the phase comes first where there is one.
    package var name: String {
      switch self {
      case .tasks: "tasks"
      case .calls: "calls"
      case .stops: "stops"
      case .signals: "signals"
      case .lost: "events lost"
      case .frozen: "frozen"
      case .finiCalls: "fini-window calls"
      case .finiStops: "fini-window stops"
      case .finiDuration: "fini-window time"
      case .phaseCalls(let phase): "\(phase.name) calls"
      case .phaseStops(let phase): "\(phase.name) stops"
      case .phaseDuration(let phase): "\(phase.name) time"
      case .kind(let phase, let kind): "\(phase.name) \(kind.name)"
      case .step(let phase, let kind): "\(phase.name) \(kind.name) time"
      }
    }
  }

  /// One measure of every run.
  package struct Row: Hashable, Sendable {
    /// What is measured.
    package var measure: Measure
    /// One value a run, in the order of the runs; `nil` where a run has none.
    package var values: [Int64?]

    /// The second value less the first, if there are two of them and both are known.
    package var difference: Int64? {
      guard values.count == 2, let first = values[0], let second = values[1] else { return nil }
      return second - first
    }

    /// Whether the runs differ.
    package var differs: Bool { Set(values).count > 1 }

    /// How far the runs are apart; one that has no value has nothing of it.
    package var spread: Int64 {
      let known = values.map { $0 ?? 0 }
      return (known.max() ?? 0) - (known.min() ?? 0)
    }
  }

  /// What is told of one phase.
  package struct PhaseRows: Hashable, Sendable {
    /// The phase.
    package var phase: Phase
    /// How long it lasted: until the next one began.
    package var duration: Row
    /// Its calls.
    package var calls: Row
    /// Its stops.
    package var stops: Row

    /// All of them.
    package var rows: [Row] { [calls, stops, duration] }
  }

  /// What the columns are called where each is told with its strategy.
  package let labels: [String]
  /// What they are called without.
  package let names: [String]
  /// The strategies, in the order of the runs; `nil` where one is not known.
  package let strategies: [FiniStrategy?]
  /// Who reported the events of each run.
  package let sources: [Source]
  /// The verdicts, in the order of the runs.
  package let verdicts: [Verdict]
  /// Totals and fini alone; the tasks come first where a run is of several.
  package let totals: [Row]
  /// The phases that any of the runs has, in their order.
  package let phases: [PhaseRows]
  /// How often each kind of call and stop occurs in each phase, for those that any run has.
  package let kinds: [Row]
  /// What each kind of call takes in each phase, for those that any run has.
  package let steps: [Row]
  /// The run that took longest and the one that took shortest; `nil` where none is longer, or how long they took
  /// is not known.
  package let longest: Longest?
  private let part: Bool

  /// 0 if all landed or none did, 1 if one did and another did not, 2 if of one it can't be told.
  package var status: Int32 {
    var landed: Set<Bool> = []
    for verdict in verdicts {
      switch verdict {
      case .landed: landed.insert(true)
      case .intervened, .missed, .lost: landed.insert(false)
      case .unfinished, .undetermined, .neverReached: return 2
      }
    }
    return landed.count > 1 ? 1 : 0
  }

  /// Compares two runs.
  package init(_ a: Timeline, _ b: Timeline, labels: (String, String) = ("A", "B")) {
    self.init([ComparedRun(a, label: labels.0), ComparedRun(b, label: labels.1)])
  }

  /// Compares runs.
  ///
  /// - Parameter part: whether their steps differ.
  package init(_ runs: [ComparedRun], part: Bool = false) {
    self.part = part
    labels = runs.map { $0.label }
    names = runs.map { $0.name }
    strategies = runs.map { $0.strategy }
    sources = runs.map { $0.source }
    verdicts = runs.map { $0.verdict }
    func row(_ measure: Measure) -> Row {
      Row(measure: measure, values: runs.map { $0.value(of: measure) })
    }
    let measures: [Measure] = [
      .calls, .stops, .signals, .frozen, .finiCalls, .finiStops, .finiDuration,
    ]
    let areSeveral = runs.contains { $0.tasks != 1 }
    let haveGaps = runs.contains { ($0.value(of: .lost) ?? 0) > 0 }
    totals =
      (areSeveral ? [row(.tasks)] : []) + (haveGaps ? [row(.lost)] : []) + measures.map(row)
    var phaseRows: [PhaseRows] = []
    var kindRows: [Row] = []
    var stepRows: [Row] = []
    for phase in Phase.allCases {
      guard runs.contains(where: { $0.value(of: .phaseCalls(phase)) != nil }) else { continue }
      phaseRows.append(
        PhaseRows(
          phase: phase, duration: row(.phaseDuration(phase)), calls: row(.phaseCalls(phase)),
          stops: row(.phaseStops(phase))))
      for kind in EventKind.allCases where kind.isCall || kind == .stop {
        let found = row(.kind(phase, kind))
        if found.values.contains(where: { ($0 ?? 0) > 0 }) {
          kindRows.append(found)
          if kind.isCall { stepRows.append(row(.step(phase, kind))) }
        }
      }
    }
    phases = phaseRows
    kinds = kindRows
    steps = stepRows
    longest = Longest(runs)
  }

  /// The phases by how far the runs are apart in their durations, the greatest first.
  package var phasesBySize: [PhaseRows] {
    // Where none is greater they stay in their order.
    phases.enumerated()
      .sorted { ($1.element.duration.spread, $0.offset) < ($0.element.duration.spread, $1.offset) }
      .map { $0.element }
  }

  /// Whether the runs are the same in all that is compared.
  package var areEqual: Bool {
    let rows = totals + phases.flatMap { $0.rows } + kinds + steps
    return !part && Set(verdicts).count <= 1 && Set(strategies).count <= 1
      && Set(sources).count <= 1
      && !rows.contains { $0.differs }
  }
}
