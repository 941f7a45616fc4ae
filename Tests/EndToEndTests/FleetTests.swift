import FiniTestSupport
import Foundation
import Testing

/// The rows for a database of many machines, with Python's csv, json and sqlite3 as witnesses. tools/fleet-test loads them
/// into real servers.
@Suite("Rows of a fleet", .serialized)
struct FleetTests {
  private static let tables = [
    "costs", "diagnoses", "events", "explanations", "phases", "runs", "tasks", "verdicts",
  ]

  private func imported(_ logs: String...) throws -> (tool: Tool, file: String) {
    let tool = try Tool()
    let file = tool.folder + "/a.db"
    for log in logs {
      let path = House.root + "/Tests/Fixtures/\(log).strace.gz"
      #expect(tool.run("import", path, "-o", file).status < 3)
    }
    return (tool, file)
  }

  private func sqlite(_ tool: Tool, _ file: String, _ sql: String) -> String {
    let result = tool.run(program: "sqlite3", [file, sql])
    #expect(result.status == 0, "\(sql): \(result.err)")
    return result.out.trimmingCharacters(in: .newlines)
  }

  private func export(_ tool: Tool, _ words: String..., to folder: String = "rows") -> Tool.Result {
    tool.run(["export", "--fleet"] + words + ["--format", "ndjson", "--to", folder])
  }

  private func rows(_ tool: Tool, _ table: String, in folder: String = "rows") throws
    -> [[String: Any]]
  {
    try readWhole(tool.folder + "/\(folder)/\(table).ndjson").split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test
  func `hostile texts are cells as they were, no cell is a formula, and merging finds the same`()
    throws
  {
    let tool = try Tool()
    let check = tool.run(
      program: "python3",
      [House.root + "/Tests/Fleet/fleet_check.py", Tool.path, House.root, tool.folder])
    #expect(check.status == 0, "\(check.out) \(check.err)")
  }

  @Test func `the tables of each database have the columns that are written`() throws {
    let (tool, file) = try imported("good")
    #expect(
      tool.run("export", "--fleet", file, "--format", "csv", "--to", "rows").status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: tool.folder + "/rows")
    #expect(names.sorted() == FleetTests.tables.map { "\($0).csv" })
    for database in ["postgresql", "duckdb", "clickhouse"] {
      let text = readWhole(House.root + "/schema/fleet/\(database)/tables.sql")
      for table in FleetTests.tables {
        let parts = text.components(separatedBy: "EXISTS fini.\(table) (\n")
        let body = try #require(parts.last?.components(separatedBy: "\n)").first)
        let columns = body.components(separatedBy: "PRIMARY KEY")[0].split(separator: ",")
          .compactMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) }
          .filter { $0 != "loaded" }
        let head = readWhole(tool.folder + "/rows/\(table).csv").components(separatedBy: "\r\n")[0]
        #expect(parts.count == 2 && columns.joined(separator: ",") == head, "\(database) \(table)")
      }
    }
  }

  @Test func `a folder is private, a second export is the same, and events are there if asked for`()
    throws
  {
    let (tool, file) = try imported("good", "sigusr1")
    #expect(export(tool, file).status == 0 && export(tool, file, to: "again").status == 0)
    #expect(export(tool, file, "--events", to: "events").status == 0)
    for table in FleetTests.tables {
      let text = readWhole(tool.folder + "/rows/\(table).ndjson")
      #expect(text == readWhole(tool.folder + "/again/\(table).ndjson"), "\(table)")
      let whole = readWhole(tool.folder + "/events/\(table).ndjson")
      #expect(table == "events" ? text.isEmpty && !whole.isEmpty : text == whole, "\(table)")
      let path = tool.folder + "/rows/\(table).ndjson"
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
    let folder = try FileManager.default.attributesOfItem(atPath: tool.folder + "/rows")
    #expect(folder[.posixPermissions] as? Int == 0o700)
    let count = sqlite(tool, file, "SELECT count(*) FROM event")
    #expect(try rows(tool, "events", in: "events").count == Int(count))
    let costs = "SELECT sum(calls), sum(stops), sum(frozen_ns) FROM costs WHERE phase <> 'all'"
    let sums = try ["calls", "stops", "frozen_ns"].map { name in
      try rows(tool, "costs").reduce(0) { $0 + ($1[name] as? Int ?? 0) }
    }
    #expect(sums.map { "\($0)" }.joined(separator: "|") == sqlite(tool, file, costs))
    // Two files that have one run: it is one run.
    #expect(tool.run("merge", file, "-o", "b.db").status == 0)
    #expect(export(tool, file, "b.db", to: "both").status == 0)
    #expect(
      readWhole(tool.folder + "/both/runs.ndjson") == readWhole(tool.folder + "/rows/runs.ndjson"))
    #expect(export(tool, file, "2", to: "one").status == 0)
    #expect(try rows(tool, "runs", in: "one").count == 1)
  }

  @Test func `a run of the time before names has the same one each time, and two have two`() throws
  {
    let (tool, file) = try imported("good", "sigusr1")
    let names = sqlite(tool, file, "SELECT uuid FROM origin ORDER BY run").split(separator: "\n")
    let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    #expect(Set(names).count == 2)
    for name in names { #expect(name.wholeMatch(of: form) != nil, "\(name)") }
    _ = sqlite(tool, file, OldFormat.first)
    #expect(export(tool, file).status == 0 && export(tool, file, to: "again").status == 0)
    let found = try rows(tool, "runs").compactMap { $0["run"] as? String }
    let again = try rows(tool, "runs", in: "again").compactMap { $0["run"] as? String }
    #expect(Set(found).count == 2 && found == again)
    let old = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    for name in found { #expect(name.wholeMatch(of: old) != nil, "\(name)") }
    #expect(try rows(tool, "explanations").isEmpty)
    // A copy keeps it, also one with a number of its own.
    #expect(tool.run("merge", file, "-o", "b.db").status == 0)
    #expect(export(tool, "b.db", to: "copy").status == 0)
    #expect(try rows(tool, "runs", in: "copy").compactMap { $0["run"] as? String } == found)
  }

  @Test func `a run of this machine has its digests, as sha256sum makes them, and not its IDs`()
    throws
  {
    let tool = try Tool()
    try withVictim("counts-usr1") { victim in
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
    func digest(_ purpose: String, _ path: String) -> String {
      let script = "printf '%s' \"fini-trace \(purpose) $(cat \(path))\" | sha256sum | cut -c1-32"
      return tool.run(program: "sh", ["-c", script]).out.trimmingCharacters(in: .newlines)
    }
    let machine = readWhole("/etc/machine-id").trimmingCharacters(in: .newlines)
    let boot = readWhole("/proc/sys/kernel/random/boot_id").trimmingCharacters(in: .newlines)
    let row = tool.sqlite("SELECT coalesce(machine, ''), boot FROM origin")[0]
    let isKnown = machine.wholeMatch(of: /[0-9a-f]{32}/) != nil
    #expect(row[0] == (isKnown ? digest("machine", "/etc/machine-id") : ""))
    #expect(row[1] == digest("boot", "/proc/sys/kernel/random/boot_id"))
    let dump = tool.run(program: "sqlite3", [tool.database, ".dump"]).out
    #expect(!dump.contains(boot) && (!isKnown || !dump.contains(machine)))
    #expect(tool.run("bundle", "-o", "b.tar").status == 0)
    #expect(tool.run("bundle", "--open", "b.tar", "-o", "opened").status == 0)
    let bundled = sqlite(tool, "opened/recording.db", "SELECT uuid, machine, boot FROM origin")
    #expect(bundled == sqlite(tool, tool.database, "SELECT uuid FROM origin") + "||")
  }

  @Test func `a run that is being recorded is left out, and said`() throws {
    let (tool, file) = try imported("good", "sigusr1")
    _ = sqlite(tool, file, "UPDATE run SET state = 1 WHERE number = 2")
    let run = export(tool, file)
    #expect(run.status == 0 && run.err.contains("run 2 is being recorded"), "\(run.err)")
    #expect(try rows(tool, "runs").count == 1)
  }

  @Test(arguments: [
    (["--fleet", "a.db", "--format", "ndjson"], "--to"),
    (["--fleet", "a.db", "--format", "ndjson", "--to", "-"], "--to"),
    (["--fleet", "a.db", "--format", "html", "--to", "rows"], "ndjson or --format csv"),
    (["--fleet", "a.db", "--format", "csv", "--to", "rows", "--task", "1"], "--task"),
    (["a.db", "--format", "csv", "--events"], "--fleet"),
    (["--fleet", "a.db", "b.db", "1", "--format", "csv", "--to", "rows"], "run 1 is of one"),
    (["--fleet", "nothing", "--format", "csv", "--to", "rows"], "no such file"),
  ])
  func `what contradicts itself is refused, and nothing is written`(words: [String], says: String)
    throws
  {
    let (tool, _) = try imported("good")
    let run = tool.run(["export"] + words)
    #expect(run.status == 64 && run.err.contains(says) && run.errLines.count == 1, "\(run.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.folder + "/rows"))
  }
}
