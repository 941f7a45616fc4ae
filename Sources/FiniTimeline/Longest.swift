package import FiniModel

/// Which of the compared runs took longest, and where the time went.
package struct Longest: Hashable, Sendable {
  /// The place of the run that took longest, and that of the one that took shortest.
  package let run, shortest: Int
  /// By how much, in nanoseconds; more than 0.
  package let difference: Int64
  /// Whether that is how long the tasks were frozen; the phases together, where that is not known of each run.
  package let isFrozen: Bool
  /// The phase that is the most of it, where the phases are known.
  package let phase: Phase?
  /// How much longer that phase took, or froze the task.
  package let ofPhase: Int64
  /// Whether the run that took shortest has that phase.
  package let bothHavePhase: Bool

  /// `nil` if no run took longer than another, or if it is not known how long they took.
  init?(_ runs: [ComparedRun]) {
    let frozen = runs.compactMap { $0.value(of: .frozen) }
    let isFrozen = frozen.count == runs.count
    func time(_ run: ComparedRun, _ phase: Phase) -> Int64 {
      (isFrozen ? run.frozen(in: phase) : run.value(of: .phaseDuration(phase))) ?? 0
    }
    let times =
      isFrozen
      ? frozen : runs.map { run in Phase.allCases.reduce(0) { $0 + time(run, $1) } }
    guard let most = times.max(), let least = times.min(), most > least, isFrozen || least > 0,
      let run = times.firstIndex(of: most), let shortest = times.firstIndex(of: least)
    else { return nil }
    let (long, short) = (runs[run], runs[shortest])
    let apart = Phase.allCases.map { ($0, time(long, $0) - time(short, $0)) }
    // The first of equals.
    let found = apart.max { $0.1 < $1.1 }.flatMap { $0.1 > 0 ? $0 : nil }
    self.run = run
    self.shortest = shortest
    difference = most - least
    self.isFrozen = isFrozen
    phase = found?.0
    ofPhase = found?.1 ?? 0
    bothHavePhase = found.map { short.value(of: .phaseCalls($0.0)) != nil } ?? true
  }
}
