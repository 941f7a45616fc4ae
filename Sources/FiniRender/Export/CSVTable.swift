package import FiniModel

/// Rows as CSV: RFC 4180, with a line of names, for spreadsheets and databases.
package struct CSVTable {
  private let result: QueryResult

  package init(_ result: QueryResult) { self.result = result }

  package func write(to sink: inout some TextOutputStream) {
    sink.write(CSVField.line(result.columns.map { CSVField.text($0) }))
    for row in result.rows { sink.write(CSVField.line(row.map { CSVTable.field($0) })) }
  }

  /// NULL is an empty field, and so is an empty text.
  private static func field(_ value: QueryValue) -> String {
    switch value {
    case .null: ""
    case .text(let text): CSVField.text(text)
    case .integer, .real, .blob: value.description
    }
  }
}
