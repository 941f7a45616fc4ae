package import FiniTimeline

/// What went wrong in a run of one task or of a tree, as text or JSON.
package struct ExplainedReport: Report {
  private let explained: Explained

  package init(_ explained: Explained) { self.explained = explained }

  package func write(to sink: inout some TextOutputStream, style: TextStyle) {
    switch explained {
    case .task(let found, let header):
      ExplainReport(found, header: header).write(to: &sink, style: style)
    case .tree(let found, let header):
      TreeExplainReport(found, header: header).write(to: &sink, style: style)
    }
  }

  package func writeJSON(to sink: inout some TextOutputStream) {
    switch explained {
    case .task(let found, let header):
      ExplainReport(found, header: header).writeJSON(to: &sink)
    case .tree(let found, let header):
      TreeExplainReport(found, header: header).writeJSON(to: &sink)
    }
  }
}
