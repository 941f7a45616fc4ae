import FiniTestSupport
import Foundation

/// The outcome of a victim or of its twin.
struct Outcome: Sendable {
  /// Its facts before.
  var before: Facts
  /// Its facts after; empty if it ended.
  var after: Facts?
  /// What it wrote, from its start on.
  var lines: [String] = []
  /// Its exit status, 128 + n for a signal, if it ended.
  var end: Int32?

  /// The status if another process waited for its end.
  static let reaped: Int32 = -1

  /// Why a victim is not as its twin; empty if it is.
  func differences(fromTwin twin: Outcome, in cell: Cell) -> [String] {
    let guest = cell.guest
    if end != twin.end {
      return ["it \(Outcome.words(end)), its twin \(Outcome.words(twin.end))"]
    }
    var found: [String] = []
    if let after, let twinAfter = twin.after {
      found += differences(after, twin, twinAfter, guest)
    }
    let (said, wanted) = (cell.certain(lines), cell.certain(twin.lines))
    if said != wanted { found.append("it said \(said), its twin \(wanted)") }
    return found
  }

  private static func words(_ end: Int32?) -> String {
    end.map { "ended with \($0)" } ?? "lives"
  }

  /// A fact that the incident did not change in the twin must not be changed in the victim. A fact
  /// that it changed must be the same in both now.
  func differences(
    _ after: Facts, _ twin: Outcome, _ twinAfter: Facts, _ guest: Guest,
    where isWanted: (String) -> Bool = { _ in true }
  ) -> [String] {
    var found: [String] = []
    let keys = Set(after.values.keys).union(twinAfter.values.keys)
    for key in keys.filter(isWanted).sorted() {
      if guest.isMoving, Outcome.isMoving(key) { continue }
      var (now, expected) = (after[key], twinAfter[key])
      let isTouched = twinAfter[key] != twin.before[key]
      if !isTouched { expected = before[key] }
      // Vector registers have what the program last left there: only a victim's own can be
      // compared.
      if isTouched, key == "extended state" { continue }
      (now, expected) = (guest.settled(key, now), guest.settled(key, expected))
      if key == "State" { (now, expected) = (guest.state(now), guest.state(expected)) }
      if now != expected { found.append(Outcome.describe(key, now, expected)) }
    }
    return found
  }

  private static func isMoving(_ key: String) -> Bool {
    key == "wait" || key == "extended state" || key.hasPrefix("register")
  }

  private static func describe(_ key: String, _ now: String?, _ expected: String?) -> String {
    let lines = Set((now ?? "").split(separator: "\n"))
    let wanted = Set((expected ?? "").split(separator: "\n"))
    let more = lines.subtracting(wanted).sorted().joined(separator: "; ")
    let fewer = wanted.subtracting(lines).sorted().joined(separator: "; ")
    return "\(key): \(more.isEmpty ? "-" : more), expected \(fewer.isEmpty ? "-" : fewer)"
  }
}

extension String {
  /// Whether only a tracer sees this fact.
  var isInner: Bool {
    ["register", "extended", "mask", "armed", "pending"].contains { hasPrefix($0) }
  }
}

extension Guest {
  /// A fact without the parts that differ at each read: signals of the guest's own timers, which
  /// come and go, and the arguments that the kernel shows for a stopped task's 32-bit call
  /// (docs/Decisions/0013).
  func settled(_ key: String, _ text: String?) -> String? {
    let words = key == "wait" ? text?.split(separator: " ") ?? [] : []
    if words.count == 9, words[8].count <= 10 { return "\(words[0]) ... \(words[7]) \(words[8])" }
    if key == "maps", let text { return withoutRings(text) }
    // fork blocks all signals while it runs.
    if name == "forks", ["SigBlk", "mask"].contains(key) { return nil }
    guard name == "timers", let text else { return text }
    // The mask and SigBlk: in a handler of these signals.
    if ["ShdPnd", "SigPnd", "SigBlk", "mask"].contains(key), let bits = UInt64(text, radix: 16) {
      return String(bits & ~(1 << 13 | 1 << 33), radix: 16)
    }
    guard key.hasPrefix("pending") else { return text }
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("14 ") && !$0.hasPrefix("34 ") }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  /// Mappings without the number of each io_uring, which always differs.
  private func withoutRings(_ maps: String) -> String {
    maps.split(separator: "\n").map { line in
      guard line.hasSuffix("anon_inode:[io_uring]") else { return String(line) }
      var words = line.split(separator: " ")
      if words.count > 4 { words[4] = "..." }
      return words.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// A state, reduced to what it says.
  func state(_ text: String?) -> String? {
    guard isMoving, let text, "RSD".contains(text.first ?? "?") else { return text }
    return "runs"
  }

  /// A line of a victim without the parts that always differ.
  func masked(_ line: String) -> String {
    let words = line.split(separator: " ")
    if let first = words.first, ["turns", "forks"].contains(first) { return String(first) }
    // Milliseconds.
    return words.map { $0.contains(".") && Double($0) != nil ? "..." : String($0) }
      .joined(separator: " ")
  }
}
