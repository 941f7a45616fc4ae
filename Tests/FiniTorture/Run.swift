import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation

/// All cures of one plan.
@PtraceThread
final class Run {
  /// How many cures one pair of victims gets before it is replaced.
  static let curesPerPair = 25
  /// How long a cure and its checks may take, in milliseconds.
  static let patience: UInt64 = 10_000

  private let plan: Plan
  private let kinds: [Kind]
  private let recent = Recent()
  private let storm = Storm()
  private let watchdog: Watchdog
  private let began = Doors.milliseconds
  private var cures = 0
  private var events = 0
  private var signals = 0
  private var verdicts: [String: Int] = [:]

  init(_ plan: Plan) {
    self.plan = plan
    kinds = Kind.all.filter { plan.victim == nil || $0.name == plan.victim }
    watchdog = Watchdog(recent)
  }

  /// Runs them; the exit status.
  func go() -> Int32 {
    // A run that reproduces a failure starts at a pair's first cure.
    let first = plan.first - plan.first % Run.curesPerPair
    var number = first
    var differences = 0
    while number < first + plan.cures, differences == 0 {
      let count = min(Run.curesPerPair, first + plan.cures - number)
      do {
        if try !torment(from: number, count: count) { differences += 1 }
      } catch {
        print("no victim: \(error)")
        differences += 1
      }
      number += count
    }
    progress(isLast: true)
    let seconds = max(Double(Doors.milliseconds - began) / 1000, 0.001)
    print(
      """
      \(cures) cures, \(events) events, \(differences) differences, \
      \(Int(Double(cures) / seconds)) cures/s, \(Int(Double(events) / seconds)) events/s
      """)
    let told = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print("\(signals) signals to each victim and its twin; \(told.joined(separator: ", "))")
    return differences == 0 ? 0 : 1
  }

  /// The cures of one pair.
  private func torment(from first: Int, count: Int) throws -> Bool {
    var random = SplitMix64(seed: plan.seed &+ UInt64(first) &* 0xd134_2543_de82_ef95)
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
    watchdog.allow(Run.patience, report: "no victim: \(kind.title) does not come up")
    let pair = try Pair(kind)
    defer { pair.end() }
    for number in first..<first + count {
      guard try cure(pair, number, &random) else { return false }
      progress(isLast: false)
    }
    return true
  }

  private func cure(_ pair: Pair, _ number: Int, _ random: inout SplitMix64) throws -> Bool {
    let all = FiniStrategy.allCases
    let drawn = all[Int.random(in: 0..<all.count, using: &random)]
    let strategy = plan.strategy ?? drawn
    let stormSeed = random.next()
    // A single signal must arrive. Of several of the same kind the kernel merges some.
    let limit = Bool.random(using: &random) ? 1 : 100
    let looking = Int.random(in: 0..<4, using: &random) == 0
    try pair.remember(&random, looking: looking)
    let title = "cure \(number) of \(pair.kind.title), \(strategy.name)"
    recent.begin()
    watchdog.allow(Run.patience, report: report(title, number, ["it took longer than 10 s"], nil))

    let (victim, twin) = pair.targets
    storm.start(
      Storm.Round(
        victim: victim, twin: twin, signals: pair.kind.signals,
        trapsToThread: !strategy.needsBreakpoints, continues: pair.kind.rest != "T",
        seed: stormSeed, limit: limit))
    let result: CureReport
    do { result = try cure(victim.task, strategy) } catch {
      let sent = storm.stop()
      print(report(title, number, ["it was not begun: \(error)"], sent))
      return false
    }
    let sent = storm.stop()
    cures += 1
    events += recent.count
    signals += sent.words.count
    verdicts[result.verdict.name, default: 0] += 1

    var found = pair.differences(sent)
    if let failure = result.failure { found.append("failure: \(failure.message)") }
    if !result.leftBehind.isEmpty { found.append("left behind: \(result.leftBehind)") }
    if !result.isCured { found.append("not cured") }
    guard !found.isEmpty else { return true }
    print(report(title, number, found, sent))
    print(recent.lines(last: 60).joined(separator: "\n"))
    return false
  }

  private func cure(_ task: Int32, _ strategy: FiniStrategy) throws -> CureReport {
    let facts = try TaskFacts(examining: TaskID(task), ourselves: TaskID(Doors.ownProcess))
    return try Cure(of: facts, options: CureOptions(strategy: strategy)).run(recordingTo: recent)
  }

  private func report(
    _ title: String, _ number: Int, _ found: [String], _ sent: Storm.Sent?
  ) -> String {
    var words = ["tools/torture --seed \(plan.seed) --first \(number) --cures 25"]
    if let strategy = plan.strategy { words.append("--strategy \(strategy.name)") }
    if let victim = plan.victim { words.append("--victim \(victim)") }
    var lines = ["", "DIFFERENCE in \(title)"]
    lines += found.map { "  " + $0 }
    if let sent { lines.append("  sent: " + told(sent.words)) }
    lines.append("  again: " + words.joined(separator: " "))
    return lines.joined(separator: "\n")
  }

  /// The last signals that were sent, in order, and how many came before them.
  private func told(_ words: [String]) -> String {
    let last = words.suffix(100)
    let before = words.count - last.count
    return (before > 0 ? "\(before) others, " : "") + last.joined(separator: ", ")
  }

  private func progress(isLast: Bool) {
    guard isatty(2) == 1, isLast || cures % 10 == 0 else { return }
    let seconds = max(Double(Doors.milliseconds - began) / 1000, 0.001)
    let text = """
      \r\(cures) of \(plan.cures) cures, \(Int(Double(cures) / seconds)) cures/s, \
      \(Int(Double(events) / seconds)) events/s \(isLast ? "\n" : "")
      """
    FileHandle.standardError.write(Data(text.utf8))
  }
}
