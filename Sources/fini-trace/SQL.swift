import ArgumentParser
import FiniRender
import FiniSession
import FiniStore

/// `fini-trace sql`
struct SQL: Checked {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Ask the file in SQL, read-only.",
    usage: "fini-trace sql [<file>] <query> [--json] [<options>]",
    discussion: HelpText.sql(views: SchemaReference.views.map { "\($0.name): \($0.line)" }))

  @Argument(help: "A recording, and one SELECT or .tables, .views, .schema [NAME].")
  var words: [String]
  @OptionGroup var input: InputOption
  @OptionGroup var output: ReportOptions

  var mistakes: [Mistake] {
    [(words.count > 2, "one query, in quotes; \(words.count) words are given"), output.mistake]
  }

  func run() throws {
    let path = try input.named(words.dropLast(), limit: 0).path
    let file = try TraceFile.openForReading(path)
    let rows = try file.readOnlyQuery(SchemaReference.query(of: words[words.count - 1]))
    Pager.start()
    output.write(RowsReport(rows))
  }
}
