/// Sentences of a report, wrapped.
enum Prose {
  /// Writes a text as one sentence or more: its first letter large, a full stop at its end.
  static func sentence(
    _ text: String, _ style: TextStyle, to output: inout some TextOutputStream
  ) {
    guard let first = text.first else { return }
    line(
      String(first).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : "."), style,
      to: &output)
  }

  /// Writes a text, wrapped; what goes on after a hyphen stands below the text and not below the hyphen.
  static func line(
    _ text: String, _ style: TextStyle, indent: Int = 0, to output: inout some TextOutputStream
  ) {
    let blanks = Columns.spaces(indent)
    let more = text.hasPrefix("- ") ? 2 : 0
    for (index, part) in Columns.wrap(
      [Escaped(text).description], width: style.width - indent - more
    ).enumerated() {
      output.write(blanks + (index > 0 ? Columns.spaces(more) : "") + part + "\n")
    }
  }
}
