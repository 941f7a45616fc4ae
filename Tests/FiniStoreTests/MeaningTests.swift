import FiniModel
import FiniStore
import FiniTestSupport
import Testing

@Suite("What a column holds is said once, and true")
struct MeaningTests {
  private func rows(_ path: String, _ sql: String) throws -> Set<String> {
    Set(try sqlite3(path, sql).split(separator: "\n").map(String.init))
  }

  /// The columns of table event that may be NULL: those whose meaning depends on the kind.
  private func optionalColumns(_ path: String) throws -> [String] {
    try rows(
      path,
      "SELECT name FROM pragma_table_info('event') WHERE \"notnull\" = 0 AND name <> 'source'"
    ).sorted()
  }

  @Test("Every column that an event has is explained for its kind, and no other is")
  func columnsByKind() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    var present: Set<String> = []
    for column in try optionalColumns(path) {
      present.formUnion(
        try rows(
          path,
          "SELECT DISTINCT k.name || ' \(column)' FROM event e JOIN kind_name k ON k.number = e.kind "
            + "WHERE e.\(column) IS NOT NULL"))
    }
    let explained = try rows(
      path,
      "SELECT k.name || ' ' || m.column_name FROM meaning m JOIN kind_name k ON k.number = m.kind "
        + "WHERE m.table_name = 'event'")
    // The samples have every kind with every optional part.
    #expect(present == explained, "\(present.symmetricDifference(explained).sorted())")
    #expect(
      Set(explained.map { $0.prefix { $0 != " " } }) == Set(EventKind.allCases.map { $0.name[...] })
    )
  }

  @Test("Every column of every table is explained, once")
  func everyColumn() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let all = try rows(
      path,
      "SELECT t.name || ' ' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
        + "WHERE t.type = 'table'")
    #expect(try rows(path, "SELECT table_name || ' ' || column_name FROM meaning") == all)
    #expect(
      try sqlite3(
        path,
        "SELECT table_name, column_name, kind FROM meaning "
          + "GROUP BY table_name, column_name, kind HAVING count(*) > 1") == "")
    // Either for every kind or for some.
    #expect(
      try sqlite3(
        path,
        "SELECT column_name FROM meaning WHERE table_name = 'event' GROUP BY column_name "
          + "HAVING count(kind) BETWEEN 1 AND count(*) - 1") == "")
  }

  @Test("A number has a name in the table that is named for its column")
  func units() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let named = try sqlite3(
      path,
      "SELECT column_name, kind, unit FROM meaning WHERE table_name = 'event' AND kind IS NOT NULL "
        + "AND unit LIKE '%\\_name' ESCAPE '\\'")
    var checked = 0
    for line in named.split(separator: "\n") {
      let words = line.split(separator: "|")
      let isNegated = words[2].hasPrefix("negated ")
      let table = words[2].split(separator: " ").last ?? ""
      let column = (isNegated ? "-" : "") + "e.\(words[0])"
      let isAsked = isNegated ? "e.\(words[0]) < 0" : "e.\(words[0]) IS NOT NULL"
      // -1 is what the samples have for a number without a name.
      #expect(
        try sqlite3(
          path,
          "SELECT e.sequence, e.\(words[0]) FROM event e WHERE e.kind = \(words[1]) AND \(isAsked) "
            + "AND e.\(words[0]) <> -1 AND \(column) NOT IN (SELECT number FROM \(table))") == "",
        "\(line)")
      checked += 1
    }
    #expect(checked > 60)
  }

  @Test("docs/Schema.md is what the schema makes of it")
  func page() throws {
    let made = try run(House.root + "/tools/schema-page", ["--print"])
    #expect(made.status == 0)
    let page = readWhole(House.root + "/docs/Schema.md")
    let mark = "<!-- tools/schema-page -->\n"
    #expect(made.output.hasPrefix(mark))
    #expect(page.hasSuffix(made.output), "run tools/schema-page")
  }

  /// The queries of docs/Schema.md, in order.
  static func questions() -> [String] {
    let parts = readWhole(House.root + "/docs/Schema.md").split(separator: "```")
    return parts.filter { $0.hasPrefix("sql\n") }.map { String($0.dropFirst(4)) }
  }

  @Test("The questions of docs/Schema.md are answered by their queries")
  func answers() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let questions = MeaningTests.questions()
    try #require(questions.count == 6)
    let file = try TraceFile.openForReading(path)
    for question in questions { _ = try file.readOnlyQuery(question) }
    // Both runs landed by their verdicts; one of them is said to have not.
    #expect(try sqlite3(path, questions[0]) == "")
    _ = try sqlite3(path, "UPDATE run SET verdict = 3 WHERE number = 2")
    #expect(
      try sqlite3(path, questions[0])
        == "2|missed|3|0.002|seen\n2|missed|5|0.004|seen\n2|missed|8|0.007|seen")
    #expect(
      try sqlite3(path, questions[1])
        == (try sqlite3(
          path,
          "SELECT phase, frozen_ns / 1000 FROM costs WHERE run = 1 AND stops > 0 "
            + "ORDER BY frozen_ns DESC")))
    #expect(try sqlite3(path, questions[1]).hasPrefix("all|"))
    #expect(try sqlite3(path, questions[2]) == "PTRACE_0xffffffffffffffff|ESRCH|1")
    let hit = try sqlite3(path, questions[3]).split(separator: "|")
    #expect(hit.count == 3)
    #expect(
      hit.first.map(String.init)
        == (try sqlite3(path, "SELECT sequence FROM breakpoints WHERE run = 1 AND what = 'hit'")))
    let signals = try sqlite3(path, questions[4].replacing("run = 1", with: "run = 2"))
    #expect(signals.split(separator: "\n").count == SignalRecord.Fate.allCases.count + 3)
    #expect(signals.contains("|SIGUSR1|delivered||4801"))
    #expect(try sqlite3(path, questions[5]).contains("status|the wait status|wait status"))
  }
}
