internal import FiniModel
internal import Glibc

/// One line of an input, without its end.
///
/// It shares the bytes of the block that it was read from: nothing is copied.
package struct TextLine: Sendable {
  /// The block.
  let bytes: [UInt8]
  /// The offsets of the line's start and end in the block.
  let start: Int
  let end: Int
  /// Its number, from 1.
  package let number: UInt32
  /// Whether it was longer than the part of a line that is kept.
  let isCut: Bool
  /// Whether the input ended without a line end after it.
  let isLast: Bool
  /// Whether its block has escape sequences or entities anywhere: asked once for all lines of a block.
  let mayHaveMarks: Bool

  /// Makes a line from a string.
  package init(_ text: String, number: UInt32 = 1, isLast: Bool = false) {
    self.init(
      bytes: Array(text.utf8), start: 0, end: text.utf8.count, number: number, isCut: false,
      isLast: isLast)
  }

  init(
    bytes: [UInt8], start: Int, end: Int, number: UInt32, isCut: Bool, isLast: Bool,
    mayHaveMarks: Bool = true
  ) {
    self.mayHaveMarks = mayHaveMarks
    self.bytes = bytes
    self.start = start
    self.end = end
    self.number = number
    self.isCut = isCut
    self.isLast = isLast
  }

  /// The text; bytes that are not UTF-8 become U+FFFD.
  package var text: String { String(decoding: bytes[start..<end], as: UTF8.self) }

  var isEmpty: Bool { start == end }

  /// The same line without a terminal's colours, and with the characters that a page's entities stand for.
  var plain: TextLine {
    guard mayHaveMarks, TextLine.hasMarks(bytes[start..<end]) else { return self }
    return with(LogMarks.removed(from: bytes[start..<end]))
  }

  /// The same line without the marks of Markdown, mail and patches; `nil` if there are none.
  var unmarked: TextLine? {
    let range = LogMarks.unmarked(bytes, start..<end)
    let inner = LogMarks.withoutEmphasis(bytes[range])
    return inner.isEmpty || inner.count == end - start ? nil : with(inner)
  }

  /// A part of the line, as a line.
  func part(_ range: Range<Int>) -> TextLine {
    TextLine(
      bytes: bytes, start: range.lowerBound, end: range.upperBound, number: number, isCut: isCut,
      isLast: isLast)
  }

  private func with(_ bytes: [UInt8]) -> TextLine {
    TextLine(bytes: bytes, start: 0, end: bytes.count, number: number, isCut: isCut, isLast: isLast)
  }

  /// Whether there is an escape sequence or an entity, `&lt;`, `&#39;`. In what strace writes two ampersands stand
  /// side by side.
  static func hasMarks(_ bytes: ArraySlice<UInt8>) -> Bool {
    if bytes.place(of: .escape, from: bytes.startIndex) != nil { return true }
    var place = bytes.startIndex
    while let found = bytes.place(of: UInt8(ascii: "&"), from: place) {
      place = found + 1
      if place < bytes.endIndex, bytes[place] == .hash || UInt8.letters.contains(bytes[place]) {
        return true
      }
    }
    return false
  }
}

extension ArraySlice<UInt8> {
  /// The first offset of a byte, from another offset on.
  func place(of byte: UInt8, from start: Int) -> Int? {
    guard start >= startIndex, start < endIndex else { return nil }
    let skipped = start - startIndex
    let found = unsafe withUnsafeBytes { bytes -> Int? in
      guard let begin = bytes.baseAddress,
        let place = unsafe memchr(begin + skipped, Int32(byte), bytes.count - skipped)
      else { return nil }
      return unsafe begin.distance(to: UnsafeRawPointer(place))
    }
    return found.map { startIndex + $0 }
  }
}
