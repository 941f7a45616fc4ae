import FiniTestSupport
import Foundation
import Testing

/// Text of a log gets to a terminal and a browser only as text.
@Suite(.serialized)
struct HostileLogTests {
  private static let attack =
    "\u{1b}]0;owned\u{7}\u{1b}[31m\u{9b}2J\u{202e}<script>alert(1)</script>"

  /// The attack in each place of a log that a report quotes: an error, a line of no format, a name.
  private func logs(in folder: String) throws -> [String] {
    let attack = HostileLogTests.attack
    let texts = [
      "(00.010000) Error (\(attack).c:1): \(attack)\n(00.011000) Error (criu/cr-dump.c:2): Dumping FAILED.\n",
      "(00.010000) Error (a.c:1): Can't connect a transport socket \(attack): Permission denied\n\(attack)\n",
      "10:00:00.000001 ptrace(PTRACE_SEIZE, 7, NULL, 0) = -1 EPERM (\(attack))\n\(attack)\n10:00:01 +++ exited with 1 +++\n",
      "10:00:00.000001 ptrace(PTRACE_\(attack), 7, NULL, 0) = 0\n10:00:00.000002 ptrace(PTRACE_SEIZE, 7, NULL, 0) = 0\n10:00:01 +++ killed by SIG\(attack) +++\n",
    ]
    return try texts.enumerated().map { index, text in
      // The name of a file comes from outside too.
      let path = folder + "/log-\u{1b}[31m<script>-\(index)"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
  }

  @Test("No escape sequence, no direction mark and no tag is passed on")
  func escaped() throws {
    let tool = try Tool()
    var shown = 0
    for (index, log) in try logs(in: tool.folder).enumerated() {
      let number = "\(index + 1)"
      let runs = [
        tool.run("import", log), tool.run("show", number), tool.run("explain", number),
        tool.run("check", number), tool.run("show", number, "--unparsed"), tool.run("list"),
        tool.run("compare", number, "1"), tool.run("show", number, "--json"),
        tool.run("explain", number, "--json"), tool.run("show", number, "--unparsed", "--json"),
      ]
      #expect(runs[0].status == 0, "\(runs[0].err)")
      for run in runs {
        for bad in ["\u{1b}", "\u{7}", "\u{9b}", "\u{202e}"] {
          #expect(!run.out.contains(bad) && !run.err.contains(bad), "\(index): \(run.out)")
        }
      }
      if runs[1...].contains(where: { $0.out.contains("owned") }) { shown += 1 }
    }
    // It is shown, as text. In the first log it is no error, because of its broken bracket, but stands before one.
    #expect(shown == 4)
  }

  @Test("Logs whose lines are out of order have an answer too")
  func shaken() throws {
    var random = SplitMix64(seed: 11)
    let rounds = Int(ProcessInfo.processInfo.environment["FINI_FUZZ_FILES"] ?? "") ?? 15
    for round in 0..<rounds {
      let tool = try Tool()
      var names: [String] = []
      for name in round % 3 == 0 ? ["sigstop.strace", "sigstop.log"] : ["sigtrap.strace"] {
        let fixture = House.root + "/Tests/Fixtures/\(name).gz"
        var lines = House.run("gzip", ["-dc", fixture]).output.split(separator: "\n")
        for _ in 0..<Int.random(in: 1...80, using: &random) {
          let place = Int.random(in: 0..<lines.count, using: &random)
          let other = Int.random(in: 0..<lines.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: lines.swapAt(place, other)
          case 1: lines.insert(lines[place], at: other)
          case 2: lines[place] = lines[place].prefix(30)
          default: if lines.count > 9 { lines.remove(at: place) }
          }
        }
        let path = tool.folder + "/" + name
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        names.append(path)
      }
      let imported = tool.run(program: Tool.path, ["import", "-o", tool.database] + names)
      #expect(imported.status == 0, "\(imported.err)")
      let answer = tool.run("explain")
      #expect((0...2).contains(answer.status), "\(round): \(answer.status) \(answer.err)")
      #expect(answer.outLines.first?.isEmpty == false)
    }
  }
}
