internal import FiniModel
internal import FiniTimeline

/// What a comparison comes to, in sentences.
struct ComparisonWords: Sendable {
  private let comparison: Comparison

  init(_ comparison: Comparison) { self.comparison = comparison }

  /// Which run took longer, by how much, and in which phase: pieces that go on one line where they fit.
  var headline: [String] {
    let names = comparison.names
    if comparison.areEqual {
      return [
        "\(list(names)) are equal:", "the same verdict, phases, calls, stops, signals and times",
      ]
    }
    guard let longest = comparison.longest else { return [withoutLongest] }
    let (long, short) = (names[longest.run], names[longest.shortest])
    let by = milliseconds(longest.difference)
    let what = longest.isFrozen ? "froze \(object)" : "took"
    let sum = areSeveral && longest.isFrozen ? " in all" : ""
    let said =
      names.count == 2
      ? "\(long) \(what) \(by) longer\(sum) than \(short)"
      : "of \(names.count) runs, \(long) \(what) longest\(sum) and \(short) shortest, \(by) apart"
    guard let place = place(longest, short) else { return [said + unknown] }
    return [said + unknown + ";", place]
  }

  private func place(_ longest: Longest, _ short: String) -> String? {
    guard let phase = longest.phase else { return nil }
    let lacking = longest.bothHavePhase ? "" : ", which \(short) does not have"
    let time = milliseconds(longest.ofPhase)
    // What other phases save goes off.
    return longest.ofPhase > longest.difference
      ? "phase \(phase.name)\(lacking.isEmpty ? "" : lacking + ",") alone took \(time) longer"
      : "\(time) of that is in phase \(phase.name)\(lacking)"
  }

  private var withoutLongest: String {
    let frozen = comparison.totals.first { $0.measure == .frozen }?.values ?? []
    if frozen.contains(nil) { return "which run took longer can't be told" + unknown }
    return "\(list(comparison.names)) froze \(object) for the same time"
  }

  /// Of which runs it is not known how long they froze the task.
  private var unknown: String {
    let frozen = comparison.totals.first { $0.measure == .frozen }?.values ?? []
    let runs = zip(comparison.names, frozen).filter { $0.1 == nil }.map { $0.0 }
    guard !runs.isEmpty else { return "" }
    return " (how long \(list(runs)) froze \(object) is not known)"
  }

  /// What differs and is no number: `strategy: breakpoint (run 1), syscall (run 2)`.
  func others(everything: Bool) -> [String] {
    var lines: [String] = []
    func add(_ name: String, _ values: [String]) {
      guard Set(values).count > 1 || everything else { return }
      let words = zip(values, comparison.names).map { "\($0) (\($1))" }
      lines.append("\(name): " + words.joined(separator: ", "))
    }
    add("strategy", comparison.strategies.map { $0?.name ?? "unknown" })
    add("seen by", comparison.sources.map { $0.name })
    add("verdict", comparison.verdicts.map { $0.name })
    return lines
  }

  private var areSeveral: Bool { comparison.totals.contains { $0.measure == .tasks } }

  private var object: String { areSeveral ? "its tasks" : "the task" }

  private func milliseconds(_ time: Int64) -> String {
    // To the microsecond, and below it to the nanosecond: a difference is not told as none.
    "\(Duration.milliseconds(time, decimals: time < 1000 ? 6 : 3)) ms"
  }

  private func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
