import FiniModel
import FiniStore
import FiniTestSupport
import Testing

@Suite("What follows from the schema comes anew, and what belongs to a run goes with it")
struct UpgradeTests {
  @Test("A file with an older form of a view gets the new one, and keeps those of its user")
  func olderView() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let views = "SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name"
    let whole = try sqlite3(path, views)
    let rows = "SELECT * FROM timeline; SELECT * FROM stops; SELECT * FROM meaning"
    let before = try sqlite3(path, rows)
    for damage in [
      "DROP VIEW stops; CREATE VIEW stops AS SELECT sequence FROM event WHERE kind = 31",
      "DROP VIEW frozen; DELETE FROM meaning",
      "DROP VIEW run_start; DROP VIEW timeline",
    ] {
      _ = try sqlite3(path, damage)
      #expect(try sqlite3(path, views) != whole)
      _ = try TraceFile.openForRecording(path)
      #expect(try sqlite3(path, views) == whole, "\(damage)")
      #expect(try sqlite3(path, rows) == before, "\(damage)")
    }
    _ = try sqlite3(path, "CREATE VIEW mine AS SELECT count(*) FROM timeline")
    let version = try sqlite3(path, "PRAGMA schema_version")
    _ = try TraceFile.openForRecording(path)
    let count = try sqlite3(path, "SELECT count(*) FROM event")
    #expect(try sqlite3(path, "SELECT * FROM mine") == count)
    #expect(try sqlite3(path, "PRAGMA schema_version") == version, "nothing was made again")
  }

  @Test("A file of the first version is read as it is, and upgraded when it is recorded to")
  func firstVersion() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let whole = try TraceFile.openForReading(path).judged(of: 1)
    #expect(whole.values.first?.isLetGo == true)
    #expect(try sqlite3(path, OldFormat.first) == "")
    for isForRecording in [false, true] {
      let file =
        isForRecording
        ? try TraceFile.openForRecording(path) : try TraceFile.openForReading(path)
      let judged = try file.judged(of: 1)
      #expect(judged.values.map { $0.judgement } == whole.values.map { $0.judgement })
      #expect(judged.values.first?.isLetGo == nil && judged.values.first?.blob == nil)
    }
    #expect(try sqlite3(path, "PRAGMA user_version") == "2")
    let columns = "SELECT name FROM pragma_table_info('judgement') ORDER BY cid DESC LIMIT 1"
    #expect(try sqlite3(path, columns) == "let_go")
  }

  /// The tables that have rows of runs, by the file itself.
  private func tablesOfRuns(_ path: String) throws -> [String] {
    try sqlite3(
      path,
      "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c "
        + "WHERE t.type = 'table' AND c.name = 'run' ORDER BY t.name"
    ).split(separator: "\n").map(String.init)
  }

  /// Two runs with rows in all tables.
  private func full(_ scratch: Scratch) throws -> String {
    let path = try SchemaTests.recorded(scratch)
    let file = try TraceFile.openForRecording(path)
    for run in [Int64(1), 2] {
      try file.keep(text: "pipe_read", of: 1, in: run)
      _ = try sqlite3(
        path,
        "INSERT INTO input VALUES (\(run), 0, '-', 'strace', 1, 1, 0, 0, 0, '');"
          + "INSERT INTO tracee VALUES (\(run), 0, 1, 1, 1, 0);"
          + "INSERT INTO origin VALUES (\(run), 'uuid-\(run)', NULL, NULL);"
          + "INSERT INTO explanation VALUES (\(run), 'unknown', NULL, '', NULL, NULL, 0, 0, '');"
          + "INSERT INTO diagnosis VALUES (\(run), 0, '', NULL, 'yes', NULL, '', 0);"
          + "INSERT INTO diagnosis_event VALUES (\(run), 0, 0, 'evidence', 1, NULL, '');"
          + "INSERT INTO diagnosis_advice VALUES (\(run), 0, 0, 'advice', '')")
    }
    return path
  }

  @Test("Every row of a run goes when the run does, and no row of another")
  func cascade() throws {
    let scratch = try Scratch()
    let path = try full(scratch)
    let tables = try tablesOfRuns(path)
    #expect(tables.count == 18)
    func counts(_ run: Int) throws -> [String] {
      try tables.map { try sqlite3(path, "SELECT count(*) FROM \($0) WHERE run = \(run)") }
    }
    let mine = try counts(1)
    #expect(mine.allSatisfy { $0 != "0" }, "\(tables) \(mine)")
    let others = try counts(2)
    _ = try sqlite3(path, "PRAGMA foreign_keys = ON; DELETE FROM run WHERE number = 1")
    #expect(try counts(1).allSatisfy { $0 == "0" })
    #expect(try counts(2) == others)
    #expect(try sqlite3(path, "PRAGMA foreign_key_check") == "")
    #expect(try sqlite3(path, "SELECT number FROM run") == "2")
  }

  @Test("A recorder that takes its run back leaves no row of it, and can go on")
  func discard() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let tables = try tablesOfRuns(scratch.path())
    let recorder = try file.beginRun(start())
    let cure = try recorder.beginCure(of: tracee, firstSequence: 1)
    for event in Sample.everyPayload { recorder.record(event) }
    try recorder.endCure(
      of: cure.number, with: CureEnd(outcome: .cured, lastSequence: 9, summary: ""),
      judged: JudgedRowsTests.whole())
    #expect(try sqlite3(scratch.path(), "SELECT count(*) FROM judgement") == "1")
    try file.keep(text: "pipe_read", of: 1, in: recorder.run)
    try recorder.discard()
    for table in tables + ["run"] {
      #expect(try sqlite3(scratch.path(), "SELECT count(*) FROM \(table)") == "0", "\(table)")
    }
    // References are not enforced for what is recorded: a number that has no name is kept.
    let second = try file.beginRun(start())
    second.record(plainEvent(1))
    try second.finish(end())
    #expect(try file.runs().count == 1)
  }
}

/// SQLite 3.34, which RHEL 9 and Debian 11 have.
enum OldSQLite {
  static let made = House.run(House.root + "/tools/old-sqlite", [], within: 120_000)
  static let command: String? = made.output.split(separator: "\n").last.map(String.init).flatMap {
    made.status == 0 && $0.hasPrefix("/") ? $0 : nil
  }
}

@Suite(
  "SQLite 3.34 reads a recording",
  .enabled(
    if: OldSQLite.command != nil,
    "tools/old-sqlite can't make SQLite 3.34 ready: it takes x86-64 and a Debian mirror"))
struct OldSQLiteTests {
  @Test("Every table, every view and every question of docs/Schema.md has the same answer")
  func sameAnswers() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let old = try #require(OldSQLite.command)
    #expect(try run(old, ["--version"]).output.hasPrefix("3.34."))
    let names = try sqlite3(path, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
      .split(separator: "\n").map { "SELECT * FROM \($0)" }
    #expect(names.count > 40)
    for question in names + MeaningTests.questions() {
      let answer = try run(old, ["-readonly", path, question])
      #expect(answer.status == 0, "\(question): \(answer.output)")
      let expected = try run("/usr/bin/sqlite3", [path, question])
      #expect(answer.output == expected.output, "\(question)")
    }
    #expect(try run(old, [path, "PRAGMA integrity_check"]).output == "ok\n")
  }
}
