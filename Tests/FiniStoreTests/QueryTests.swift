import FiniModel
import FiniStore
import Testing

@Suite("Queries read and nothing else")
struct QueryTests {
  private func file(_ scratch: Scratch) throws -> TraceFile {
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    recorder.record(plainEvent(1))
    try recorder.finish(end())
    return file
  }

  @Test("A query gives columns, rows and every type of value")
  func values() throws {
    let scratch = try Scratch()
    let result = try file(scratch).readOnlyQuery(
      "SELECT number, NULL AS none, 1.5, 'a', x'00ff' FROM run")
    #expect(result.columns == ["number", "none", "1.5", "'a'", "x'00ff'"])
    #expect(
      result.rows == [[.integer(1), .null, .real(1.5), .text("a"), .blob([0, 0xff])]])
  }

  @Test(
    "What reads is allowed",
    arguments: [
      "SELECT * FROM timeline", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)",
      "PRAGMA table_info(event)", "PRAGMA user_version", "PRAGMA integrity_check",
      "EXPLAIN QUERY PLAN SELECT * FROM event", "SELECT sum(pgsize) FROM dbstat",
      "SELECT * FROM pragma_table_info('event')", "SELECT json_extract('[1]', '$[0]')",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
    ])
  func allowed(sql: String) throws {
    let scratch = try Scratch()
    #expect(try !file(scratch).readOnlyQuery(sql).columns.isEmpty)
  }

  @Test(
    "What does more than read is refused",
    arguments: [
      "DELETE FROM event", "INSERT INTO judgement DEFAULT VALUES", "UPDATE run SET state = 1",
      "DROP TABLE event", "CREATE TEMP TABLE a (b)", "ATTACH 'other.db' AS other", "VACUUM",
      "VACUUM INTO 'copy.db'", "PRAGMA journal_mode = DELETE", "PRAGMA user_version = 3",
      "PRAGMA query_only = 0", "PRAGMA writable_schema = 1", "PRAGMA wal_checkpoint", "BEGIN",
      "SELECT load_extension('x')", "REINDEX", "ANALYZE", "DETACH main", "SAVEPOINT a",
      "SELECT 1; SELECT 2", "", "INSERT INTO event SELECT * FROM event RETURNING run",
      "PRAGMA temp_store_directory = '/tmp'",
    ])
  func refused(sql: String) throws {
    let scratch = try Scratch()
    let file = try file(scratch)
    let before = try sqlite3(scratch.path(), "SELECT count(*) FROM event; PRAGMA user_version")
    #expect {
      _ = try file.readOnlyQuery(sql)
    } throws: { error in
      if case .queryRefused = error as? StoreError { return true }
      print("\(sql): \(error)")
      return false
    }
    #expect(
      try sqlite3(scratch.path(), "SELECT count(*) FROM event; PRAGMA user_version") == before)
    #expect(try scratch.names().allSatisfy { $0.hasPrefix("fini-trace.db") })
  }

  @Test(
    "A wrong query is an error that says what is wrong",
    arguments: [
      "SELEC 1", "SELECT nothing FROM event", "SELECT * FROM nowhere",
    ])
  func wrong(sql: String) throws {
    let scratch = try Scratch()
    #expect {
      _ = try file(scratch).readOnlyQuery(sql)
    } throws: { error in
      if case .queryFailed(let message) = error as? StoreError { return !message.isEmpty }
      return false
    }
  }
}
