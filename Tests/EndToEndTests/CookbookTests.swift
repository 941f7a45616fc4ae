import FiniTestSupport
import Foundation
import Testing

/// The queries of docs/SQL-cookbook.md, on recordings of another tracer and of our own.
@Suite("The SQL cookbook", .serialized)
struct CookbookTests {
  private struct Recipe {
    var question: String
    var sql: String
  }

  /// Each heading with a number, and the query below it.
  private func recipes() -> [Recipe] {
    let page = readWhole(House.root + "/docs/SQL-cookbook.md")
    return page.components(separatedBy: "\n## ").dropFirst().compactMap { part in
      let pieces = part.components(separatedBy: "```sql\n")
      guard pieces.count == 2, let sql = pieces[1].components(separatedBy: "\n```").first else {
        return nil
      }
      return Recipe(question: part.components(separatedBy: "\n")[0], sql: sql)
    }
  }

  private func imported(_ log: String) throws -> (tool: Tool, file: String) {
    let tool = try Tool()
    let file = tool.folder + "/failed.db"
    #expect(tool.run("import", House.root + "/Tests/Fixtures/\(log)", "-o", file).status == 0)
    return (tool, file)
  }

  private func rows(_ tool: Tool, _ file: String, _ sql: String) -> [[String]] {
    let result = tool.run(program: "sqlite3", ["-separator", "\t", file, sql])
    #expect(result.status == 0, "\(sql): \(result.err)")
    return result.outLines.map { $0.components(separatedBy: "\t") }
  }

  private func query(_ number: Int) throws -> String {
    try #require(recipes().first { $0.question.hasPrefix("\(number). ") }).sql
  }

  @Test func `there are twenty, and fini-trace and sqlite3 give as many rows for each`() throws {
    let recipes = recipes()
    #expect(recipes.count == 20)
    let tool = try Tool()
    let file = tool.folder + "/own.db"
    try withVictim("counts-usr1") { victim in
      #expect(tool.run("record", "\(victim.pid)", "-o", file).status == 0)
    }
    let log = House.root + "/Tests/Fixtures/sigtrap.log.gz"
    #expect(tool.run("import", log, "-o", file).status == 0)
    var answered: Set<String> = []
    for recipe in recipes {
      for run in ["1", "2"] {
        let sql = recipe.sql.replacingOccurrences(of: "run = 1", with: "run = \(run)")
        let own = tool.run("sql", file, sql, "--json")
        #expect(own.status == 0, "\(recipe.question): \(own.err)")
        let found = rows(tool, file, sql)
        #expect(own.outLines.count == found.count, "\(recipe.question)")
        if !found.isEmpty { answered.insert(recipe.question) }
      }
    }
    // A cure to which no signal came, and a log, in which no call is seen.
    let none = recipes.map(\.question).filter { !answered.contains($0) }
      .compactMap { question in Int(question.prefix { $0 != "." }) }
    #expect(Set(none).isSubset(of: [4, 7, 15, 16, 17]), "\(none)")
  }

  @Test func `the counts are those of the events as JSON`() throws {
    let (tool, file) = try imported("sigtrap.strace.gz")
    let events = try tool.run("show", file, "--json").outLines.map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    func counted(
      _ key: String, _ isMeant: ([String: Any]) -> Bool = { _ in true }
    ) -> [String: Int] {
      Dictionary(grouping: events.filter(isMeant)) { $0[key] as? String ?? "" }
        .mapValues(\.count)
    }
    func answer(_ number: Int) throws -> [String: Int] {
      Dictionary(
        rows(tool, file, try query(number)).map { ($0[0], Int($0[1]) ?? -1) }
      ) { $1 }
    }
    #expect(try answer(5) == counted("kind"))
    #expect(try answer(6) == counted("request_name") { $0["request_name"] != nil })
    #expect(try answer(9) == counted("class") { $0["kind"] as? String == "stop" })
    let failed = events.filter { $0["error"] != nil }.compactMap { $0["event"] as? Int }
    #expect(try rows(tool, file, query(7)).compactMap { Int($0[0]) } == failed)
    let pokes = events.filter { $0["debug_register"] != nil }.compactMap { $0["event"] as? Int }
    #expect(try rows(tool, file, query(13)).compactMap { Int($0[0]) } == pokes && !pokes.isEmpty)
  }

  @Test func `the evidence is what check says`() throws {
    let (tool, file) = try imported("good.strace.gz")
    let check = try JSONSerialization.jsonObject(
      with: Data(tool.run("check", file, "--json").out.utf8))
    let evidence = (check as? [String: Any])?["evidence"] as? [[String: Any]] ?? []
    #expect(
      try rows(tool, file, query(3)).compactMap { Int($0[0]) }
        == evidence.compactMap { $0["event"] as? Int } && evidence.count > 5)
  }

  /// The program of a folder of `DATASETTE`, or of the PATH.
  private static let datasette: String? = {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let asked = ProcessInfo.processInfo.environment["DATASETTE"]
    return ([asked].compactMap { $0 } + places.map { "\($0)/datasette" })
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  @Test(
    .enabled(
      if: datasette != nil, "no datasette here (pip install datasette; DATASETTE names it)"))
  func `a real Datasette answers each canned query as sqlite3 does, and hides the name tables`()
    throws
  {
    let datasette = try #require(CookbookTests.datasette)
    let (tool, file) = try imported("good.strace.gz")
    let link = tool.folder + "/fini-trace.db"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    let metadata = House.root + "/schema/datasette/metadata.json"
    func asked(_ path: String) throws -> [String: Any] {
      let run = tool.run(program: datasette, [link, "--metadata", metadata, "--get", path])
      #expect(run.status == 0, "\(path): \(run.err.suffix(300))")
      return try #require(
        try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any])
    }
    let described = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: metadata)))
        as? [String: Any])
    let databases = described["databases"] as? [String: [String: Any]]
    let queries = try #require(databases?["fini-trace"]?["queries"] as? [String: [String: String]])
    #expect(queries.count > 9)
    for (name, canned) in queries {
      let answer = try asked("/fini-trace/\(name).json?run=1&word=&_shape=objects")
      let sql = try #require(canned["sql"]).replacingOccurrences(of: ":run", with: "1")
        .replacingOccurrences(of: ":word", with: "''")
      let found = (answer["rows"] as? [Any])?.count
      #expect(found == min(1000, rows(tool, file, sql).count), "\(name)")
    }
    let tables = try #require(try asked("/fini-trace.json")["tables"] as? [[String: Any]])
    for table in tables {
      let name = table["name"] as? String ?? ""
      let isHidden = name.hasSuffix("_name") || name == "meaning"
      #expect(table["hidden"] as? Bool == isHidden, "\(name)")
    }
  }
}
