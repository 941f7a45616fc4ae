/// Reads the bytes of a line, from the start on.
///
/// Every step either succeeds and moves on, or fails and does not move.
struct Scanner {
  let bytes: [UInt8]
  var end: Int
  var at: Int

  init(_ line: TextLine) {
    bytes = line.bytes
    at = line.start
    end = line.end
  }

  init(_ text: String) { self.init(TextLine(text)) }

  var isAtEnd: Bool { at >= end }

  var next: UInt8? { at < end ? bytes[at] : nil }

  func peek(_ offset: Int) -> UInt8? { at + offset < end ? bytes[at + offset] : nil }

  mutating func skipBlanks() {
    while at < end, bytes[at] == .blank || bytes[at] == .tab { at += 1 }
  }

  /// Takes a byte if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard at < end, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  /// Takes a text if it is next.
  mutating func take(_ text: StaticString) -> Bool {
    guard isNext(text) else { return false }
    at += text.utf8CodeUnitCount
    return true
  }

  /// Mostly the first byte decides: it is compared where this is called.
  @inline(__always)
  func isNext(_ text: StaticString) -> Bool {
    guard at < end, unsafe bytes[at] == text.utf8Start.pointee else { return false }
    return reads(text)
  }

  private func reads(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= end else { return false }
    return text.withUTF8Buffer { wanted in
      for index in 0..<count where unsafe bytes[at + index] != wanted[index] { return false }
      return true
    }
  }

  /// The place of a byte further on.
  func place(of byte: UInt8) -> Int? {
    var here = at
    while here < end {
      if bytes[here] == byte { return here }
      here += 1
    }
    return nil
  }

  /// The place of a text further on.
  func find(_ text: StaticString) -> Int? {
    var copy = self
    let first = unsafe text.utf8Start.pointee
    while let place = bytes[..<end].place(of: first, from: copy.at) {
      copy.at = place
      if copy.isNext(text) { return place }
      copy.at += 1
    }
    return nil
  }

  /// Takes decimal digits.
  mutating func decimal() -> UInt64? {
    var value: UInt64 = 0
    let begin = at
    while at < end, bytes[at] >= .digit0, bytes[at] <= .digit9 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[at] - .digit0))
      guard !overflow, !carry else {
        at = begin
        return nil
      }
      value = sum
      at += 1
    }
    return at > begin ? value : nil
  }

  /// Takes hexadecimal digits.
  mutating func hexadecimal() -> UInt64? {
    var value: UInt64 = 0
    let begin = at
    while at < end, let digit = Scanner.digit(bytes[at]) {
      guard value >> 60 == 0 else {
        at = begin
        return nil
      }
      value = value << 4 | digit
      at += 1
    }
    return at > begin ? value : nil
  }

  static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8.digits: UInt64(byte - .digit0)
    case UInt8.lowerA...UInt8.lowerF: UInt64(byte - .lowerA + 10)
    case UInt8.upperA...UInt8.upperF: UInt64(byte - .upperA + 10)
    default: nil
    }
  }

  /// Takes a number as C programs print it: decimal, `0x`, octal with a leading zero, negative, `NULL`.
  mutating func number() -> UInt64? {
    let begin = at
    if take("NULL") { return 0 }
    let isNegative = take(.minus)
    var value: UInt64?
    if take("0x") || take("0X") {
      value = hexadecimal()
    } else if next == .digit0, let second = peek(1), second >= .digit0, second <= .digit7 {
      value = octal()
    } else {
      value = decimal()
    }
    guard let value else {
      at = begin
      return nil
    }
    return isNegative ? 0 &- value : value
  }

  private mutating func octal() -> UInt64? {
    var value: UInt64 = 0
    while at < end, bytes[at] >= .digit0, bytes[at] <= .digit7 {
      guard value >> 61 == 0 else { return nil }
      value = value << 3 | UInt64(bytes[at] - .digit0)
      at += 1
    }
    return value
  }

  /// Takes a word of letters, digits and underscores; empty if there is none.
  mutating func word() -> ArraySlice<UInt8> {
    let begin = at
    while at < end, Scanner.isWord(bytes[at]) { at += 1 }
    return bytes[begin..<at]
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8.digits, UInt8.capitals, .underscore, UInt8.letters: true
    default: false
    }
  }

  /// Takes a comment, with the blanks before it. Returns whether there was one.
  @discardableResult
  mutating func skipComment() -> Bool {
    let begin = at
    skipBlanks()
    guard take("/*") else {
      at = begin
      return false
    }
    while at < end, !take("*/") { at += 1 }
    return true
  }

  /// Moves to the next comma or closing bracket that is not inside of a string or of brackets.
  mutating func skipValue() {
    var depth = 0
    while at < end {
      switch bytes[at] {
      case .quote:
        skipString()
        continue
      case .openParenthesis, .openBracket, .openBrace: depth += 1
      case .closeParenthesis, .closeBracket, .closeBrace:
        if depth == 0 { return }
        depth -= 1
      case .comma where depth == 0: return
      case .slash where peek(1) == .star:
        skipComment()
        continue
      default: break
      }
      at += 1
    }
  }

  /// Takes a string with its quotes.
  mutating func skipString() {
    guard take(.quote) else { return }
    while at < end {
      if bytes[at] == .backslash {
        at += 2
        continue
      }
      if bytes[at] == .quote {
        at += 1
        return
      }
      at += 1
    }
    at = min(at, end)
  }

  /// Takes a string as C programs quote it, up to its first line end. Returns also whether it is
  /// complete.
  mutating func string() -> (bytes: [UInt8], isWhole: Bool)? {
    guard take(.quote) else { return nil }
    var found: [UInt8] = []
    while let byte = next {
      at += 1
      if byte == .quote { return (found, !isNext("...")) }
      guard byte == .backslash, let escaped = next else {
        found.append(byte)
        continue
      }
      at += 1
      switch escaped {
      case UInt8(ascii: "n"): return (found, true)
      case UInt8(ascii: "t"): found.append(.tab)
      default: found.append(escaped)
      }
    }
    return nil
  }

  /// Takes a comma and the blanks after it.
  mutating func comma() -> Bool {
    skipBlanks()
    guard take(.comma) else { return false }
    skipBlanks()
    return true
  }
}
