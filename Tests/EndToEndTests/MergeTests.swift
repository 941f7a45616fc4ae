import FiniTestSupport
import Foundation
import Testing

/// Runs of many recordings in one, compared by sqlite3.
@Suite("Merging recordings", .serialized)
struct MergeTests {
  private func imported(_ tool: Tool, _ logs: String..., into file: String) {
    for log in logs {
      let path = House.root + "/Tests/Fixtures/\(log).strace.gz"
      #expect(tool.run("import", path, "-o", file).status < 3)
    }
  }

  private func ask(_ tool: Tool, _ file: String, _ sql: String) -> String {
    let result = tool.run(program: "sqlite3", [file, sql])
    #expect(result.status == 0, "\(sql): \(result.err)")
    return result.out.trimmingCharacters(in: .newlines)
  }

  /// The columns of each table that has rows of runs, but for the number of the run.
  private func tables(_ tool: Tool, _ file: String) -> [(name: String, columns: String)] {
    let sql = """
      SELECT t.name, group_concat(c.name) FROM sqlite_schema t, pragma_table_info(t.name) c
      WHERE t.type = 'table' AND c.name <> iif(t.name = 'run', 'number', 'run')
        AND (t.name = 'run' OR 'run' IN (SELECT name FROM pragma_table_info(t.name))) GROUP BY 1
      """
    return ask(tool, file, sql).split(separator: "\n").map {
      let parts = $0.split(separator: "|")
      return (String(parts[0]), String(parts[1]))
    }
  }

  /// How many rows of a run another one does not have, in all tables.
  private func differences(
    _ tool: Tool, _ run: Int, of file: String, from other: Int, of merged: String
  ) -> Int {
    tables(tool, file).reduce(0) { sum, table in
      let key = table.name == "run" ? "number" : "run"
      let first = "SELECT \(table.columns) FROM \(table.name) WHERE \(key) = \(run)"
      let second = "SELECT \(table.columns) FROM c.\(table.name) WHERE \(key) = \(other)"
      let sql = """
        ATTACH '\(merged)' AS c; SELECT (SELECT count(*) FROM (\(first) EXCEPT \(second)))
        + (SELECT count(*) FROM (\(second) EXCEPT \(first)))
        + abs((SELECT count(*) FROM (\(first))) - (SELECT count(*) FROM (\(second))))
        """
      return sum + (Int(ask(tool, file, sql)) ?? 1_000_000)
    }
  }

  private func bytes(_ tool: Tool, _ file: String) -> Data? {
    FileManager.default.contents(atPath: tool.folder + "/" + file)
  }

  @Test func `each run comes with all rows of all tables, and a second merge changes nothing`()
    throws
  {
    let tool = try Tool()
    imported(tool, "good", "sigusr1", into: "a.db")
    imported(tool, "killed", "terse", into: "b.db")
    // What GRDB would cut off or mend is copied as it is.
    _ = ask(tool, "b.db", "UPDATE task SET name = CAST(x'3d6100ff0a22' AS TEXT) WHERE run = 1")
    let before = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
    let inputs = ["a.db", "b.db"].map { bytes(tool, $0) }
    let first = tool.run("merge", "a.db", "b.db", "-o", "c.db")
    #expect(first.status == 0, "\(first.err)")
    #expect(
      first.outLines == ["a.db: 2 runs copied, now 1 to 2", "b.db: 2 runs copied, now 3 to 4"])
    #expect(["a.db", "b.db"].map { bytes(tool, $0) } == inputs)
    let after = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
    #expect(Set(after).subtracting(before).filter { !$0.hasPrefix(".") } == ["c.db"])
    #expect(tables(tool, "a.db").count == 19)
    for (run, file, number) in [(1, "a.db", 1), (2, "a.db", 2), (1, "b.db", 3), (2, "b.db", 4)] {
      #expect(differences(tool, run, of: file, from: number, of: "c.db") == 0, "\(file) \(run)")
      #expect(
        tool.run("explain", file, "\(run)").out.split(separator: "\n").dropFirst()
          == tool.run("explain", "c.db", "\(number)").out.split(separator: "\n").dropFirst())
    }
    #expect(differences(tool, 1, of: "a.db", from: 2, of: "c.db") > 0, "the comparison can fail")
    #expect(ask(tool, "c.db", "PRAGMA integrity_check; PRAGMA foreign_key_check") == "ok")
    let whole = tool.run(program: "sqlite3", ["c.db", ".dump"]).out
    let second = tool.run("merge", "b.db", "a.db", "a.db", "-o", "c.db")
    #expect(second.status == 0 && second.outLines.last == "a.db: 4 runs there already")
    #expect(tool.run(program: "sqlite3", ["c.db", ".dump"]).out == whole)
    let told = tool.run("merge", "b.db", "-o", "c.db", "--json")
    #expect(told.outLines.count == 2 && told.out.contains("\"fate\":\"there\",\"now\":3"))
  }

  @Test func `an input of version 1 is copied once, and so is one that the target had before`()
    throws
  {
    let tool = try Tool()
    imported(tool, "good", "sigusr1", into: "a.db")
    _ = ask(tool, "a.db", OldFormat.first)
    #expect(tool.run(program: "cp", ["a.db", "c.db"]).status == 0)
    let run = tool.run("merge", "a.db", "-o", "c.db")
    #expect(run.outLines == ["a.db: 2 runs there already"], "\(run.out) \(run.err)")
    #expect(tool.run("merge", "a.db", "-o", "d.db").outLines == ["a.db: 2 runs copied, now 1 to 2"])
    #expect(ask(tool, "a.db", "PRAGMA user_version") == "1")
    #expect(tool.run("check", "d.db", "1").out == tool.run("check", "a.db", "1").out)
  }

  @Test func `what stands in the log of a dead writer is copied, and stays there`() throws {
    let tool = try Tool()
    imported(tool, "good", into: "a.db")
    let script = """
      import os, sqlite3
      db = sqlite3.connect("a.db")
      db.execute("UPDATE run SET host = 'from the log'")
      db.commit()
      os._exit(0)
      """
    #expect(tool.run(program: "python3", ["-c", script]).status == 0)
    let before = ["a.db", "a.db-wal"].map { bytes(tool, $0) }
    #expect((before[1]?.count ?? 0) > 0)
    #expect(tool.run("merge", "a.db", "-o", "c.db").status == 0)
    #expect(["a.db", "a.db-wal"].map { bytes(tool, $0) } == before)
    #expect(ask(tool, "c.db", "SELECT host FROM run") == "from the log")
  }

  @Test func `a run that is being recorded is left out, and comes when it has ended`() throws {
    let tool = try Tool()
    imported(tool, "good", "sigusr1", into: "a.db")
    _ = ask(tool, "a.db", "UPDATE run SET state = 1 WHERE number = 1")
    let first = tool.run("merge", "a.db", "-o", "c.db")
    #expect(
      first.outLines == ["a.db: 1 run copied, now 1; 1 run left out, still being recorded"])
    _ = ask(tool, "a.db", "UPDATE run SET state = 2 WHERE number = 1")
    let second = tool.run("merge", "a.db", "-o", "c.db")
    #expect(second.outLines == ["a.db: 1 run copied, now 2; 1 run there already"])
  }

  @Test func `what is no recording is refused, and nothing is made`() throws {
    let tool = try Tool()
    imported(tool, "good", into: "a.db")
    try "no recording".write(toFile: tool.folder + "/b.db", atomically: true, encoding: .utf8)
    _ = ask(tool, "other.db", "CREATE TABLE run (number)")
    _ = ask(
      tool, "newer.db",
      "PRAGMA application_id = 1181308018; PRAGMA user_version = 99;"
        + "CREATE TABLE judgement (run)")
    #expect(tool.run(program: "touch", ["empty.db"]).status == 0)
    for (bad, status) in [
      ("b.db", 66), ("other.db", 66), ("empty.db", 66), ("gone.db", 66), (".", 66),
      ("newer.db", 69),
    ] as [(String, Int32)] {
      let run = tool.run("merge", "a.db", bad, "-o", "c.db")
      #expect(run.status == status && run.errLines.count == 1, "\(bad): \(run.status) \(run.err)")
      #expect(bytes(tool, "c.db") == nil)
    }
    let itself = tool.run("merge", "a.db", "./a.db", "-o", "a.db")
    #expect(itself.status == 64 && itself.err.contains("into itself"))
    let target = tool.run("merge", "a.db", "-o", "b.db")
    #expect(target.status == 66 && bytes(tool, "b.db") == Data("no recording".utf8))
    #expect(tool.run("merge", "a.db").status == 64 && tool.run("merge", "-o", "c.db").status == 64)
  }

  @Test func `a recording with what no recorder wrote is refused, and the target stays whole`()
    throws
  {
    let tool = try Tool()
    imported(tool, "good", into: "a.db")
    imported(tool, "sigusr1", into: "bad.db")
    // A table of the format without what the format asks of it.
    _ = ask(
      tool, "bad.db",
      "DROP TABLE evidence; CREATE TABLE evidence (run, task, number, sequence, reason);"
        + "INSERT INTO evidence VALUES (1, 1, 1, 1, NULL)")
    let run = tool.run("merge", "a.db", "bad.db", "-o", "c.db")
    #expect(run.status == 66 && run.err.contains("bad.db: is damaged"), "\(run.err)")
    #expect(ask(tool, "c.db", "SELECT count(*) FROM run") == "1")
    #expect(ask(tool, "c.db", "SELECT count(*) FROM evidence WHERE run > 1") == "0")
  }
}
