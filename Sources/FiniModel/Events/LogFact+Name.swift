extension LogFact {
  /// One of each, for the enum table of the schema.
  public static let all: [LogFact] = (0...54).map { LogFact(code: $0, 0, 0) }

  /// The name in files and reports, such as `unexpected-state`.
  public var name: String {
    // The case's own name up to its numbers, with hyphens.
    var name = ""
    for character in "\(self)".prefix(while: { $0 != "(" }) {
      if character.isUppercase { name += "-" }
      name += character.lowercased()
    }
    return name
  }
}
