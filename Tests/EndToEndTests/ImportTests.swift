import FiniTestSupport
import Foundation
import Testing

/// An strace log of our own tracer imports to the same run that our own tracer recorded.
@Suite(.serialized)
struct ImportTests {
  /// A recording by fini-trace, and strace's log of the same run.
  private func traced(_ strategy: String, _ options: [String], _ tool: Tool) throws -> String {
    try withVictim("counts-usr1") { victim in
      let log = tool.folder + "/strace"
      let run = tool.run(
        program: "strace",
        options + ["-e", "trace=ptrace,wait4", "-o", log, Tool.path]
          + ["record", "--unguarded", "\(victim.pid)", "--strategy", strategy])
      #expect(run.status == 0, "\(run.err)")
      return log
    }
  }

  @Test(
    "The same calls, results, statuses and verdict",
    arguments: ["breakpoint", "breakpoint-after", "syscall", "direct"])
  func roundTrip(strategy: String) throws {
    for options in [
      ["-v", "-ttt"], ["-v", "-X", "verbose", "-tt", "-T"], ["-v", "-X", "raw", "-r"],
    ] {
      let tool = try Tool()
      let log = try traced(strategy, options, tool)
      let imported = tool.run("import", log, "-o", tool.folder + "/other.db")
      #expect(imported.status == 0, "\(imported.err)")
      let question = """
        SELECT kind, request, e.result, e.status, t.tid FROM event e
        JOIN task t ON t.run = e.run AND t.number = e.tracee WHERE kind <= 30 ORDER BY sequence
        """
      let own = tool.sqlite(question)
      let other = tool.run(
        program: "sqlite3", ["-separator", "\t", tool.folder + "/other.db", question]
      ).outLines.map { $0.components(separatedBy: "\t") }
      // The trace also shows the rehearsal on a child, which is not recorded.
      let tasks = Set(own.compactMap(\.last))
      #expect(own.count > 30)
      #expect(own == other.filter { tasks.contains($0.last ?? "") }, "\(options)")
      // -X raw shows no registers and no system call: the entered call is not proved there.
      guard !options.contains("raw") else { continue }
      let rows = Dictionary(grouping: own.compactMap(\.last)) { $0 }
      let victim = try #require(rows.max { $0.value.count < $1.value.count }?.key)
      let check = tool.run(
        "check", "--json", "--task", victim, "-o", tool.folder + "/other.db")
      let mine = tool.run("check", "--json")
      for run in [check, mine] {
        let words = "\(options) \(run.err) \(run.out.prefix(300))"
        #expect(run.out.contains("\"verdict\":\"landed\""), "\(words)")
        #expect(run.out.contains("\"caught\":\"\(strategy)\""), "\(options) \(run.out.prefix(300))")
      }
      // Of the victim: a busy machine ends the rehearsal early, and of the child that the trace shows it is only
      // known that its tracer killed it.
      let explain = tool.run("explain", "--task", victim, "-o", tool.folder + "/other.db")
      #expect(explain.status == 0, "\(explain.out)")
    }
  }

  @Test("A child that its tracer killed on the way to a cure that landed is a note")
  func endedRehearsal() throws {
    let tool = try Tool()
    // The delays take longer than the rehearsal of the cure may. The calls that end its child are not in the trace.
    let log = try traced(
      "breakpoint", ["-v", "-ttt", "-e", "inject=wait4:delay_enter=60000:when=1..3"], tool)
    #expect(tool.run("import", log, "-o", tool.folder + "/other.db").status == 0)
    let explain = tool.run("explain", "-o", tool.folder + "/other.db")
    #expect(explain.status == 0, "\(explain.out)")
    #expect(explain.out.hasPrefix("Nothing wrong"), "\(explain.out)")
    #expect(explain.out.contains("was killed by SIGKILL"), "\(explain.out)")
  }

  @Test("A log is read compressed, and from a pipe")
  func packed() throws {
    let tool = try Tool()
    let log = try traced("breakpoint", ["-v", "-ttt"], tool)
    for script in [
      "gzip -k \(log); @ import \(log).gz", "zstd -q \(log); @ import \(log).zst",
      "cat \(log) | @ import -", "gzip -c \(log) | @ import -",
    ] {
      let run = tool.run(
        program: "sh", ["-c", script.replacingOccurrences(of: "@", with: Tool.path)])
      #expect(run.status == 0, "\(script): \(run.err)")
      #expect(run.out.contains("LANDED"), "\(script)")
    }
  }

  @Test("Lines that are not understood are kept, and shown as harmless text")
  func unparsed() throws {
    let tool = try Tool()
    let log = try traced("breakpoint", ["-v", "-ttt"], tool)
    let whole = readWhole(log) + "something \u{1b}[31mred\n<script>\n"
    try whole.write(toFile: log + ".more", atomically: true, encoding: .utf8)
    let run = tool.run("import", log + ".more")
    #expect(run.err.contains("2 not understood"), "\(run.err)")
    let shown = tool.run("show", "--unparsed")
    #expect(shown.outLines.count == 2)
    #expect(shown.out.contains("something"))
    #expect(!shown.out.contains("\u{1b}"))
    let lines = tool.run("show", "--unparsed", "--json").outLines
    #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("{\"run\":2,") })
  }

  @Test("Inputs that can't be read are reported in a line, and no run is made")
  func badInput() throws {
    let tool = try Tool()
    try "".write(toFile: tool.folder + "/empty", atomically: true, encoding: .utf8)
    try "hello\nworld\n".write(toFile: tool.folder + "/text", atomically: true, encoding: .utf8)
    for (name, text) in [
      ("source", "# --- criu never logs again\n"),
      ("summary", "% time     seconds  usecs/call     calls    errors syscall\n"),
    ] {
      try text.write(toFile: tool.folder + "/" + name, atomically: true, encoding: .utf8)
    }
    for (name, words) in [
      ("summary", "without -c"), ("nothing", "no such file or directory (ENOENT)"),
      ("empty", "is empty"),
      ("text", "looks like no log"), ("source", "looks like no log"),
      (".", "is a folder"),
    ] {
      let run = tool.run("import", tool.folder + "/" + name)
      #expect(run.status == 66)
      #expect(run.errLines.count == 1)
      #expect(run.err.contains(words), "\(run.err)")
    }
    #expect(tool.run("import").status == 64)
    #expect(!FileManager.default.fileExists(atPath: tool.database))
  }
}
