import ArgumentParser
import FiniRender
import FiniStore

/// `fini-trace sql`
struct SQL: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Ask the file in SQL, read-only.",
    discussion: """
      The views, and what a row of each is:
      \(SchemaReference.views.map { "  \($0.name): \($0.line)" }.joined(separator: "\n"))
      Table meaning says what each column holds, by kind of event; docs/Schema.md has it as a \
      page, with examples.
      """)

  @Argument(help: "One SELECT.") var query: String
  @OptionGroup var file: FileOption
  @OptionGroup var output: ReportOptions

  func run() throws {
    output.write(RowsReport(try TraceFile.openForReading(file.path).readOnlyQuery(query)))
  }
}
