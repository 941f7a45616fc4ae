/// Reads a file of entries: blocks of `key: value`, with blank lines between them.
///
/// A line that begins with two blanks continues the value before it, and one that begins with `#` is a comment.
struct CatalogueReader {
  private let file: String
  private var line = 0

  init(file: String) { self.file = file }

  mutating func read(_ text: String) throws(Catalogue.Fault) -> [CatalogueEntry] {
    var entries: [CatalogueEntry] = []
    var values: [(key: String, value: String)] = []
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      line += 1
      if part.hasPrefix("#") { continue }
      if part.allSatisfy({ $0 == " " }) {
        if !values.isEmpty { entries.append(try entry(values)) }
        values = []
      } else if part.hasPrefix("  ") {
        guard !values.isEmpty else { throw fault("a continued line without a value before it") }
        values[values.count - 1].value += " " + part.drop { $0 == " " }
      } else {
        guard let colon = part.firstIndex(of: ":") else { throw fault("no key") }
        let value = part[part.index(after: colon)...].drop { $0 == " " }
        values.append((String(part[..<colon]), String(value)))
      }
    }
    if !values.isEmpty { entries.append(try entry(values)) }
    return entries
  }

  private func fault(_ reason: String) -> Catalogue.Fault {
    Catalogue.Fault(file: file, line: line, reason: reason)
  }

  private func entry(
    _ values: [(key: String, value: String)]
  ) throws(Catalogue.Fault) -> CatalogueEntry {
    func all(_ key: String) -> [String] { values.filter { $0.key == key }.map(\.value) }
    func one(_ key: String) throws(Catalogue.Fault) -> String {
      let found = all(key)
      guard found.count == 1, let value = found.first, !value.isEmpty else {
        throw fault("\(found.count) values of \(key) in one entry")
      }
      return value
    }
    let known: Set<String> = [
      "name", "tool", "versions", "message", "failing", "when", "kind", "stage", "side", "means",
      "do", "before", "note",
    ]
    if let strange = values.first(where: { !known.contains($0.key) }) {
      throw fault("unknown key \(strange.key)")
    }
    let endsWithErrno = all("message").isEmpty
    let format = try one(endsWithErrno ? "failing" : "message")
    var conditions: [CatalogueEntry.Condition] = []
    for words in all("when") { conditions.append(try condition(words)) }
    let kind = all("kind").first ?? CatalogueEntry.Kind.error.rawValue
    let side = all("side").first ?? CatalogueEntry.Side.both.rawValue
    guard let kind = CatalogueEntry.Kind(rawValue: kind) else {
      throw fault("unknown kind \(kind)")
    }
    guard let side = CatalogueEntry.Side(rawValue: side) else {
      throw fault("unknown side \(side)")
    }
    let meaning = try one("means")
    let tool = try one("tool")
    return CatalogueEntry(
      name: try one("name"), tool: tool, versions: try one("versions"),
      format: format, endsWithErrno: endsWithErrno, kind: kind, stage: try one("stage"),
      side: side, meaning: meaning.hasSuffix(".") ? String(meaning.dropLast()) : meaning,
      advice: all("do"), before: all("before").first, conditions: conditions,
      pattern: MessagePattern(format, endsWithError: endsWithErrno),
      patternWithoutModule: tool == "criu"
        ? MessagePattern.withoutModule(format, endsWithError: endsWithErrno) : nil)
  }

  /// `errno = EPERM|EACCES`, `2 = text`, `2 ~ part of it`.
  private func condition(_ words: String) throws(Catalogue.Fault) -> CatalogueEntry.Condition {
    let parts = words.split(separator: " ", maxSplits: 2).map(String.init)
    guard parts.count == 3 else { throw fault("a condition needs three parts: \(words)") }
    let subject: CatalogueEntry.Condition.Subject
    if parts[0] == "errno" {
      subject = .errno
    } else if let number = Int(parts[0]), number > 0 {
      subject = .capture(number)
    } else {
      throw fault("a condition on \(parts[0])")
    }
    switch parts[1] {
    case "=":
      return CatalogueEntry.Condition(
        subject: subject, test: .isOne(of: parts[2].split(separator: "|").map(String.init)))
    case "~": return CatalogueEntry.Condition(subject: subject, test: .contains(parts[2]))
    default: throw fault("a condition has = or ~, not \(parts[1])")
    }
  }
}
