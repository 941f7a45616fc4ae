/// Values as fields of CSV (RFC 4180).
enum CSVField {
  /// A line of fields.
  static func line(_ fields: [String]) -> String { fields.joined(separator: ",") + "\r\n" }

  /// A text, with quotes where it needs them.
  static func text(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? quoted(text) : harmless(text)
  }

  /// A text, with quotes.
  static func quoted(_ text: String) -> String {
    var out = "\""
    // By scalars: a quote with a combining mark after it is one character, and still ends a field.
    for scalar in harmless(text).unicodeScalars {
      if scalar == "\"" { out += "\"" }
      out.unicodeScalars.append(scalar)
    }
    return out + "\""
  }

  /// A spreadsheet runs what begins like a formula, and a process chooses its name itself: an apostrophe before it
  /// makes it text there (https://owasp.org/www-community/attacks/CSV_Injection). Numbers are not texts.
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) else {
      return text
    }
    return "'" + text
  }
}
