package import FiniTimeline

/// Runs side by side, and the first difference between two of them.
package struct RunsReport: Report {
  private let comparison: Comparison
  private let everything: Bool
  private let divergence: DivergenceReport?

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - columns: the runs.
  ///   - everything: whether rows without a difference are listed too.
  package init(_ columns: [ComparedColumn], everything: Bool) {
    comparison = Comparison(columns.map { $0.run })
    self.everything = everything
    // The first difference can be found only between single tasks.
    if columns.count == 2, let first = columns[0].timeline, let second = columns[1].timeline {
      divergence = DivergenceReport(
        first, second, labels: (columns[0].run.label, columns[1].run.label))
    } else {
      divergence = nil
    }
  }

  /// The answer, as ``FiniTimeline/Comparison`` gives it.
  package var status: Int32 { comparison.status }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    let report = ComparisonReport(comparison)
    report.write(to: &sink, style: style, everything: everything)
    if comparison.labels.count == 2, !comparison.costliest.isEmpty { sink.write("\n") }
    report.writeSteps(to: &sink, style: style)
    guard let divergence else { return }
    sink.write("\n")
    divergence.write(to: &sink, style: style)
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    ComparisonReport(comparison).writeJSON(to: &sink)
    divergence?.writeJSON(to: &sink)
  }
}
