internal import FiniTimeline

/// Words that say what the next one is: an option, a field, a variable, what a secret is called.
extension Redactor {
  /// Writes a word that says what comes after it, and what comes after it if that is a part of it.
  ///
  /// - Returns: where to go on; `nil` if it says nothing.
  mutating func role(
    _ word: ArraySlice<UInt8>, _ bytes: [UInt8], _ expected: inout WordRole, into out: inout [UInt8]
  ) -> Int? {
    // password:hunter2 and password: hunter2
    let head = word.prefix { $0 != LineBytes.colon }
    guard let first = head.first, first.isLetter || first == UInt8(ascii: "-") else { return nil }
    let after = separator(bytes, of: head)
    let isAlone = WordRole.isAlone(head)
    guard isAlone || after != nil else { return nil }
    let role = WordRole(of: head)
    switch role {
    case .secret, .option:
      guard role == .secret || head.count == word.count else { return nil }
      expected = role
      var end = after?.value ?? head.endIndex
      // The option in quotes: the next word is in quotes of its own.
      if after == nil, isInQuotes(bytes, head) { end += 1 }
      out += bytes[head.startIndex..<end]
      return end
    case .variable, .field, .taskName, .commandLine, .message, .none:
      guard head.count == word.count, let after else { return nil }
      let isQuoted = after.value < bytes.count && bytes[after.value] == LineBytes.quote
      // A sentence has colons too.
      guard bytes[after.mark] == LineBytes.equals || after.isKey || isQuoted && role != .none else {
        return nil
      }
      return assigned(role, bytes, head, after.value, into: &out)
    }
  }

  /// Writes `NAME=value`.
  private mutating func assigned(
    _ role: WordRole, _ bytes: [UInt8], _ name: ArraySlice<UInt8>, _ start: Int,
    into out: inout [UInt8]
  ) -> Int? {
    guard start < bytes.count else { return nil }
    let isQuoted = LineBytes.isQuote[Int(bytes[start])]
    guard isQuoted || !LineBytes.isDelimiter[Int(bytes[start])] || role == .taskName else {
      return nil
    }
    let range: Range<Int>?
    switch role {
    case .taskName where !isQuoted: range = LineBytes.taskNameRange(bytes, start)
    case .commandLine where !isQuoted: range = start..<bytes.count
    default: range = LineBytes.valueRange(bytes, at: start, ends: LineBytes.endsPath)
    }
    guard let range, !range.isEmpty else { return nil }
    let text = String(decoding: bytes[range], as: UTF8.self)
    let made: String
    switch role {
    case .taskName: made = taskName(text)
    case .commandLine: made = commandLine(text)
    case .variable: made = placeholder(.environment, for: text)
    case .field(let kind): made = field(text, bytes[range], kind)
    // A text in quotes is a name, unless what it is called says that it is a message.
    case .none where isQuoted: made = field(text, bytes[range], .string)
    case .none, .message, .secret, .option: return nil
    }
    out += bytes[name.startIndex..<range.lowerBound]
    out += Array(made.utf8)
    return close(bytes, range, into: &out)
  }

  /// The value of a field: a number, a sign and a known program stay.
  private mutating func field(_ text: String, _ bytes: ArraySlice<UInt8>, _ kind: Kind) -> String {
    let byForm = names.kind(of: bytes) ?? WordForms.kind(of: bytes)
    if byForm == nil {
      if !bytes.contains(where: { $0.isLetter || $0 >= 0x80 }) { return text }
      if Redactor.knownPrograms.contains(text.lowercased()) { return text }
    }
    return placeholder(byForm ?? kind, for: text)
  }

  /// Writes the value that the word before promised.
  ///
  /// - Returns: where to go on.
  mutating func value(
    _ bytes: [UInt8], at place: Int, _ expected: inout WordRole, into out: inout [UInt8]
  ) -> Int {
    let role = expected
    expected = .none
    let ends = role == .secret ? LineBytes.endsSecret : LineBytes.endsPath
    let range = LineBytes.valueRange(bytes, at: place, ends: ends)
    guard let range, !range.isEmpty else {
      out.append(bytes[place])
      return place + 1
    }
    out += bytes[place..<range.lowerBound]
    let value = bytes[range]
    // Another option: this one has no value.
    let next = WordRole(of: value.prefix { $0 != LineBytes.equals })
    if value.first == UInt8(ascii: "-"), next == .option || next == .secret {
      let word = value.prefix { !LineBytes.isDelimiter[Int($0)] }
      return self.role(word, bytes, &expected, into: &out) ?? range.lowerBound
    }
    let text = String(decoding: value, as: UTF8.self)
    if role == .secret {
      if WordRole.schemes.contains(text.lowercased()) {
        expected = .secret
        out += value
        return range.upperBound
      }
      out += Array(placeholder(.secret, for: text).utf8)
    } else if let made = whole(value) {
      out += made
    } else if WordRole.isNumber(value) || Redactor.knownPrograms.contains(text.lowercased())
      || MessageWords.all.contains(text.lowercased())
    {
      // The word after an option may be none of it: it stays if messages have it.
      out += pieces(value)
    } else {
      out += Array(placeholder(.argument, for: text).utf8)
    }
    return close(bytes, range, into: &out)
  }

  /// Writes the quote after a value that had one before it.
  private func close(_ bytes: [UInt8], _ range: Range<Int>, into out: inout [UInt8]) -> Int {
    let end = range.upperBound
    guard range.lowerBound > 0, end < bytes.count, LineBytes.isQuote[Int(bytes[end])],
      bytes[end] == bytes[range.lowerBound - 1]
    else { return end }
    out.append(bytes[end])
    return end + 1
  }

  /// What stands between a name and its value.
  private struct Separator {
    /// Where `=` or `:` is.
    var mark: Int
    /// Where the value begins, with its quote.
    var value: Int
    /// Whether the name is in quotes and `:` follows, as JSON has it.
    var isKey: Bool
  }

  private func isInQuotes(_ bytes: [UInt8], _ name: ArraySlice<UInt8>) -> Bool {
    name.startIndex > 0 && name.endIndex < bytes.count
      && LineBytes.isQuote[Int(bytes[name.endIndex])]
      && bytes[name.endIndex] == bytes[name.startIndex - 1]
  }

  /// `=`, or `:` as of a head line or of JSON, after a name.
  private func separator(_ bytes: [UInt8], of name: ArraySlice<UInt8>) -> Separator? {
    var place = name.endIndex
    let isQuoted = isInQuotes(bytes, name)
    if isQuoted {
      place += 1
      while place < bytes.count, bytes[place] == 0x20 { place += 1 }
    }
    guard place < bytes.count, bytes[place] == LineBytes.equals || bytes[place] == LineBytes.colon
    else { return nil }
    let isColon = bytes[place] == LineBytes.colon
    if !isColon, place + 1 < bytes.count, bytes[place + 1] == LineBytes.equals { return nil }
    var value = place + 1
    if isColon { while value < bytes.count, bytes[value] == 0x20 { value += 1 } }
    return Separator(mark: place, value: value, isKey: isQuoted && isColon)
  }
}
