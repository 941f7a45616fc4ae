package import FiniModel

/// The rows of a query.
package struct RowsReport: Report {
  private let result: QueryResult

  package init(_ result: QueryResult) { self.result = result }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    var table = TextTable(header: result.columns)
    for row in result.rows { table.add(row.map { $0.description }) }
    table.write(to: &sink, style: style)
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    let encoder = RowJSON(columns: result.columns)
    for row in result.rows { encoder.write(row, to: &sink) }
  }
}
