internal import FiniModel
package import FiniTimeline

/// Two or more runs side by side.
package struct ComparisonReport: Sendable {
  private let comparison: Comparison

  package init(_ comparison: Comparison) { self.comparison = comparison }

  /// Writes a table for a person; times are in milliseconds.
  ///
  /// - Parameter everything: whether kinds of requests that do not differ are listed too.
  package func write(
    to sink: inout some TextOutputStream, style: TextStyle = TextStyle(), everything: Bool = false
  ) {
    let hasDifference = comparison.labels.count == 2
    var table = TextTable(
      header: [""] + comparison.labels + (hasDifference ? ["difference"] : []),
      alignments: [.left] + comparison.labels.map { _ in .right } + [.right])
    table.add(
      ["verdict"] + comparison.verdicts.map { $0.name } + (hasDifference ? [""] : []))
    for row in comparison.totals + comparison.phases { add(row, to: &table) }
    for row in comparison.kinds where everything || row.differs { add(row, to: &table) }
    table.write(to: &sink, style: style)
  }

  /// Writes which steps take longer in one of two runs; nothing if none does.
  package func writeSteps(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    let rows = comparison.costliest.prefix(3)
    guard comparison.labels.count == 2, !rows.isEmpty else { return }
    let words = rows.map { row -> String in
      let difference = row.difference ?? 0
      let name = String(row.measure.name.dropLast(" time".count))
      return
        "\(name) \(difference > 0 ? "+" : "")\(Duration.milliseconds(difference, decimals: 3)) ms"
    }
    let line = "time went to, or was saved in: " + words.joined(separator: ", ")
    for line in Columns.wrap([line], width: style.width) { sink.write(line + "\n") }
  }

  private func add(_ row: Comparison.Row, to table: inout TextTable) {
    let unit = row.measure.isTime ? " (ms)" : ""
    var cells = [row.measure.name + unit]
    for value in row.values { cells.append(text(value, row.measure)) }
    if comparison.labels.count == 2 {
      let difference = row.difference ?? 0
      let sign = difference > 0 ? "+" : ""
      cells.append(difference == 0 ? "" : sign + text(difference, row.measure))
    }
    table.add(cells)
  }

  private func text(_ value: Int64?, _ measure: Comparison.Measure) -> String {
    guard let value else { return "-" }
    return measure.isTime ? Duration.milliseconds(value, decimals: 3) : "\(value)"
  }

  /// Writes one object a row as NDJSON; the grammar is in schema/event.md.
  package func writeJSON(to sink: inout some TextOutputStream) {
    var head = JSONObject()
    head.put("labels", array: comparison.labels.map { JSONObject.quoted($0) })
    head.put("verdicts", array: comparison.verdicts.map { JSONObject.quoted($0.name) })
    sink.write(head.text + "\n")
    for row in comparison.totals + comparison.phases + comparison.kinds + comparison.steps {
      var object = JSONObject()
      object.put("measure", row.measure.name)
      object.put("unit", row.measure.isTime ? "ns" : "count")
      object.put("values", array: row.values.map { $0.map { "\($0)" } ?? "null" })
      object.put("difference", row.difference)
      sink.write(object.text + "\n")
    }
  }
}
