internal import FiniPage

/// A run as one page of HTML that needs no network: the timeline, the verdict and the explanation.
///
/// Its files are in `page/web`; what it shows are the texts that `list`, `show`, `check` and `explain` write as JSON.
/// Names that a process chose are in them: in the page they are JSON in which nothing can end its element, and its
/// script makes text of them and never markup (Tests/Web).
package struct HTMLPage {
  /// NDJSON: the run as `list --json` has it, then its events.
  package var events: String
  /// What `check --json` says.
  package var check: String
  /// What `explain --json` says.
  package var explanation: String
  /// The title of the window.
  package var title: String

  package init(events: String, check: String, explanation: String, title: String) {
    self.events = events
    self.check = check
    self.explanation = explanation
    self.title = title
  }

  /// Writes the page. The marks are filled in one pass: what is put in is never read again, so it may hold marks.
  package func write(to sink: inout some TextOutputStream) {
    let template = String(decoding: PageFiles.template, as: UTF8.self)
    var rest = template[...]
    while let begin = rest.firstRange(of: HTMLPage.mark) {
      sink.write(String(rest[..<begin.lowerBound]))
      rest = rest[begin.upperBound...]
      guard let end = rest.firstRange(of: HTMLPage.mark) else {
        preconditionFailure("a mark of the page has no end")
      }
      sink.write(part(String(rest[..<end.lowerBound])))
      rest = rest[end.upperBound...]
    }
    sink.write(String(rest))
  }

  private static let mark = "@@"

  private func part(_ name: String) -> String {
    switch name {
    case "title": return XMLText(title).description
    case "events": return HTMLPage.inElement(events)
    case "check": return HTMLPage.inElement(check)
    case "explanation": return HTMLPage.inElement(explanation)
    default:
      guard let bytes = PageFiles.parts[name] else {
        preconditionFailure("the page has no part \(name)")
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// JSON in which no character can end a script element or a line of JavaScript.
  private static func inElement(_ json: String) -> String {
    var out = ""
    out.reserveCapacity(json.utf8.count + json.utf8.count / 16)
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<": out += "\\u003c"
      case ">": out += "\\u003e"
      case "&": out += "\\u0026"
      case "\u{2028}": out += "\\u2028"
      case "\u{2029}": out += "\\u2029"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
