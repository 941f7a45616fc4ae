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
  @OptionGroup var look: StyleOptions
  @Flag(help: "One JSON object a row.") var json = false

  func run() throws {
    let result = try TraceFile.openForReading(file.path).readOnlyQuery(query)
    let rows = result.rows.map { $0.map { $0.cell } }
    Output.write(RowsReport(columns: result.columns, rows: rows), asJSON: json, look)
  }
}

extension QueryValue {
  fileprivate var cell: RowJSON.Cell {
    switch self {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    case .text, .blob: .text(description)
    }
  }
}
