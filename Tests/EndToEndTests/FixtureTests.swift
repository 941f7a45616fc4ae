import FiniTestSupport
import Foundation
import Testing

/// Logs that Tests/Fixtures/record made: every line is imported, and the cause is right.
@Suite(.serialized)
struct FixtureTests {
  /// A recorded run, the first cause by strace's log and the first one by the tracer's own log;
  /// `nil` if nothing is wrong. A cause with `?` is possible, not proved.
  struct Fixture: CustomTestStringConvertible, Sendable {
    var name: String
    var strace: String?
    var log: String?
    var hasStrace = true
    var hasLog = true
    var testDescription: String { name }

    init(_ name: String, _ strace: String?, _ log: String?) {
      self.name = name
      self.strace = strace
      self.log = log
    }

    init(_ name: String, strace: String?) {
      self.init(name, strace, nil)
      hasLog = false
    }

    init(_ name: String, log: String?) {
      self.init(name, nil, log)
      hasStrace = false
    }
  }

  static let all: [Fixture] = [
    Fixture("good", nil, nil),
    Fixture("good-syscalls", nil, nil),
    Fixture("sigusr1", nil, nil),
    Fixture("zombie", nil, nil),
    Fixture("restore", nil, nil),
    Fixture("sigstop", "stop-signal-in-fini", "stop-signal-in-fini"),
    Fixture("terse", "stop-signal-in-fini", "stop-signal-in-fini"),
    Fixture("sigtrap", "false-breakpoint", "false-breakpoint"),
    Fixture("sigcont-infection", "interrupted-call", "interrupted-call"),
    Fixture("lost-breakpoint", "breakpoint-missed", "breakpoint-missed?"),
    // The log only shows that it had ended.
    Fixture("killed", "killed", "tracer-error"),
    Fixture("tracer-killed", "tracer-died", "breakpoint-missed?"),
    Fixture("left-by-itself", "tracer-died", "tracer-died?"),
    Fixture("pending-trap", "pending-trap?", "pending-trap"),
    Fixture("traced", "already-traced?", "already-traced?"),
    Fixture("restore-taken", log: "restore-fork-pid-taken"),
    Fixture("gdb", strace: nil),
    Fixture("misuse-clean", strace: nil),
    Fixture("misuse-armed", strace: "detached-armed"),
    Fixture("misuse-patched", strace: "memory-patched"),
    Fixture("misuse-mask", strace: "mask-changed"),
    Fixture("misuse-half", strace: "blob-left"),
    Fixture("misuse-protect", strace: "call-not-undone"),
    Fixture("misuse-opened", strace: "call-not-undone"),
    Fixture("misuse-poked", strace: "registers-left"),
    Fixture("misuse-flags", strace: "registers-left"),
    Fixture("misuse-floating", strace: "registers-left"),
    Fixture("misuse-floating-back", strace: nil),
    Fixture("misuse-file", strace: "memory-patched"),
    Fixture("misuse-file-back", strace: nil),
    Fixture("misuse-remote", strace: "memory-patched"),
    Fixture("misuse-past", strace: "registers-left"),
    Fixture("misuse-rewound", strace: nil),
    Fixture("misuse-skip", strace: "call-skipped"),
  ]

  private static let folder = House.root + "/Tests/Fixtures/"

  private func explain(_ file: String, _ cause: String?, _ tool: Tool) {
    let imported = tool.run("import", FixtureTests.folder + file)
    #expect(imported.status == 0, "\(imported.err)")
    // `import` judges the lines that it read, and `check` the file: both must be equal.
    #expect(tool.run("check").out == imported.out, "\(file)")
    let run = tool.run("explain", "--json")
    guard let cause else {
      #expect(run.status == 0, "\(file): \(run.out)")
      return
    }
    let isCertain = !cause.hasSuffix("?")
    let name = isCertain ? cause : String(cause.dropLast())
    // If a log says that the tracer failed, or how it ended, it has failed, whatever the cause.
    let words = "-e 'FAILED\\.' -e '+++ exited with 1 +++'"
    let saysSo = tool.run(
      program: "sh", ["-c", "gzip -dc \(FixtureTests.folder)\(file) | grep -q \(words)"])
    #expect(run.status == (isCertain || saysSo.status == 0 ? 1 : 2), "\(file): \(run.out)")
    #expect(
      run.out.contains(
        "\"diagnoses\":[{\"cause\":\"\(name)\",\"certainty\":\"\(isCertain ? "yes" : "possible")\""),
      "\(file): \(run.out.prefix(400))")
  }

  @Test("The cause, by either log", arguments: all)
  func cause(of fixture: Fixture) throws {
    if fixture.hasStrace {
      explain(fixture.name + ".strace.gz", fixture.strace, try Tool())
    }
    if fixture.hasLog { explain(fixture.name + ".log.gz", fixture.log, try Tool()) }
  }

  @Test("Every request, wait and signal line is an event, as awk counts", arguments: all)
  func count(of fixture: Fixture) throws {
    guard fixture.hasStrace else { return }
    let tool = try Tool()
    let file = FixtureTests.folder + fixture.name + ".strace.gz"
    let lines = tool.run(
      program: "sh",
      ["-c", "gzip -dc \"$0\" | awk -f \"$1\"", file, FixtureTests.folder + "count.awk"])
    #expect(tool.run("import", file).status == 0)
    // 32 is a signal; 40 a wait that never ended.
    let events = tool.sqlite(
      "SELECT sum(kind < 30) || ' ' || sum(kind IN (30, 40)) || ' ' || sum(kind = 32) FROM event")
    let counted = events.first?.first ?? ""
    // gdb's own kill(2) calls on its children are signals too.
    let sent =
      Int(
        tool.run(program: "sh", ["-c", "gzip -dc \"$0\" | grep -cE '(^| )t?g?kill\\('", file]).out
          .trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    let words = lines.out.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    #expect(words.count == 3 && words[0] > 3)
    #expect(counted == "\(words[0]) \(words[1]) \(words[2] + sent)")
  }

  @Test("The clocks of log and strace of one run are aligned, and the report says how")
  func joined() throws {
    let tool = try Tool()
    let base = FixtureTests.folder + "good"
    let run = tool.run("import", base + ".strace.gz", base + ".log.gz")
    #expect(run.status == 0)
    #expect(run.err.contains("; joined by 3 common events, "), "\(run.err)")
    #expect(run.out.contains("LANDED"))
    let anchors = tool.sqlite("SELECT format, anchor IS NULL, offset_ns <> 0 FROM input")
    #expect(anchors == [["strace", "1", "0"], ["criu-log", "0", "1"]])
    // Another run's log has no event and no process in common with it.
    let other = FixtureTests.folder + "restore-taken.log.gz"
    let wrong = tool.run("import", base + ".strace.gz", other)
    #expect(wrong.status == 64 && wrong.err.contains("--anyway"), "\(wrong.err)")
    let forced = tool.run("import", base + ".strace.gz", other, "--anyway")
    #expect(forced.err.contains("no common event"), "\(forced.err)")
  }
}
