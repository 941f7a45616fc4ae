import FiniRender
import Testing

@Suite struct EscapedTests {
  @Test(
    "Characters that move, hide or reverse text are spelled out",
    arguments: [
      ("worker", "worker"), ("a b", "a b"), ("", ""), ("naïve", "naïve"), ("字", "字"),
      ("a\u{1b}[31m", "a\\x1b[31m"), ("a\nb", "a\\x0ab"), ("\t", "\\x09"), ("\u{0}", "\\x00"),
      ("\u{7f}", "\\x7f"), ("\u{9b}", "\\u{9b}"), ("\u{202e}x", "\\u{202e}x"),
      ("\u{2066}", "\\u{2066}"), ("\u{200b}", "\\u{200b}"), ("\u{feff}", "\\u{feff}"),
      ("\u{2028}", "\\u{2028}"), ("\u{a0}", "\\u{a0}"), ("e\u{301}", "e\\u{301}"),
      ("\u{e000}", "\\u{e000}"), ("\\x1b", "\\\\x1b"), ("\r\n", "\\x0d\\x0a"),
    ])
  func text(_ input: String, _ expected: String) {
    #expect(Escaped(input).description == expected)
  }

  @Test(
    "Bytes that are not UTF-8 are spelled out one by one",
    arguments: [
      ([0x61, 0xff, 0x62], "a\\xffb"), ([0xc3, 0xa9], "é"), ([0xc3], "\\xc3"),
      ([0xc0, 0x80], "\\xc0\\x80"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xe2, 0x80, 0xae], "\\u{202e}"), ([0x1b], "\\x1b"), ([0xf5, 0x61], "\\xf5a"),
      ([0xe2, 0x80], "\\xe2\\x80"),
    ] as [([UInt8], String)])
  func bytes(_ input: [UInt8], _ expected: String) {
    #expect(Escaped(bytes: input).description == expected)
  }

  @Test("No bytes give an unsafe result")
  func random() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let text = Escaped(bytes: bytes).description
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) })
    }
  }
}
