/// Rows of numbers with a name each; where they don't fit side by side, the numbers stand below the name.
struct NumberTable {
  private let header: [String]
  private var rows: [[String]] = []

  /// - Parameter header: what the names are, and a heading for each number.
  init(header: [String]) { self.header = header }

  var isEmpty: Bool { rows.isEmpty }

  /// Adds a row: a name, and its numbers.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  func write(to sink: inout some TextOutputStream, style: TextStyle) {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let numbers = widths.dropFirst()
    if widths.reduce(-2, { $0 + $1 + 2 }) <= style.width {
      var table = TextTable(header: header, alignments: [.left] + numbers.map { _ in .right })
      for row in rows { table.add(row) }
      table.write(to: &sink, style: style)
      return
    }
    for (index, row) in ([header] + rows).enumerated() {
      sink.write(row[0] + "\n")
      // Blanks within a number's place must not be broken at.
      let cells = zip(row.dropFirst(), numbers).map { Columns.right($0, $1) }
      for line in NumberTable.lines(cells, width: style.width - 4) {
        sink.write(Columns.trimmed("    " + line) + "\n")
      }
      if index == 0 {
        sink.write(style.paint(String(repeating: style.rule, count: style.width), .quiet) + "\n")
      }
    }
  }

  private static func lines(_ cells: [String], width: Int) -> [String] {
    var lines: [String] = []
    for cell in cells {
      if let last = lines.last, last.count + 2 + cell.count <= width {
        lines[lines.count - 1] = last + "  " + cell
      } else {
        lines.append(cell)
      }
    }
    return lines
  }
}
