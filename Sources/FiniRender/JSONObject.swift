/// One JSON object under construction, its keys in the order in which they are put.
///
/// Written by hand, because a synthesised encoding would make the spelling of Swift cases the
/// format. Text is a Swift string, so invalid UTF-8 was replaced by U+FFFD before it came here.
struct JSONObject {
  private var body = ""

  /// The text, in one line.
  var text: String { "{" + body + "}" }

  mutating func put(_ key: String, _ value: String?) {
    guard let value else { return }
    raw(key, JSONObject.quoted(value))
  }

  mutating func put(_ key: String, _ value: (some BinaryInteger)?) {
    guard let value else { return }
    raw(key, "\(value)")
  }

  mutating func put(_ key: String, _ value: Bool?) {
    guard let value else { return }
    raw(key, value ? "true" : "false")
  }

  mutating func put(_ key: String, real value: Double) {
    raw(key, value.isFinite ? "\(value)" : "null")
  }

  /// A 64-bit word, as a string: many readers keep numbers as doubles.
  mutating func put(_ key: String, word: UInt64?) {
    guard let word else { return }
    raw(key, "\"" + Hex.word(word) + "\"")
  }

  mutating func put(_ key: String, object: JSONObject?) {
    guard let object else { return }
    raw(key, object.text)
  }

  mutating func put(_ key: String, array: [String]) {
    raw(key, "[" + array.joined(separator: ",") + "]")
  }

  mutating func putNull(_ key: String) { raw(key, "null") }

  private mutating func raw(_ key: String, _ value: String) {
    if !body.isEmpty { body += "," }
    body += JSONObject.quoted(key) + ":" + value
  }

  /// A JSON string with its quotes; see RFC 8259, section 7.
  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      // U+2028 and U+2029 end a line in JavaScript and in some line readers. The others reorder or
      // hide the text after them on a terminal.
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{200e}", "\u{200f}", "\u{2028}"..."\u{202e}",
        "\u{2066}"..."\u{2069}":
        out += "\\u" + Hex.digits(UInt64(scalar.value), width: 4)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
