/// What terminals, mail and web pages add to the lines of a log.
package enum LogMarks {
  private static let entities: [(StaticString, UInt8)] = [
    ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
    ("&quot;", UInt8(ascii: "\"")), ("&#34;", UInt8(ascii: "\"")), ("&#39;", UInt8(ascii: "'")),
    ("&apos;", UInt8(ascii: "'")), ("&nbsp;", UInt8(ascii: " ")),
  ]

  /// The bytes without a terminal's escape sequences, and with the characters that a page's entities stand for.
  package static func removed(from bytes: ArraySlice<UInt8>) -> [UInt8] {
    var cursor = LogCursor(Array(bytes), 0..<bytes.count)
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    while let byte = cursor.next {
      if byte == 0x1b, cursor.peek(1) == UInt8(ascii: "[") {
        // ESC [ parameters letter.
        cursor.at += 2
        while let byte = cursor.next, byte < UInt8(ascii: "@") || byte > UInt8(ascii: "~") {
          cursor.at += 1
        }
        cursor.at += 1
      } else if byte == UInt8(ascii: "&"), let entity = entity(&cursor) {
        plain.append(entity)
      } else {
        plain.append(byte)
        cursor.at += 1
      }
    }
    return plain
  }

  private static func entity(_ cursor: inout LogCursor) -> UInt8? {
    for (name, byte) in entities where cursor.take(name) { return byte }
    return nil
  }

  /// The range of a line without the marks of Markdown, mail, shells and patches around it: `> `, `=> `,
  /// `$ `, `- `, `+`, `|`, `* `, `12: `, and the same at its end.
  ///
  /// A mark can be a part of a line too (`--- SIGCHLD`, `+++ exited`, ` > frame`): only a line that can't be read as
  /// it is should be read without.
  package static func unmarked(_ bytes: [UInt8], _ line: Range<Int>) -> Range<Int> {
    var cursor = LogCursor(bytes, line)
    skipOpening(&cursor)
    var end = cursor.end
    while end > cursor.at, isClosing(bytes[end - 1]) { end -= 1 }
    return cursor.at..<end
  }

  private static func isClosing(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "*"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: " "),
      UInt8(ascii: "\t"):
      true
    default: false
    }
  }

  private static func skipOpening(_ cursor: inout LogCursor) {
    while let byte = cursor.next {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ">"), UInt8(ascii: "|"),
        UInt8(ascii: "*"), UInt8(ascii: "`"):
        cursor.at += 1
      case UInt8(ascii: "+") where !cursor.isNext("+++ "),
        UInt8(ascii: "-") where !cursor.isNext("--- "):
        cursor.at += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // The number of a line: a colon and a blank after it. A time has no blank there.
        var number = cursor
        guard number.decimal() != nil, number.take(": ") || number.take(". ") || number.take(" | ")
        else { return }
        cursor.at = number.at
      case UInt8(ascii: "=") where cursor.isNext("=> "),
        UInt8(ascii: "$") where cursor.isNext("$ "):
        cursor.at += 1
      case 0xe2 where cursor.isNext("\u{2022}"):
        cursor.at += 3
      default:
        return
      }
    }
  }

  /// A line whose call is set in bold or as code, `7 **ptrace(...) = 0**`: without those marks.
  package static func withoutEmphasis(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var plain: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      let follower = place + 1 < bytes.endIndex ? bytes[place + 1] : 0
      if byte == UInt8(ascii: "`") {
        place += 1
      } else if byte == UInt8(ascii: "*"), follower == byte, plain.last != UInt8(ascii: "/") {
        place += 2
      } else {
        plain.append(byte)
        place += 1
      }
    }
    return plain
  }
}
