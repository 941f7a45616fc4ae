/// The rows of a query.
package struct RowsReport: Report {
  private let columns: [String]
  private let rows: [[RowJSON.Cell]]

  /// Makes a report; each row has a cell for every column.
  package init(columns: [String], rows: [[RowJSON.Cell]]) {
    self.columns = columns
    self.rows = rows
  }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    var table = TextTable(header: columns)
    for row in rows { table.add(row.map { RowsReport.text($0) }) }
    table.write(to: &sink, style: style)
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    let encoder = RowJSON(columns: columns)
    for row in rows { encoder.write(row, to: &sink) }
  }

  private static func text(_ cell: RowJSON.Cell) -> String {
    switch cell {
    case .null: ""
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): text
    }
  }
}
