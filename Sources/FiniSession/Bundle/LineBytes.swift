/// The bytes that words of a line are cut at, and what is cut.
enum LineBytes {
  static let quote = UInt8(ascii: "\"")
  static let equals = UInt8(ascii: "=")
  static let colon = UInt8(ascii: ":")
  /// What ends a word of a line.
  static let isDelimiter = table(" \t\r\n\"'`()[]{}<>,;|=*")
  /// What ends a path and the value of a variable: most characters may be in a name.
  static let endsPath = table(" \t\r\n\"'`<>,;)")
  /// What ends an address with `://`.
  static let endsAddress = table(" \t\r\n\"'`<>")
  static let endsSecret = table(" \t\r\n\"'`")
  static let isQuote = table("\"'")
  static let isBlank = table(" \t")
  /// What may stand after a word without being of it.
  static let trailing = table(".:!?")
  static let trailingOfValue = table(".:!?,;)]}")

  private static func table(_ bytes: String) -> [Bool] {
    var table = [Bool](repeating: false, count: 256)
    for byte in bytes.utf8 { table[Int(byte)] = true }
    return table
  }

  // MARK: Ranges

  /// A value, in quotes or not; without the quotes, and without what ends a sentence.
  static func valueRange(_ bytes: [UInt8], at start: Int, ends: [Bool]) -> Range<Int>? {
    guard start < bytes.count else { return nil }
    if isQuote[Int(bytes[start])] {
      // One that was cut off goes to the end of the line.
      return quotedRange(bytes, at: start) ?? start + 1..<bytes.count
    }
    var end = start
    while end < bytes.count, !ends[Int(bytes[end])] { end += 1 }
    while end > start + 1, trailingOfValue[Int(bytes[end - 1])] { end -= 1 }
    return start..<end
  }

  /// What is between a quote and the next one that is not escaped.
  static func quotedRange(_ bytes: [UInt8], at start: Int) -> Range<Int>? {
    var place = start + 1
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\\") {
        place += 2
        continue
      }
      if bytes[place] == bytes[start] { return start + 1..<place }
      place += 1
    }
    return nil
  }

  /// Where a word ends that may have delimiters in it: a path, an address with `://`.
  static func wholeEnd(_ word: ArraySlice<UInt8>, _ bytes: [UInt8]) -> Int {
    var end = word.endIndex
    let ends: [Bool]
    if word.contains(colon), isAddress(word) {
      ends = endsAddress
    } else if word.first == UInt8(ascii: "~")
      || word.contains(UInt8(ascii: "/")) && WordForms.kind(of: word) == .path
    {
      ends = endsPath
    } else {
      return end
    }
    while end < bytes.count, !ends[Int(bytes[end])] { end += 1 }
    while end > word.endIndex, trailingOfValue[Int(bytes[end - 1])] { end -= 1 }
    return end
  }

  static func isAddress(_ word: ArraySlice<UInt8>) -> Bool {
    let mark = Array("://".utf8)
    return word.indices.contains { word[$0] == colon && word[$0...].starts(with: mark) }
  }

  /// The name of a task in a field: up to the next field.
  static func taskNameRange(_ bytes: [UInt8], _ start: Int) -> Range<Int> {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: ")"), bytes[end] != quote {
      let isComma = bytes[end] == UInt8(ascii: ",")
      if isComma, end + 1 == bytes.count || bytes[end + 1] == 0x20 { break }
      guard bytes[end] == 0x20 else {
        end += 1
        continue
      }
      var next = end
      while next < bytes.count, bytes[next] == 0x20 { next += 1 }
      var word = next
      while word < bytes.count, bytes[word].isWord { word += 1 }
      let isField = word > next && word < bytes.count && bytes[word] == equals
      if next == bytes.count || isField || "[=<(".utf8.contains(bytes[next]) { break }
      end = next
    }
    return start..<end
  }
}
