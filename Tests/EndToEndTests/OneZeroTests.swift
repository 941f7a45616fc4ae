import FiniTestSupport
import Foundation
import Testing

/// One zero of time: an event has the same offset in the views, in the text and in the JSON of `show`.
@Suite(.serialized)
struct OneZeroTests {
  private struct Shown: Decodable {
    var event: Int
    var kind: String
    var entered_ns: Int64
  }

  /// The offsets of the views, by event, in nanoseconds.
  private func inViews(_ tool: Tool, run: Int) -> [Int: Int64] {
    var found: [Int: Int64] = [:]
    for row in tool.sqlite("SELECT sequence, at_ms FROM timeline WHERE run = \(run)") {
      if let event = Int(row[0]), let time = Double(row[1]) {
        found[event] = Int64((time * 1e6).rounded())
      }
    }
    return found
  }

  /// The offsets of the lines of the text, by event, as written.
  private func inText(_ lines: [String]) -> [Int: String] {
    var found: [Int: String] = [:]
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count > 1, let event = Int(words[0]), let sign = words[1].first,
        sign == "+" || sign == "-"
      else { continue }
      found[event] = String(words[1])
    }
    return found
  }

  private func expectOneZero(_ tool: Tool, run: Int, atLeast count: Int) throws {
    let views = inViews(tool, run: run)
    let shown = try tool.run("show", "\(run)", "--all", "--json").outLines.map {
      try JSONDecoder().decode(Shown.self, from: Data($0.utf8))
    }
    #expect(shown.count >= count)
    // From the tables alone, without the views.
    let zero = tool.sqlite(
      """
      SELECT r.started_monotonic_ns + e.entered_ns FROM event e JOIN run r ON r.number = e.run
      JOIN kind_name k ON k.number = e.kind WHERE e.run = \(run) AND k.name <> 'snapshot'
      ORDER BY e.sequence LIMIT 1
      """)
    let start = try #require(Int64(zero.first?.first ?? ""))
    for event in shown { #expect(views[event.event] == event.entered_ns - start) }
    let text = inText(tool.run("show", "\(run)", "--all", "--ascii", "--width", "150").outLines)
    #expect(text.count >= count)
    for (event, written) in text {
      let offset = try #require(views[event])
      let shown = try #require(Double(written)) * 1000
      #expect(abs(shown - Double(offset) / 1000) <= 1, "event \(event): \(written), \(offset)")
    }
  }

  @Test("A run of one task")
  func oneTask() throws {
    let tool = try Tool()
    try withVictim("blocked-in-read") { victim in
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
    try expectOneZero(tool, run: 1, atLeast: 60)
    #expect(tool.sqlite("SELECT min(at_ms) FROM timeline WHERE run = 1") == [["0.0"]])
  }

  @Test("A run of a tree: its tasks share the zero of the run")
  func tree() throws {
    let tool = try Tool()
    try withVictim("many-threads", ["8"]) { victim in
      #expect(tool.run("record", "\(victim.pid)", "--tree").status == 0)
    }
    try expectOneZero(tool, run: 1, atLeast: 400)
  }

  @Test("A run of another tracer, which begins with snapshots: they are not its zero")
  func observed() throws {
    let tracers = try #require(RealCriu.tracers)
    let tool = try Tool()
    try withVictim("blocked-in-read") { victim in
      let command = [tracers + "/shapes", "plain", "\(victim.pid)"]
      let result = tool.run(["record", "\(victim.pid)", "--observer", "ptrace", "--"] + command)
      #expect(result.err.contains("run 1") || tool.sqlite("SELECT 1 FROM run") == [["1"]])
    }
    let first = tool.sqlite(
      "SELECT kind, at_ms < 0 FROM timeline WHERE run = 1 ORDER BY sequence LIMIT 1")
    #expect(first == [["snapshot", "1"]])
    try expectOneZero(tool, run: 1, atLeast: 5)
  }

  @Test("An import")
  func imported() throws {
    let tool = try Tool()
    let fixture = House.root + "/Tests/Fixtures/good.strace.gz"
    #expect(tool.run("import", fixture).status == 0)
    try expectOneZero(tool, run: 1, atLeast: 100)
  }

  @Test("sql --help names every view")
  func help() throws {
    let tool = try Tool()
    let fixture = House.root + "/Tests/Fixtures/good.strace.gz"
    #expect(tool.run("import", fixture).status == 0)
    let views = tool.sqlite("SELECT name FROM sqlite_schema WHERE type = 'view'").map { $0[0] }
    #expect(views.count == 17)
    let help = tool.run("sql", "--help").out
    for view in views { #expect(help.contains("  \(view): "), "\(view)") }
  }
}
