/// Text that a process chose, made safe to show.
///
/// A task may be called anything: control characters move the cursor, ESC starts a terminal
/// command, and direction marks make text read backwards. Such characters are shown as `\x1b` or
/// `\u{202e}`, a backslash as `\\`; everything else stays as it is.
package struct Escaped: Hashable, Sendable, CustomStringConvertible {
  /// The escaped text.
  package let description: String

  /// Escapes text.
  package init(_ text: some StringProtocol) {
    var out = ""
    for scalar in text.unicodeScalars { Escaped.append(scalar, to: &out) }
    description = out
  }

  /// Escapes bytes; those that are not UTF-8 are shown as `\xff`, one by one.
  package init(bytes: some Sequence<UInt8>) {
    var out = ""
    var rest = Array(bytes)[...]
    while let first = rest.first {
      let length = Escaped.sequenceLength(first)
      if let length, rest.count >= length,
        let text = String(validating: rest.prefix(length), as: UTF8.self)
      {
        for scalar in text.unicodeScalars { Escaped.append(scalar, to: &out) }
        rest = rest.dropFirst(length)
      } else {
        out += "\\x" + Hex.digits(UInt64(first), width: 2)
        rest = rest.dropFirst()
      }
    }
    description = out
  }

  private static func append(_ scalar: Unicode.Scalar, to out: inout String) {
    if scalar == "\\" {
      out += "\\\\"
    } else if scalar.value < 0x20 || scalar.value == 0x7f {
      out += "\\x" + Hex.digits(UInt64(scalar.value), width: 2)
    } else if isUnsafe(scalar) {
      out += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      out.unicodeScalars.append(scalar)
    }
  }

  /// Invisible, reordering, or joined to the character before: none of these may appear in a
  /// column.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
      true
    case .spaceSeparator:
      scalar != " "
    default:
      false
    }
  }

  private static func sequenceLength(_ first: UInt8) -> Int? {
    switch first {
    case 0..<0x80: 1
    case 0xc2...0xdf: 2
    case 0xe0...0xef: 3
    case 0xf0...0xf4: 4
    default: nil
    }
  }
}
