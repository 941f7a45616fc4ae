import FiniTestSupport
import Foundation
import Testing

/// How the output behaves for people and for programs.
@Suite(.serialized)
struct OutputTests {
  private func withRecording(_ body: (Tool, LiveProcess) throws -> Void) throws {
    try withVictim("pending-blocked") { victim in
      let tool = try Tool()
      for strategy in WitnessTests.strategies {
        #expect(tool.run("record", "\(victim.pid)", "--strategy", strategy).status == 0)
      }
      try body(tool, victim)
    }
  }

  private static let reports = [
    ["show"], ["show", "--all"], ["check"], ["compare", "1", "2"], ["compare", "1", "4"], ["list"],
    ["sql", "SELECT * FROM costs"], ["doctor"],
  ]

  @Test("Nothing is wider than 80 columns, and plain in a pipe")
  func eightyColumns() throws {
    try withRecording { tool, _ in
      for report in OutputTests.reports where report[0] != "sql" {
        let run = tool.run(report)
        #expect(run.status == 0, "\(report): \(run.err)")
        for line in run.outLines {
          #expect(line.unicodeScalars.count <= 80, "\(report): \(line)")
          #expect(line.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 32 }, "\(line)")
        }
      }
    }
  }

  @Test("What a tracer does beside its work on a task is a line each, and --all shows the events")
  func beside() throws {
    let tool = try Tool()
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    _ = tool.run("import", log, "-o", tool.database)
    let shown = tool.run("show").out.replacing(/\n +/, with: " ")
    // Counted in the log by hand.
    let helpers =
      "children that it does not trace: 5 exited with 0, 3 exited with 1, 1 exited with 127,"
      + " 1 killed by SIGKILL"
    for words in [
      helpers, "tries register sets with child 32677, and kills it",
      "tries restartable sequences with child 32678, and kills it",
    ] {
      #expect(shown.contains(words), "\(shown.prefix(900))")
      #expect(!tool.run("show", "--all").out.replacing(/\n +/, with: " ").contains(words))
    }
    #expect(!shown.contains("[32675]") && tool.run("show", "--all").out.contains("[32675]"))
  }

  @Test("On a terminal an answer goes through the pager, elsewhere not, and its exit status stays")
  func pager() throws {
    let tool = try Tool()
    let log = House.root + "/Tests/Fixtures/killed.strace.gz"
    _ = tool.run("import", log, "-o", tool.database)
    tool.environment = ["FINI_TRACE_PAGER=sed s/^/paged:/", "TERM=xterm"]
    for report in [["list"], ["show"], ["explain"], ["sql", "SELECT 1"]] {
      let plain = tool.run(report)
      #expect(!plain.out.contains("paged:") && !plain.outLines.isEmpty, "\(report)")
      // script(1) gives it a terminal.
      let words = ([Tool.path] + report).map { "'\($0)'" }.joined(separator: " ")
      let shown = tool.run(program: "script", ["-qec", words, "/dev/null"])
      #expect(shown.status == plain.status, "\(report)")
      let lines = shown.out.split(whereSeparator: \.isNewline)
      #expect(lines.count >= plain.outLines.count, "\(report): \(shown.out)")
      #expect(lines.allSatisfy { $0.hasPrefix("paged:") }, "\(report): \(shown.out)")
    }
    // A message is none.
    let words = "'\(Tool.path)' show 9"
    let refused = tool.run(program: "script", ["-qec", words, "/dev/null"])
    #expect(refused.status == 66 && !refused.out.contains("paged:"), "\(refused.out)")
  }

  @Test("Nothing of a comparison is wider than 40 columns, if there are no more")
  func fortyColumns() throws {
    try withRecording { tool, _ in
      for more in [["1", "2"], ["1", "2", "3", "4"], ["1", "4", "--everything"]] {
        let run = tool.run(["compare"] + more + ["--width", "40"])
        #expect(run.status == 0 && run.outLines.count > 10, "\(run.err)")
        for line in run.outLines { #expect(line.count <= 40, "\(line)") }
        #expect(run.out.contains(" froze the task "), "\(run.out)")
      }
    }
  }

  @Test("A comparison names the phase that the time went to: where a tracer slept")
  func longestPhase() throws {
    try withRecording { tool, _ in
      // As if the tracer of run 2 had slept for 700 ms in commands: all that comes later is moved.
      let slow = 700_000_000
      for (table, columns, first) in [
        ("event", ["entered_ns"], "sequence"),
        ("phase", ["entered_ns", "left_ns"], "first_sequence"),
        ("evidence", ["entered_ns"], "sequence"),
      ] {
        let moved = columns.map { "\($0) = \($0) + \(slow)" }.joined(separator: ", ")
        _ = tool.sqlite(
          """
          UPDATE \(table) SET \(moved) WHERE run = 2 AND \(first) >= (
            SELECT first_sequence FROM phase WHERE run = 2 AND phase = 6)
          """)
      }
      _ = tool.sqlite("UPDATE judgement SET frozen_ns = frozen_ns + \(slow) WHERE run = 2")
      let lines = tool.run("compare", "1", "2").outLines
      let words = lines.prefix(2).joined(separator: " ")
      #expect(words.hasPrefix("run 2 froze the task "), "\(words)")
      let time = words.split(separator: " ").dropFirst(5).first.flatMap { Double($0) } ?? 0
      #expect(690..<710 ~= time, "\(words)")
      #expect(words.contains(" in phase commands") || words.contains("phase commands alone"))
      let row = lines.drop { !$0.hasPrefix("phase (ms)") }.dropFirst(2).first ?? ""
      #expect(row.hasPrefix("commands "), "\(row)")
      #expect(lines.first { $0.hasPrefix("strategy: ") }?.contains("(run 2)") == true)
    }
  }

  @Test("JSON is one object a line for every reader")
  func json() throws {
    try withRecording { tool, _ in
      for report in [
        ["show"], ["check"], ["list"], ["compare", "1", "2"], ["sql", "SELECT * FROM timeline"],
        ["doctor"],
      ] {
        let run = tool.run(report + ["--json"])
        #expect(run.status == 0)
        #expect(!run.outLines.isEmpty)
        for line in run.outLines {
          #expect(
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
        }
      }
      let events = tool.run("show", "1", "--json").outLines.count
      #expect(tool.sqlite("SELECT count(*) FROM event WHERE run = 1") == [["\(events)"]])
    }
  }

  @Test("Colour needs the option, and NO_COLOR switches it off")
  func color() throws {
    try withRecording { tool, _ in
      let escape = "\u{1b}["
      #expect(!tool.run("show").out.contains(escape))
      #expect(tool.run("show", "--color", "always").out.contains(escape))
      // On a terminal: script(1) makes one.
      let terminal = { (environment: [String]) -> String in
        tool.environment = environment + ["FINI_TRACE_PAGER=cat"]
        defer { tool.environment = [] }
        return tool.run(
          program: "script", ["-qec", "\(Tool.path) show", "/dev/null"]
        ).out
      }
      #expect(terminal([]).contains(escape))
      #expect(!terminal(["NO_COLOR=1"]).contains(escape))
      #expect(terminal(["NO_COLOR="]).contains(escape), "an empty NO_COLOR is none")
    }
  }

  @Test("A reader that closes the pipe early is no error")
  func closedPipe() throws {
    try withRecording { tool, _ in
      let script = "for i in 1 2 3 4 5 6 7 8 9; do \"$0\" show --json; done | head -1; true"
      let run = tool.run(program: "/bin/bash", ["-o", "pipefail", "-c", script, Tool.path])
      #expect(run.status == 0)
      #expect(run.outLines.count == 1)
      #expect(run.err == "")
    }
  }

  @Test("A name that a process chose can't steer the terminal")
  func hostileName() throws {
    let victim = try startVictim("renamed", ["a\u{1b}]0;x\u{7}b"])
    defer { victim.end() }
    let tool = try Tool()
    #expect(tool.run("record", "\(victim.pid)").status == 0)
    for report in [["show"], ["check"], ["list"], ["list", "--json"], ["compare", "1", "1"]] {
      let out = tool.run(report).out
      #expect(!out.contains("\u{1b}") && !out.contains("\u{7}"), "\(report)")
    }
    #expect(tool.run("list").out.contains("]0;x"))
  }

  @Test("Two cures of one kind have the same steps at whatever addresses")
  func sameSteps() throws {
    let tool = try Tool()
    for name in ["blocked-in-read", "counts-usr1"] {
      try withVictim(name) { victim in
        #expect(tool.run("record", "\(victim.pid)").status == 0)
      }
    }
    let run = tool.run("compare", "1", "2")
    #expect(run.status == 0)
    #expect(run.outLines.last == "the same steps in every phase")
  }

  @Test("The filters keep what they name")
  func filters() throws {
    try withRecording { tool, victim in
      let kinds = { (arguments: [String]) -> [String] in
        tool.run(["show", "1", "--json"] + arguments).outLines.compactMap { line in
          let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
          return (object as? [String: Any])?["kind"] as? String
        }
      }
      // Four pokes of debug registers: DR0, DR6, DR7 on, DR7 off.
      #expect(kinds(["--kind", "poke"]) == ["poke", "poke", "poke", "poke"])
      #expect(kinds(["--phase", "detach", "--kind", "detach"]) == ["detach"])
      #expect(kinds(["--around", "20", "--context", "2"]).count == 5)
      #expect(kinds(["--task", "1"]) == [])
      #expect(kinds(["--since", "100000"]) == [])
      #expect(kinds(["--until", "-1"]) == [])
      #expect(kinds(["--task", "\(victim.pid)"]).count > 50)
    }
  }

  @Test("Help and version are printed, unknown options are usage errors")
  func help() throws {
    let tool = try Tool()
    #expect(tool.run("--help").status == 0)
    for command in [
      "record", "watch", "import", "repair", "list", "show", "check", "explain", "compare", "sql",
      "doctor",
    ] {
      let run = tool.run("help", command)
      #expect(run.status == 0)
      // A command that needs an argument does not ask for it then.
      let option = tool.run(command, "--help")
      #expect(option.status == 0 && option.err == "" && option.out == run.out, "\(option.err)")
      #expect(run.out.contains("USAGE: fini-trace \(command)"))
      #expect(!run.out.contains("die-before"))
    }
    // The words that can be given, and not the numbers that files have for them.
    let words = tool.run("help", "record").out.split { $0 == " " || $0 == "\n" }
    #expect(words.joined(separator: " ").contains("direct; default: breakpoint"))
    #expect(tool.run("--version").out.hasPrefix("fini-trace 0."))
    #expect(tool.run("lunch").status == 64)
    #expect(tool.run("record", "1", "--strategy", "magic").status == 64)
    #expect(tool.run("record").status == 64)
  }

  @Test("Ctrl-C while a stop does not come ends the recording with 130 and lets the victim go")
  func interrupted() throws {
    let victim = try startVictim("vfork-parent", ["4"], settled: ["D"])
    defer { victim.end() }
    let tool = try Tool()
    let run = try tool.interrupted("record", "\(victim.pid)", "--deadline", "3000")
    #expect(run.status == 130, "\(run.err)")
    #expect(run.err.contains("interrupted"))
    #expect(victim.status("TracerPid") == "0")
    #expect(tool.run("list").status == 0)
  }

  @Test("Ctrl-C ends within a second, even if the task was seized and does not stop")
  func interruptedWhileSeized() throws {
    // A busy machine may keep any process from running for a while: the quickest of three tells.
    var quickest = UInt64.max
    for _ in 0..<3 where quickest >= 1000 { quickest = min(quickest, try interruptWhileSeized()) }
    #expect(quickest < 1000, "it took \(quickest) ms")
  }

  /// How many milliseconds the recorder took to end after Ctrl-C.
  private func interruptWhileSeized() throws -> UInt64 {
    let victim = try startVictim("vfork-parent", ["3"], settled: ["D"])
    defer { victim.end() }
    // The second sleep follows the first at once: a tracer that sees a new sleep seizes the task.
    for _ in 0..<2 { victim.say("again") }
    let tool = try Tool()
    let (run, took) = try tool.interrupted(
      ["record", "\(victim.pid)", "--deadline", "20000"], when: "a seized task in state D"
    ) { victim.status("TracerPid") != "0" && victim.state == "D" }
    #expect(run.status == 130, "\(run.err)")
    #expect(run.err.contains("interrupted"), "\(run.err)")
    #expect((run.out + run.err).contains("nothing of it was changed"), "\(run.out) \(run.err)")
    #expect(victim.status("TracerPid") == "0")
    #expect(victim.nextLine() == "over")
    #expect(victim.nextLine() == "over")
    return took
  }
}
