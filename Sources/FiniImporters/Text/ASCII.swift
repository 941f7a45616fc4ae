/// Bytes of ASCII text by name.
extension UInt8 {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let escape = UInt8(ascii: "\u{1b}")
  static let blank = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let hash = UInt8(ascii: "#")
  static let apostrophe = UInt8(ascii: "'")
  static let openParenthesis = UInt8(ascii: "(")
  static let closeParenthesis = UInt8(ascii: ")")
  static let star = UInt8(ascii: "*")
  static let plus = UInt8(ascii: "+")
  static let comma = UInt8(ascii: ",")
  static let minus = UInt8(ascii: "-")
  static let point = UInt8(ascii: ".")
  static let slash = UInt8(ascii: "/")
  static let digit0 = UInt8(ascii: "0")
  static let digit7 = UInt8(ascii: "7")
  static let digit9 = UInt8(ascii: "9")
  static let colon = UInt8(ascii: ":")
  static let less = UInt8(ascii: "<")
  static let equal = UInt8(ascii: "=")
  static let greater = UInt8(ascii: ">")
  static let question = UInt8(ascii: "?")
  static let atSign = UInt8(ascii: "@")
  static let upperA = UInt8(ascii: "A")
  static let upperF = UInt8(ascii: "F")
  static let upperZ = UInt8(ascii: "Z")
  static let openBracket = UInt8(ascii: "[")
  static let backslash = UInt8(ascii: "\\")
  static let closeBracket = UInt8(ascii: "]")
  static let underscore = UInt8(ascii: "_")
  static let lowerA = UInt8(ascii: "a")
  static let lowerF = UInt8(ascii: "f")
  static let lowerZ = UInt8(ascii: "z")
  static let openBrace = UInt8(ascii: "{")
  static let bar = UInt8(ascii: "|")
  static let closeBrace = UInt8(ascii: "}")
  static let tilde = UInt8(ascii: "~")

  /// `0` to `9`.
  static var digits: ClosedRange<UInt8> { digit0...digit9 }
  /// `A` to `Z`.
  static var capitals: ClosedRange<UInt8> { upperA...upperZ }
  /// `a` to `z`.
  static var letters: ClosedRange<UInt8> { lowerA...lowerZ }
  /// The bit that a small letter has and its capital does not.
  static let caseBit: UInt8 = 0x20
}
