import FiniTestSupport
import Foundation
import Testing

/// The command line as people type it first.
@Suite("What people type", .serialized)
struct TypedWordsTests {
  /// A tool with one recording, imported from a log, under two names.
  private func imported() throws -> (tool: Tool, file: String, link: String) {
    let tool = try Tool()
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    let (file, link) = (tool.folder + "/failed.db", tool.folder + "/link")
    #expect(tool.run("import", log, "-o", file).status == 0)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    return (tool, file, link)
  }

  @Test func `a recording is named by a word, with -i, with -o, and through a link`() throws {
    let (tool, file, link) = try imported()
    let check = tool.run("check", "1", "-o", file)
    #expect(check.status == 0, "\(check.err)")
    for words in [[file], [file, "1"], ["1", file], ["-i", file], [link], [file, "last"]] {
      let run = tool.run(["check"] + words)
      #expect(run.status == 0 && run.out == check.out, "\(words): \(run.err)")
    }
    for command in ["show", "explain", "list"] {
      #expect(tool.run(command, file).out == tool.run(command, "-o", file).out, "\(command)")
    }
    let compared = tool.run("compare", file, "1", "1")
    #expect(compared.status == 0 && compared.out == tool.run("compare", "1", "1", "-o", file).out)
    #expect(tool.run("sql", file, "SELECT number FROM run").outLines.last == "1")
    // A link is read and never written.
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    #expect(tool.run("import", log, "-o", link).status == 69)
  }

  @Test func `an accident has another exit status than a no`() throws {
    let (tool, file, _) = try imported()
    #expect(tool.run("check", tool.folder + "/none.db").status == 66)
    #expect(tool.run("check", "99", file).status == 66)
    #expect(tool.run("show", file, "--around", "9999999").status == 66)
    #expect(tool.run("import", tool.folder + "/none.log").status == 66)
    let full = tool.run(program: "sh", ["-c", "\"$0\" check \"$1\" > /dev/full", Tool.path, file])
    #expect(full.status == 74)
    #expect(full.errLines == ["fini-trace: standard output: no space left on device"])
  }

  @Test(arguments: [
    (["record", "4711", "--"], "there is no command after --"),
    (["record", "4711", "--", ""], "there is no command after --"),
    (["record", "4711", "--foreground"], "--foreground needs a command"),
    (["record", "4711", "--timeout", "3"], "--timeout needs --tree, --watch or a command"),
    (["record", "4711", "--rescans", "3"], "--rescans needs --tree"),
    (["record", "4711", "--strategy", "direct", "--", "true"], "--strategy is of our own cure"),
    (["record", "-p", "4711"], "without -p: fini-trace record 4711"),
    (["record", "4711", "true"], "a command comes after --: fini-trace record 4711 -- true ..."),
    (["record", "criu", "dump"], "a command comes after --: fini-trace record -- criu dump ..."),
    (["check", "fnord"], "no run (a number, or last), and there is no such file"),
    (["check", "a.db", "b.db"], "both a.db and b.db are named"),
    (["compare", "1"], "compare needs two runs"),
    (["list", "3"], "no run is asked for"),
    (["show", "--context", "3"], "--context needs --around"),
    (["show", "--unparsed", "--kind", "stop"], "--unparsed shows lines that became no events"),
    (["check", "--width", "5"], "--width must be 40 or more"),
    (["bundle", "--open", "a.tar", "-o", "-"], "--open unpacks into a folder"),
    (["bundle", "-o", "-", "--json"], "standard output has the bundle, and no JSON"),
    (["help", "fnord"], "there is no command \"fnord\"; there are record"),
  ])
  func `a slip is told in one line that names the right form`(words: [String], told: String) throws
  {
    let run = try Tool().run(words)
    #expect(run.status == 64)
    #expect(run.err.split(separator: "\n").count == 1 && run.err.contains(told), "\(run.err)")
    #expect(run.out == "")
  }

  @Test func `what is no log is told for what it is, and xz is read`() throws {
    let (tool, file, _) = try imported()
    let recording = tool.run("import", file)
    #expect(recording.status == 66 && recording.err.contains("read it: fini-trace explain"))
    let perf = tool.folder + "/perf.data"
    try Data("PERFILE2 and more".utf8).write(to: URL(fileURLWithPath: perf))
    let refused = tool.run("import", perf)
    #expect(refused.status == 66 && refused.err.contains("perf script -i \(perf)"))
    let packed = tool.folder + "/good.strace.xz"
    let script = "gzip -dc \(House.root)/Tests/Fixtures/good.strace.gz | xz > \(packed)"
    #expect(tool.run(program: "sh", ["-c", script]).status == 0)
    #expect(tool.run("import", packed, "-o", tool.folder + "/xz.db").status == 0)
    let (own, other) = (tool.run("check", file), tool.run("check", tool.folder + "/xz.db"))
    #expect(own.out == other.out && own.status == 0)
    // Two of them appended to each other are one; one that is cut is damaged.
    let twice = "cat \(packed) \(packed) > \(packed)2; head -c 900 \(packed) > \(packed)3"
    #expect(tool.run(program: "sh", ["-c", twice]).status == 0)
    #expect(tool.run("import", packed + "2", "-o", tool.folder + "/two.db").status == 0)
    #expect(tool.run("import", packed + "3", "-o", tool.folder + "/cut.db").err.contains("damaged"))
  }

  @Test func `sql knows .tables, .views and .schema, and speaks of statements in its own words`()
    throws
  {
    let (tool, file, _) = try imported()
    #expect(tool.run("sql", file, ".tables").outLines.contains("judgement"))
    let views = tool.run("sql", file, ".views").outLines
    #expect(views.contains("timeline") && !views.contains("judgement"))
    #expect(tool.run("sql", file, ".schema run", "--json").out.contains("CREATE TABLE run ("))
    let two = tool.run("sql", file, "SELECT 1; SELECT 2")
    #expect(two.status == 64 && two.err.contains("it is more than one statement"))
    #expect(!two.err.contains("Database."))
  }

  @Test func `a terminal that can't show colours gets none`() throws {
    let (tool, file, _) = try imported()
    func shown(_ term: String) -> String {
      let line = "TERM=\(term) NO_COLOR= '\(Tool.path)' check '\(file)'"
      return tool.run(program: "script", ["-qec", line, "/dev/null"]).out
    }
    #expect(shown("xterm").contains("\u{1b}["))
    #expect(!shown("dumb").contains("\u{1b}"))
  }

  @Test func `the version tells the commit, the schema and the libraries`() throws {
    let (tool, file, _) = try imported()
    func answer(_ query: String) -> Substring? {
      tool.run("sql", query, "-o", file, "--json").out.split { "\"{}[]:\n".contains($0) }.last
    }
    let schema = try #require(answer("PRAGMA user_version"))
    let sqlite = try #require(answer("SELECT sqlite_version()"))
    let header = readWhole("/usr/include/bpf/libbpf_version.h").split(separator: "\n")
    let numbers = header.filter { $0.hasPrefix("#define LIBBPF_M") }.compactMap {
      $0.split(separator: " ").last
    }
    #expect(
      tool.run("--version").out.split(separator: "\n").dropFirst() == [
        "commit unknown (tools/release says it)", "schema \(schema)", "SQLite \(sqlite)",
        "libbpf \(numbers.joined(separator: "."))",
      ])
  }

  @Test func `the version is also asked for by -V, and list tells where runs come from`() throws {
    let (tool, file, _) = try imported()
    #expect(tool.run("-V").out == tool.run("--version").out)
    let list = tool.run("list", file)
    // The command line is cut to the width, and the program's own path may be longer than that.
    #expect(list.out.contains("started (UTC)") && list.out.contains("\n1: "), "\(list.out)")
    let row = tool.run("list", file, "--json").out
    let hasCommand = row.contains("\"command_line\":\"") && row.contains(" import ")
    #expect(hasCommand && row.contains("\"host\":\"\""), "\(row)")
  }

  @Test func `the help of each command has examples and exit statuses`() throws {
    let tool = try Tool()
    let all = tool.run("--help").out.components(separatedBy: "SUBCOMMANDS:\n").last ?? ""
    let commands = all.components(separatedBy: "\n\n")[0].split(separator: "\n")
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first }.map(String.init)
    #expect(commands.contains("record") && commands.contains("export") && commands.count > 9)
    for command in commands {
      let help = tool.run("help", command).out
      #expect(help.contains("EXAMPLES:\n  ") && help.contains("EXIT STATUS:\n  "), "\(command)")
    }
  }

  @Test func `no line of a help is wider than 80 columns, and every command takes --json`() throws {
    let tool = try Tool()
    let all = tool.run("--help").out.components(separatedBy: "SUBCOMMANDS:\n").last ?? ""
    let commands = all.components(separatedBy: "\n\n")[0].split(separator: "\n")
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first }.map(String.init)
    #expect(commands.count > 9)
    for words in commands.map({ [$0] }) + [[]] {
      let help = tool.run(words + ["--help"])
      let wide = help.outLines.filter { $0.count > 80 }
      #expect(help.status == 0 && wide == [], "\(words)")
      // What export writes is a format of its own: ndjson is one of them. watch answers nothing.
      if let command = words.first, command != "export", command != "watch" {
        #expect(help.out.contains("--json"), "\(command)")
      }
    }
  }

  @Test func `record says what it is about to do`() throws {
    try withVictim("blocked-in-read") { victim in
      let run = try Tool().run("record", "\(victim.pid)")
      let line = "fini-trace: infecting \(victim.pid) (blocked-in-read) ..."
      #expect(run.status == 0 && run.err == line + "\n", "\(run.err)")
    }
  }
}
