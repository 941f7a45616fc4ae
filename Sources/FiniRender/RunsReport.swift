package import FiniTimeline

/// Runs side by side, and the first difference between two of them.
package struct RunsReport: Report {
  private let comparison: Comparison
  private let everything: Bool
  private let divergence: DivergenceReport?

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - runs: the runs, and where two of them part.
  ///   - everything: whether what does not differ is listed too.
  package init(_ runs: ComparedRuns, everything: Bool) {
    comparison = Comparison(runs.runs, part: runs.parting?.divergence != nil)
    self.everything = everything
    divergence = runs.parting.map { DivergenceReport($0, names: runs.runs.map { $0.name }) }
  }

  /// The answer, as ``FiniTimeline/Comparison`` gives it.
  package var status: Int32 { comparison.status }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    ComparisonReport(comparison).write(to: &sink, style: style, everything: everything)
    guard let divergence else { return }
    sink.write("\n")
    divergence.write(to: &sink, style: style)
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    ComparisonReport(comparison).writeJSON(to: &sink)
    divergence?.writeJSON(to: &sink)
  }
}
