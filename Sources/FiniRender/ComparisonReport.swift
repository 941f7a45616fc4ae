internal import FiniModel
package import FiniTimeline

/// Two or more runs side by side.
package struct ComparisonReport: Sendable {
  private let comparison: Comparison
  private let words: ComparisonWords

  package init(_ comparison: Comparison) {
    self.comparison = comparison
    words = ComparisonWords(comparison)
  }

  private var hasDifference: Bool { comparison.names.count == 2 }

  /// Writes for a person which run took longer and why, then tables of what differs; times are in milliseconds.
  ///
  /// - Parameter everything: whether what does not differ is listed too.
  package func write(
    to sink: inout some TextOutputStream, style: TextStyle = TextStyle(), everything: Bool = false
  ) {
    for line in Columns.wrap(words.headline, width: style.width, separator: " ") {
      sink.write(line + "\n")
    }
    for line in words.others(everything: everything) { Prose.line(line, style, to: &sink) }
    var phases = table(named: "phase (ms)")
    for phase in comparison.phasesBySize where everything || isTold(phase) {
      add(
        phase.duration, as: phase.phase.name, to: &phases,
        // A run whose times are not known has the phase all the same.
        isKnown: zip(phase.calls.values, phase.duration.values).allSatisfy {
          ($0 == nil) == ($1 == nil)
        })
      if everything || phase.calls.differs { add(phase.calls, as: "  calls", to: &phases) }
      if everything || phase.stops.differs { add(phase.stops, as: "  stops", to: &phases) }
    }
    var totals = table(named: "total")
    for row in comparison.totals where everything || isTold(row) {
      add(row, as: row.measure.name + (row.measure.isTime ? " (ms)" : ""), to: &totals)
    }
    var kinds = table(named: "phase and kind")
    let order = comparison.phasesBySize.map { $0.phase }
    for phase in order {
      for row in comparison.kinds where row.measure.phase == phase {
        if everything || row.differs { add(row, as: row.measure.name, to: &kinds) }
      }
    }
    for table in [phases, totals, kinds] where !table.isEmpty {
      sink.write("\n")
      table.write(to: &sink, style: style)
    }
  }

  private func table(named name: String) -> NumberTable {
    NumberTable(header: [name] + comparison.names + (hasDifference ? ["difference"] : []))
  }

  private func isTold(_ phase: Comparison.PhaseRows) -> Bool { phase.rows.contains(where: isTold) }

  /// Whether a difference can be seen: what is less than the last decimal is none.
  private func isTold(_ row: Comparison.Row) -> Bool {
    guard row.measure.isTime, Set(row.values.map { $0 == nil }).count == 1 else {
      return row.differs
    }
    return row.spread >= 1000
  }

  private func add(
    _ row: Comparison.Row, as name: String, to table: inout NumberTable, isKnown: Bool = true
  ) {
    var cells = [name] + row.values.map { text($0, row.measure) }
    if hasDifference {
      let difference = isKnown && isTold(row) ? self.difference(of: row) : 0
      let sign = difference > 0 ? "+" : ""
      cells.append(difference == 0 ? "" : sign + text(difference, row.measure))
    }
    table.add(cells)
  }

  /// A phase that a run does not have took no time in it.
  private func difference(of row: Comparison.Row) -> Int64 {
    guard row.measure.phase != nil else { return row.difference ?? 0 }
    return (row.values[1] ?? 0) - (row.values[0] ?? 0)
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
    head.put(
      "strategies",
      array: comparison.strategies.map { $0.map { JSONObject.quoted($0.name) } ?? "null" })
    head.put("sources", array: comparison.sources.map { JSONObject.quoted($0.name) })
    head.put("equal", comparison.areEqual)
    if let longest = comparison.longest {
      var object = JSONObject()
      object.put("run", longest.run)
      object.put("than", longest.shortest)
      object.put("by_ns", longest.difference)
      object.put("of", longest.isFrozen ? "frozen" : "phases")
      object.put("phase", longest.phase?.name)
      if longest.phase != nil { object.put("phase_ns", longest.ofPhase) }
      head.put("longest", object: object)
    } else {
      head.putNull("longest")
    }
    sink.write(head.text + "\n")
    let phases = comparison.phases.flatMap { $0.rows }
    for row in comparison.totals + phases + comparison.kinds + comparison.steps {
      var object = JSONObject()
      object.put("measure", row.measure.name)
      object.put("unit", row.measure.isTime ? "ns" : "count")
      object.put("values", array: row.values.map { $0.map { "\($0)" } ?? "null" })
      object.put("difference", row.difference)
      sink.write(object.text + "\n")
    }
  }
}
