package import FiniModel

/// The rows of a ``FleetTable`` as text, for the loads of schema/fleet.
package struct FleetText: Sendable {
  private let isCSV: Bool

  /// - Parameter format: CSV, or else NDJSON.
  package init(_ format: ExportFormat) { isCSV = format == .csv }

  /// What comes before the rows.
  package func head(of table: FleetTable) -> String {
    isCSV ? CSVField.line(FleetText.columns(of: table).map(\.name)) : ""
  }

  /// A row, with the key before it.
  package func row(_ values: [QueryValue], of table: FleetTable) -> String {
    let columns = FleetText.columns(of: table)
    precondition(columns.count == values.count, "a row has the columns of its table")
    if isCSV { return CSVField.line(values.map { FleetText.field($0) }) }
    var object = JSONObject()
    for (column, value) in zip(columns, values) {
      switch value {
      case .integer(let number): object.put(column.name, number)
      case .real(let number): object.put(column.name, real: number)
      case .text(let text): object.put(column.name, FleetText.storable(text))
      case .null, .blob: object.putNull(column.name)
      }
    }
    return object.text + "\n"
  }

  private static func columns(of table: FleetTable) -> [FleetTable.Column] {
    FleetTable.key + table.columns
  }

  /// NULL is an empty field. Each text has quotes: the loads tell an empty one by them, and one that says NULL or \N.
  private static func field(_ value: QueryValue) -> String {
    switch value {
    case .text(let text): CSVField.quoted(withoutEnd(storable(text)))
    case .integer, .real: value.description
    case .null, .blob: ""
    }
  }

  /// psql takes a line of these two characters for the end of a file, within quotes as well.
  private static let endOfFile = "\\."

  /// The text with an apostrophe before such a line.
  private static func withoutEnd(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\n")) else { return text }
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { line in
      let line = String(String.UnicodeScalarView(line))
      return line == endOfFile || line == endOfFile + "\r" ? "'" + line : line
    }.joined(separator: "\n")
  }

  /// PostgreSQL has no place for NUL in a text.
  private static func storable(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
      out.unicodeScalars.append(scalar == "\0" ? "\u{fffd}" : scalar)
    }
    return out
  }
}
