/// How text is laid out for a person.
package struct TextStyle: Hashable, Sendable {
  /// Columns to fill; less than 40 is taken as 40.
  package var width: Int
  /// Whether arrows and rules may be drawn with characters beyond ASCII.
  package var usesUnicode: Bool
  /// Whether to colour; meaning never depends on it.
  package var usesColor: Bool
  /// Whether every event gets its own line. Otherwise a wait, the reads that classify its stop, and
  /// the stop share one line; and so do all events of a remote system call.
  package var showsEveryEvent: Bool

  /// Makes a style; plain ASCII at 80 columns unless told otherwise.
  package init(
    width: Int = 80, usesUnicode: Bool = false, usesColor: Bool = false,
    showsEveryEvent: Bool = false
  ) {
    self.width = max(40, width)
    self.usesUnicode = usesUnicode
    self.usesColor = usesColor
    self.showsEveryEvent = showsEveryEvent
  }

  /// A line that must not be broken, cut to the width.
  func fit(_ line: String) -> String {
    line.count <= width ? line : line.prefix(width - 3) + "..."
  }

  var right: String { usesUnicode ? "→" : "->" }
  var left: String { usesUnicode ? "←" : "<-" }
  var rule: Character { usesUnicode ? "─" : "-" }

  /// A colour of the terminal's own palette, so that it stays readable on any background.
  enum Ink: String {
    case good = "32"
    case bad = "31"
    case doubt = "33"
    case quiet = "2"
    case strong = "1"
  }

  func paint(_ text: String, _ ink: Ink) -> String {
    usesColor ? "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m" : text
  }
}
