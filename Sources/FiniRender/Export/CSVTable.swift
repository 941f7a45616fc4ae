package import FiniModel

/// Rows as CSV: RFC 4180, with a line of names, for spreadsheets and databases.
package struct CSVTable {
  private let result: QueryResult

  package init(_ result: QueryResult) { self.result = result }

  package func write(to sink: inout some TextOutputStream) {
    CSVTable.write(result.columns, to: &sink)
    for row in result.rows { CSVTable.write(row.map { CSVTable.text($0) }, to: &sink) }
  }

  private static func write(_ fields: [String], to sink: inout some TextOutputStream) {
    sink.write(fields.map { field($0) }.joined(separator: ",") + "\r\n")
  }

  /// NULL is an empty field, and so is an empty text.
  private static func text(_ value: QueryValue) -> String {
    switch value {
    case .null: ""
    case .text(let text): harmless(text)
    case .integer, .real, .blob: value.description
    }
  }

  /// A spreadsheet runs what begins like a formula, and a process chooses its name itself: an apostrophe before it
  /// makes it text there (https://owasp.org/www-community/attacks/CSV_Injection). Numbers are not texts.
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else {
      return text
    }
    return "'" + text
  }

  private static func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    let doubled = text.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"" + doubled.joined(separator: "\"\"") + "\""
  }
}
