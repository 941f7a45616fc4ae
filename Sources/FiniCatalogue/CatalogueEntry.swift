package import FiniModel

/// One message that a tracer, or a program that starts one, writes about its own failure.
package struct CatalogueEntry: Hashable, Sendable {
  /// What a line with the message is for the story of the run.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    /// A cause of its own.
    case error
    /// It follows from an error told before it, and is named only where there is nothing better.
    case consequence
    /// It stands before a general error, at any level, and says why.
    case reason
    /// The program goes on.
    case warning
    /// What the program supposes and has not seen.
    case guess
  }

  /// Where the message can stand.
  package enum Side: String, CaseIterable, Hashable, Sendable {
    case dump
    case restore
    case both
  }

  /// A condition on what a conversion stands for.
  struct Condition: Hashable, Sendable {
    enum Subject: Hashable, Sendable {
      case errno
      /// The number of a conversion, from 1.
      case capture(Int)
    }
    enum Test: Hashable, Sendable {
      case isOne(of: [String])
      case contains(String)
    }
    var subject: Subject
    var test: Test
  }

  /// Its name, which does not change.
  package var name: String
  /// The program that writes it.
  package var tool: String
  /// In which versions of that program it is known to be.
  package var versions: String
  /// The text as it stands in the program, with printf's conversions.
  package var format: String
  /// Whether `: ` and the words of an errno come after the text.
  package var endsWithErrno: Bool
  /// What it is for the story.
  package var kind: Kind
  /// The step in which it happens.
  package var stage: String
  /// Where it can stand.
  package var side: Side
  /// What it means, in a sentence without a full stop; `{1}` is what the first conversion stands for.
  package var meaning: String
  /// What to do, a sentence each, in the same form.
  package var advice: [String]
  /// A reason that is one only before errors with this text: elsewhere the program goes on after it.
  package var before: String?

  var conditions: [Condition]
  let pattern: MessagePattern
  /// The message without the name of CRIU's module before it, which older versions do not write.
  let patternWithoutModule: MessagePattern?
}

extension CatalogueEntry {
  /// The message in a line, filled in.
  package struct Match: Hashable, Sendable {
    /// The entry.
    package var entry: CatalogueEntry
    /// How many bytes of the message are the entry's own.
    package var ownBytes: Int
    /// What the conversions stand for.
    package var captures: [String]
    /// The errno that the line ends with.
    package var errno: Errno?
    /// What it means here, without a full stop.
    package var meaning: String
    /// What to do here.
    package var advice: [String]
  }

  /// Reads a message.
  func match(_ message: [UInt8]) -> Match? {
    guard let found = place(in: message) else { return nil }
    var captures = found.captures
    var words: String?
    if endsWithErrno { words = captures.removeLast() }
    let errno =
      words.flatMap { Errno(words: $0) ?? Errno(beginningOfWords: $0) }
      ?? captures.last.flatMap { Errno(words: $0) }
    if format.hasSuffix("/%s"), let name = captures.last {
      captures[captures.count - 1] = CatalogueEntry.withoutErrno(name)
    }
    guard conditions.allSatisfy({ $0.holds(captures, errno) }) else { return nil }
    let fill = { (text: String) in
      CatalogueEntry.fill(text, captures, errno.map { "\($0)" } ?? words ?? "")
    }
    return Match(
      entry: self, ownBytes: found.ownBytes, captures: captures, errno: errno,
      meaning: fill(meaning),
      advice: advice.map(fill))
  }

  /// Reads the beginning of a message, if so much of it is there that it is no other, and what it means needs no more.
  func match(beginning message: [UInt8]) -> Match? {
    guard conditions.isEmpty, let found = pattern.capturesOfBeginning(message) else { return nil }
    let meaning = CatalogueEntry.fill(meaning, found.captures, "{errno}")
    guard !meaning.contains("{") else { return nil }
    return Match(
      entry: self, ownBytes: found.ownBytes, captures: found.captures, errno: nil, meaning: meaning,
      advice: advice.map { CatalogueEntry.fill($0, found.captures, "{errno}") }
        .filter { !$0.contains("{") })
  }

  /// The message in a line. Without the module's name it must stand at the beginning: after another
  /// module's name it would be another message.
  private func place(in message: [UInt8]) -> (captures: [String], ownBytes: Int)? {
    if let found = pattern.captures(in: message) { return (found, pattern.literalCount) }
    guard let pattern = patternWithoutModule, let found = pattern.capturesAtStart(of: message)
    else { return nil }
    return (found, pattern.literalCount)
  }

  /// The name of a file without an errno's words: a program that passes the message on puts them after it.
  private static func withoutErrno(_ name: String) -> String {
    guard let colon = name.firstRange(of: ": "),
      Errno(words: String(name[colon.upperBound...])) != nil
        || name[..<colon.lowerBound].hasSuffix(".log")
    else { return name }
    return String(name[..<colon.lowerBound])
  }

  /// Puts what was taken into a text.
  private static func fill(_ text: String, _ captures: [String], _ errno: String) -> String {
    var found = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      found += rest[..<open]
      let name = rest[rest.index(after: open)..<close]
      if name == "errno" {
        found += errno
      } else if let number = Int(name), captures.indices.contains(number - 1) {
        found += captures[number - 1]
      } else {
        found += rest[open...close]
      }
      rest = rest[rest.index(after: close)...]
    }
    return found + rest
  }
}

extension CatalogueEntry.Condition {
  func holds(_ captures: [String], _ errno: Errno?) -> Bool {
    switch subject {
    case .errno:
      guard let name = errno.map({ "\($0)" }) else { return false }
      return test.holds(name)
    case .capture(let number):
      guard captures.indices.contains(number - 1) else { return false }
      return test.holds(captures[number - 1])
    }
  }
}

extension CatalogueEntry.Condition.Test {
  fileprivate func holds(_ text: String) -> Bool {
    switch self {
    case .isOne(let texts): texts.contains(text)
    case .contains(let part): text.contains(part)
    }
  }
}
