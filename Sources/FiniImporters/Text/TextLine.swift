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

  /// Makes a line from a string.
  package init(_ text: String, number: UInt32 = 1, isLast: Bool = false) {
    self.init(
      bytes: Array(text.utf8), start: 0, end: text.utf8.count, number: number, isCut: false,
      isLast: isLast)
  }

  init(bytes: [UInt8], start: Int, end: Int, number: UInt32, isCut: Bool, isLast: Bool) {
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

  /// The same line without the escape sequences for colours on a terminal.
  var withoutColours: TextLine {
    guard hasEscape else { return self }
    var plain: [UInt8] = []
    var place = start
    while place < end {
      // ESC [ parameters letter.
      if bytes[place] == .escape, place + 1 < end, bytes[place + 1] == .openBracket {
        place += 2
        while place < end, !(UInt8.atSign...UInt8.tilde).contains(bytes[place]) { place += 1 }
      } else {
        plain.append(bytes[place])
      }
      place += 1
    }
    return TextLine(
      bytes: plain, start: 0, end: plain.count, number: number, isCut: isCut, isLast: isLast)
  }

  private var hasEscape: Bool { bytes[..<end].place(of: .escape, from: start) != nil }
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
