internal import FiniModel

/// What a machine and a user can do.
package struct MachineReport: Report {
  /// One capability.
  package typealias Row = (name: String, state: String, finding: String, remedy: String)
  private let rows: [Row]

  package init(_ rows: [Row]) { self.rows = rows }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    var table = TextTable(header: ["", "what", "finding"])
    for row in rows {
      table.add([row.state, row.name, row.finding])
      if !row.remedy.isEmpty { table.add(["", "", row.remedy]) }
    }
    table.write(to: &sink, style: style)
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    let encoder = RowJSON(columns: ["name", "state", "finding", "remedy"])
    for row in rows {
      encoder.write(
        [.text(row.name), .text(row.state), .text(row.finding), .text(row.remedy)], to: &sink)
    }
  }
}
