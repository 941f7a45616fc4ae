/// Text as content or as the value of an attribute in XML and HTML.
///
/// What XML can't hold at all, a control character, is written as ``Escaped`` shows it.
struct XMLText: CustomStringConvertible {
  let description: String

  init(_ text: String) {
    var out = ""
    for scalar in Escaped(text).description.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    description = out
  }
}
