/// What a line of text becomes: a line of a log, or a sentence of a report.
///
/// A word of it is taken for what it is: the name in a column, the value of an option or of a field, what follows a
/// word for a secret, a string of a call; else a path, an address, an identifier by its own form, or a name that was
/// found elsewhere. A line is read once, as bytes (RedactorTests).
extension Redactor {
  /// Takes out of a line what is private.
  package mutating func text(_ line: String) -> String {
    String(decoding: redacted(Array(line.utf8)), as: UTF8.self)
  }

  private mutating func redacted(_ line: [UInt8]) -> [UInt8] {
    let bytes = withoutOtherNames(line)
    let shape = LineShape(of: bytes)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 16)
    var place = 0
    if let name = shape.name {
      out += bytes[..<name.lowerBound]
      out += Array(taskName(String(decoding: bytes[name], as: UTF8.self)).utf8)
      place = name.upperBound
      // The number after it is no part of a path.
      if shape.writer == .perfTrace {
        out.append(bytes[place])
        place += 1
      }
    }
    // What the word before says of the next one.
    var expected = WordRole.none
    while place < bytes.count {
      let byte = bytes[place]
      if expected != .none {
        if LineBytes.isBlank[Int(byte)] || isBetween(bytes, place) {
          out.append(byte)
          place += 1
        } else if expected == .option, LineBytes.isDelimiter[Int(byte)],
          !LineBytes.isQuote[Int(byte)]
        {
          expected = .none
        } else {
          place = value(bytes, at: place, &expected, into: &out)
        }
        continue
      }
      if byte == LineBytes.quote, let end = quoted(bytes, at: place, shape, into: &out) {
        place = end
        continue
      }
      if LineBytes.isDelimiter[Int(byte)] {
        if byte == UInt8(ascii: "<"), shape.writer == .strace, place > 0, bytes[place - 1].isDigit,
          let end = nameOfTask(bytes, at: place + 1, into: &out)
        {
          place = end
          continue
        }
        out.append(byte)
        place += 1
        continue
      }
      var end = place
      while end < bytes.count, !LineBytes.isDelimiter[Int(bytes[end])] { end += 1 }
      let word = bytes[place..<end]
      if let next = role(word, bytes, &expected, into: &out) {
        place = next
        continue
      }
      if shape.writer == .events, isSwitched(word, bytes) {
        let colon = word.lastIndex(of: LineBytes.colon) ?? word.startIndex
        out += Array(taskName(String(decoding: word[..<colon], as: UTF8.self)).utf8)
        out += word[colon...]
      } else {
        end = LineBytes.wholeEnd(word, bytes)
        out += chunk(bytes[place..<end])
      }
      place = end
    }
    return out
  }

  /// Whether it is the comma of a list, `"--token", "hunter2"`.
  private func isBetween(_ bytes: [UInt8], _ place: Int) -> Bool {
    bytes[place] == UInt8(ascii: ",") && place > 0 && LineBytes.isQuote[Int(bytes[place - 1])]
  }

  // MARK: Names in their places

  /// Writes a text in quotes whole, if it is a string of a call or a path.
  ///
  /// - Returns: where to go on.
  private mutating func quoted(
    _ bytes: [UInt8], at place: Int, _ shape: LineShape, into out: inout [UInt8]
  ) -> Int? {
    // A string of a call that was cut off goes to the end of the line.
    let last = shape.hasCalls ? place + 1..<bytes.count : nil
    guard let range = LineBytes.quotedRange(bytes, at: place) ?? last, !range.isEmpty else {
      return nil
    }
    let inner = String(decoding: bytes[range], as: UTF8.self)
    // Buffers, arguments, the environment. Elsewhere quotes are around messages, or around a name.
    let kind: Kind
    if shape.hasCalls {
      kind = .string
    } else if inner.hasPrefix("/"), !WordForms.isPublicPath(inner) {
      kind = .path
    } else if place > 0, bytes[place - 1] == UInt8(ascii: "@") {
      // The name of an abstract socket.
      kind = .path
    } else {
      return nil
    }
    out += Array("\"\(placeholder(kind, for: inner))\"".utf8)
    return min(range.upperBound + 1, bytes.count)
  }

  /// Writes the name in `4711<name>`, as strace has it; a path or a socket there is a word like others.
  private mutating func nameOfTask(
    _ bytes: [UInt8], at start: Int, into out: inout [UInt8]
  ) -> Int? {
    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")), end > start else {
      return nil
    }
    let name = bytes[start..<end]
    guard !name.contains(UInt8(ascii: "/")), !name.contains(LineBytes.colon) else { return nil }
    out += Array("<\(taskName(String(decoding: name, as: UTF8.self)))>".utf8)
    return end + 1
  }

  /// Whether it is `name:4711` before `[120]`, as perf shows a switch of tasks.
  private func isSwitched(_ word: ArraySlice<UInt8>, _ bytes: [UInt8]) -> Bool {
    guard let colon = word.lastIndex(of: LineBytes.colon), colon > word.startIndex,
      colon + 1 < word.endIndex, word[(colon + 1)...].allSatisfy(\.isDigit)
    else { return false }
    return bytes[word.endIndex...].starts(with: Array(" [".utf8))
  }

  /// The line with the names taken out that are more than one word.
  private mutating func withoutOtherNames(_ line: [UInt8]) -> [UInt8] {
    guard names.hasOthers else { return line }
    var out: [UInt8] = []
    var start = 0
    var place = 0
    while place < line.count {
      guard let name = names.other(at: place, in: line) else {
        place += 1
        continue
      }
      let text = String(decoding: name, as: UTF8.self)
      out += line[start..<place]
      out += Array(placeholder(names[text] ?? .task, for: text).utf8)
      place += name.count
      start = place
    }
    return start == 0 ? line : out + line[start...]
  }

  // MARK: One word of a line

  private mutating func chunk(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var body = bytes
    while let last = body.last, LineBytes.trailing[Int(last)], body.count > 1 { body.removeLast() }
    return (whole(body) ?? pieces(body)) + bytes[body.endIndex...]
  }

  /// What a word becomes that is taken out whole; `nil`: it is not.
  mutating func whole(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var kind = names.kind(of: bytes)
    if kind == nil, bytes.contains(LineBytes.colon), LineBytes.isAddress(bytes) { kind = .path }
    kind = kind ?? WordForms.kind(of: bytes)
    guard let kind else { return nil }
    return Array(placeholder(kind, for: String(decoding: bytes, as: UTF8.self)).utf8)
  }

  /// A word piece by piece: names within it, and words of 64 bits.
  mutating func pieces(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      guard bytes[place].isWord else {
        out.append(bytes[place])
        place += 1
        continue
      }
      var end = place
      while end < bytes.endIndex, bytes[end].isWord { end += 1 }
      out += piece(bytes[place..<end])
      place = end
    }
    return out
  }

  private mutating func piece(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    if let kind = names.kind(of: bytes) {
      return Array(placeholder(kind, for: String(decoding: bytes, as: UTF8.self)).utf8)[...]
    }
    let hasPrefix = bytes.count > 2 && bytes.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
    let digits = hasPrefix ? bytes.dropFirst(2) : bytes
    guard hasPrefix || digits.count >= 8, digits.allSatisfy(\.isHexDigit) else { return bytes }
    // Without 0x it may be a number of ten: a time, a size, a process.
    guard hasPrefix || digits.contains(where: \.isLetter) else { return bytes }
    let text = String(decoding: bytes, as: UTF8.self)
    guard digits.count <= 16, let word = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    else { return Array(placeholder(.identifier, for: text).utf8)[...] }
    let changed = words.word(word)
    if changed == word { return bytes }
    count(.register)
    return Array(((hasPrefix ? "0x" : "") + String(changed, radix: 16)).utf8)[...]
  }
}
