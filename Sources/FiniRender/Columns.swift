/// Text in columns of one terminal cell a character.
enum Columns {
  /// Fills with spaces on the right.
  static func left(_ text: String, _ width: Int) -> String {
    text + spaces(width - text.count)
  }

  /// Fills with spaces on the left.
  static func right(_ text: String, _ width: Int) -> String {
    spaces(width - text.count) + text
  }

  static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  /// Takes off spaces at the end.
  static func trimmed(_ text: String) -> String {
    guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
    return String(text[...last])
  }

  /// Puts pieces into lines of at most `width` characters, with `separator` between two on a line.
  ///
  /// A piece that is too long is broken at its last space that fits, or where the line ends.
  static func wrap(_ pieces: [String], width: Int, separator: String = "  ") -> [String] {
    var lines: [String] = []
    var line = ""
    for piece in pieces {
      if line.isEmpty {
        line = piece
      } else if line.count + separator.count + piece.count <= width {
        line += separator + piece
      } else {
        lines.append(line)
        line = piece
      }
      while line.count > width {
        let head = line.prefix(width + 1)
        if let space = head.lastIndex(of: " "), space > line.startIndex {
          lines.append(trimmed(String(line[..<space])))
          line = String(line[line.index(after: space)...])
        } else {
          lines.append(String(line.prefix(width)))
          line = String(line.dropFirst(width))
        }
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}
