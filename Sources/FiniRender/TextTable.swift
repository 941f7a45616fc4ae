/// Rows of text in aligned columns, for the results of a query, checks of a machine, and the like.
///
/// Cells are escaped as they come in: a value from a recording is text that a process chose.
package struct TextTable: Sendable {
  /// On which side a column is filled.
  package enum Alignment: Hashable, Sendable {
    /// Text.
    case left
    /// Numbers.
    case right
  }

  private var header: [String]
  private var alignments: [Alignment]
  private var rows: [[String]] = []

  /// Makes a table.
  ///
  /// - Parameters:
  ///   - header: names of the columns; empty names throughout leave the header out.
  ///   - alignments: one a column; columns beyond them are aligned left.
  package init(header: [String], alignments: [Alignment] = []) {
    self.header = header.map { Escaped($0).description }
    self.alignments = alignments
  }

  /// Adds a row; missing cells are empty.
  package mutating func add(_ cells: [String]) {
    rows.append(cells.map { Escaped($0).description })
  }

  /// Writes the table; the last column is wrapped where it would run over the style's width.
  package func write(to sink: inout some TextOutputStream, style: TextStyle = TextStyle()) {
    let count = max(header.count, rows.map { $0.count }.max() ?? 0)
    guard count > 0 else { return }
    var widths = (0..<count).map { column in
      ([header] + rows).map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    let before = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    // If less than a word fits into the last column, the terminal should wrap it.
    let space = max(8, style.width - before)
    widths[count - 1] = min(widths[count - 1], space)
    if header.contains(where: { !$0.isEmpty }) {
      write(header, widths, to: &sink, style: style)
      let rule = widths.map { String(repeating: style.rule, count: max(1, $0)) }
      sink.write(style.paint(rule.joined(separator: "  "), .quiet) + "\n")
    }
    for row in rows { write(row, widths, to: &sink, style: style) }
  }

  private func write(
    _ row: [String], _ widths: [Int], to sink: inout some TextOutputStream, style: TextStyle
  ) {
    var start = ""
    for column in 0..<(widths.count - 1) {
      let cell = row.indices.contains(column) ? row[column] : ""
      start += align(cell, column, widths[column]) + "  "
    }
    let last = widths.count - 1
    let cell = row.indices.contains(last) ? row[last] : ""
    let lines = cell.isEmpty ? [""] : Columns.wrap([cell], width: max(1, widths[last]))
    for (index, line) in lines.enumerated() {
      let head = index == 0 ? start : Columns.spaces(start.count)
      sink.write(Columns.trimmed(head + align(line, last, widths[last])) + "\n")
    }
  }

  private func align(_ text: String, _ column: Int, _ width: Int) -> String {
    let alignment = alignments.indices.contains(column) ? alignments[column] : .left
    return alignment == .left ? Columns.left(text, width) : Columns.right(text, width)
  }
}
