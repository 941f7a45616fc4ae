internal import FiniModel

/// The text of a message as it stands in a program, with printf's conversions, matched against a line.
///
/// A conversion takes what printf writes for it: `%d` a number, `%x` hexadecimal digits, `%s` anything, as
/// little as possible. What is taken is handed out in the order of the conversions.
struct MessagePattern: Hashable, Sendable {
  /// What a conversion writes.
  enum Kind: Hashable, Sendable {
    case decimal
    case hexadecimal
    case character
    case text
  }

  private enum Part: Hashable, Sendable {
    case literal([UInt8])
    case conversion(Kind)
  }

  private let parts: [Part]
  /// The number of bytes that are the same in each line: of two patterns that fit, the one with more says more.
  let literalCount: Int
  /// The number of conversions.
  let conversionCount: Int

  /// Reads the text of a message; an unknown conversion is taken as text.
  ///
  /// - Parameter endsWithError: whether `: ` and the words of an errno come after it, as perror(3) has it.
  init(_ format: String, endsWithError: Bool = false) {
    var parts: [Part] = []
    var literal: [UInt8] = []
    var rest = MessagePattern.words(format)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        literal.append(byte)
        continue
      }
      guard let kind = MessagePattern.conversion(&rest) else {
        literal.append(byte)
        continue
      }
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = []
      parts.append(.conversion(kind))
    }
    if endsWithError {
      literal += Array(": ".utf8)
      parts.append(.literal(literal))
      parts.append(.conversion(.text))
    } else if !literal.isEmpty {
      parts.append(.literal(literal))
    }
    self.parts = parts
    literalCount = parts.reduce(0) { count, part in
      if case .literal(let bytes) = part { count + bytes.count } else { count }
    }
    conversionCount = parts.count { if case .conversion = $0 { true } else { false } }
  }

  /// Whether it ends with a text of any kind, as a message does that passes on another one.
  var endsWithText: Bool { parts.last == .conversion(.text) }

  /// The kind of the conversion after a percent sign; `nil` for `%%`, of which one sign is left to be taken.
  private static func conversion(_ rest: inout ArraySlice<UInt8>) -> Kind? {
    if rest.first == UInt8(ascii: "%") {
      rest.removeFirst()
      return nil
    }
    let flags = Set("#0- +'.*123456789hlLqjzt".utf8)
    var here = rest
    while let byte = here.first, flags.contains(byte) {
      // `%q` is a conversion of Go, and `q` a length of old C libraries.
      if byte == UInt8(ascii: "q"),
        here.dropFirst().first.map({ !"dux".utf8.contains($0) }) ?? true
      {
        break
      }
      here.removeFirst()
    }
    guard let letter = here.popFirst() else { return .text }
    rest = here
    switch letter {
    case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"): return .decimal
    case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "p"): return .hexadecimal
    case UInt8(ascii: "c"): return .character
    default: return .text
    }
  }

  /// The fewest bytes that a message must have of its own to be known without its module's name.
  private static let leastWithoutModule = 12

  /// The text of a message without the name of a module before it: `netlink: `, `sk unix: `. Older versions do not
  /// write the name.
  ///
  /// - Returns: `nil` where there is no such name, or where too little is left.
  static func withoutModule(_ format: String, endsWithError: Bool) -> MessagePattern? {
    guard let colon = format.utf8.firstIndex(of: UInt8(ascii: ":")),
      let first = format.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first,
      format.utf8[..<colon].count <= 16,
      format.utf8[..<colon].allSatisfy({ isInModule($0) }),
      format.utf8[colon...].dropFirst().first == UInt8(ascii: " ")
    else { return nil }
    let rest = format[colon...].dropFirst().drop { $0 == " " || $0 == "\t" }
    let pattern = MessagePattern(String(rest), endsWithError: endsWithError)
    return pattern.literalCount >= leastWithoutModule ? pattern : nil
  }

  private static func isInModule(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// The bytes of a text with one blank for each run of blanks and tabs, and none at its end: programs align
  /// their messages, and users paste them.
  static func words(_ text: String) -> [UInt8] {
    var found: [UInt8] = []
    found.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      if isBlank, found.last == UInt8(ascii: " ") { continue }
      found.append(isBlank ? UInt8(ascii: " ") : byte)
    }
    while found.last == UInt8(ascii: " ") { found.removeLast() }
    return found
  }

  /// What the conversions stand for in a line, if the message is in it, from its beginning if possible.
  ///
  /// - Parameter line: the bytes of ``words(_:)``.
  func captures(in line: [UInt8]) -> [String]? {
    guard case .literal(let first)? = parts.first else {
      // A message that begins with a conversion begins with the line, or after a word.
      for place in line.indices where place == 0 || line[place - 1] == UInt8(ascii: " ") {
        if let found = match(parts[...], line[place...], []) { return found }
      }
      return nil
    }
    var from = line.startIndex
    while let place = line[from...].place(of: first) {
      if let found = match(parts[...], line[place...], []) { return found }
      from = place + 1
    }
    return nil
  }

  /// What the conversions stand for in a line that begins with the message.
  func capturesAtStart(of line: [UInt8]) -> [String]? { match(parts[...], line[...], []) }

  /// The fewest bytes of its own by which the beginning of a message is known, and how many of them stand together
  /// where it ends.
  private static let leastOfBeginning = (all: 20, last: 4)

  /// What the conversions stand for in a line that ends within the message.
  func capturesOfBeginning(_ line: [UInt8]) -> (captures: [String], ownBytes: Int)? {
    var rest = line[...]
    var captures: [String] = []
    var own = 0
    for (index, part) in parts.enumerated() {
      switch part {
      case .literal(let bytes):
        if rest.count < bytes.count {
          guard bytes.starts(with: rest), rest.count >= MessagePattern.leastOfBeginning.last,
            own + rest.count >= MessagePattern.leastOfBeginning.all
          else { return nil }
          return (captures, own + rest.count)
        }
        guard rest.starts(with: bytes) else { return nil }
        rest = rest.dropFirst(bytes.count)
        own += bytes.count
      case .conversion(let kind):
        guard index + 1 < parts.count, case .literal(let next) = parts[index + 1] else {
          return nil
        }
        // The text that comes after it, or as much of it as there is.
        let end = kind.ends(in: rest).first { end in
          let after = rest[end...]
          return after.starts(with: next)
            || after.count >= MessagePattern.leastOfBeginning.last && next.starts(with: after)
        }
        guard let end else { return nil }
        captures.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
        rest = rest[end...]
      }
    }
    return nil
  }

  /// Whether two bytes side by side are of one word.
  private static func isWithinWord(_ last: UInt8?, _ next: UInt8?) -> Bool {
    guard let last, let next else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    return letters ~= last && letters ~= next
  }

  private func match(
    _ parts: ArraySlice<Part>, _ line: ArraySlice<UInt8>, _ taken: [String]
  ) -> [String]? {
    guard let part = parts.first else { return taken }
    let others = parts.dropFirst()
    switch part {
    case .literal(let bytes):
      guard line.starts(with: bytes) else { return nil }
      let rest = line.dropFirst(bytes.count)
      // `No %s image` is not the beginning of `No parent images directory provided`.
      if others.isEmpty, MessagePattern.isWithinWord(bytes.last, rest.first) { return nil }
      return match(others, rest, taken)
    case .conversion(let kind):
      // What is last takes all that is left.
      if others.isEmpty, kind == .text { return taken + [String(decoding: line, as: UTF8.self)] }
      for end in kind.ends(in: line) {
        let text = String(decoding: line[line.startIndex..<end], as: UTF8.self)
        if let found = match(others, line[end...], taken + [text]) { return found }
      }
      return nil
    }
  }
}

extension MessagePattern.Kind {
  /// Where its text may end, the likeliest first.
  fileprivate func ends(in line: ArraySlice<UInt8>) -> [Int] {
    switch self {
    case .decimal:
      let begin = line.startIndex + (line.first == UInt8(ascii: "-") ? 1 : 0)
      let count = line[begin...].prefix { 0x30...0x39 ~= $0 }.count
      return count > 0 ? [begin + count] : []
    case .hexadecimal:
      var begin = line.startIndex
      if line.starts(with: "0x".utf8) { begin += 2 }
      let count = line[begin...].prefix {
        0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 || 0x41...0x46 ~= $0
      }.count
      if count > 0 { return [begin + count] }
      return line.starts(with: "(nil)".utf8) ? [line.startIndex + 5] : []
    case .character:
      return line.isEmpty ? [] : [line.startIndex + 1]
    case .text:
      return Array(line.startIndex...line.endIndex)
    }
  }
}

extension ArraySlice<UInt8> {
  /// The first place of some bytes.
  fileprivate func place(of bytes: [UInt8]) -> Int? {
    guard let first = bytes.first, count >= bytes.count else { return nil }
    var here = startIndex
    while here + bytes.count <= endIndex {
      if self[here] == first, self[here...].starts(with: bytes) { return here }
      here += 1
    }
    return nil
  }
}
