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
    try reporting {
      let result = try TraceFile.openForReading(file.path).readOnlyQuery(query)
      var output = Output()
      if json {
        for row in result.rows {
          RowJSON(columns: result.columns).write(row.map { $0.cell }, to: &output)
        }
      } else {
        var table = TextTable(header: result.columns)
        for row in result.rows { table.add(row.map { $0.text }) }
        table.write(to: &output, style: look.style())
      }
      output.flush()
    }
  }
}

extension QueryValue {
  /// The value as a table shows it.
  fileprivate var text: String {
    switch self {
    case .null: ""
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): text
    case .blob(let bytes): QueryValue.hexadecimal(bytes)
    }
  }

  fileprivate var cell: RowJSON.Cell {
    switch self {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    case .text(let text): .text(text)
    case .blob(let bytes): .text(QueryValue.hexadecimal(bytes))
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
