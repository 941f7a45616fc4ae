import FiniRender
import Testing

@Suite struct TextTableTests {
  private func text(_ table: TextTable, _ style: TextStyle = TextStyle()) -> String {
    var text = ""
    table.write(to: &text, style: style)
    return text
  }

  @Test("Columns are as wide as their widest cell, numbers to the right")
  func alignment() {
    var table = TextTable(header: ["name", "n"], alignments: [.left, .right])
    table.add(["a", "1"])
    table.add(["long name", "1000"])
    #expect(
      text(table) == """
        name          n
        ---------  ----
        a             1
        long name  1000

        """)
  }

  @Test("The last column is wrapped, and short rows are filled")
  func wrapping() {
    var table = TextTable(header: ["check", "what"])
    table.add(["ok", String(repeating: "word ", count: 20)])
    table.add(["only"])
    let lines = text(table, TextStyle(width: 60)).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 60 })
    #expect(lines.count == 5)
    #expect(lines[3].hasPrefix("       word"))
    #expect(lines[4] == "only")
  }

  @Test("Cells are escaped, so that a row stays a row")
  func escaped() {
    var table = TextTable(header: ["a"])
    table.add(["x\n\u{1b}[2J"])
    #expect(text(table).split(separator: "\n").last == "x\\x0a\\x1b[2J")
  }

  @Test("A table without names has no header, and one without columns is empty")
  func bare() {
    var table = TextTable(header: [])
    #expect(text(table) == "")
    table.add(["a", "b"])
    #expect(text(table) == "a  b\n")
  }
}
