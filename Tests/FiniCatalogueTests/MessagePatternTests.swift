import FiniModel
import Testing

@testable import FiniCatalogue

/// printf's conversions, the other way round.
struct MessagePatternTests {
  private func captures(_ format: String, _ line: String) -> [String]? {
    MessagePattern(format).captures(in: MessagePattern.words(line))
  }

  @Test("Each conversion takes what printf writes for it")
  func conversions() {
    #expect(captures("pid %d is %s", "pid -12 is gone") == ["-12", "gone"])
    #expect(captures("at %#lx, %5d bytes", "at 0x7f00, 12 bytes") == ["0x7f00", "12"])
    #expect(captures("%d%% of %zu", "50% of 9") == ["50", "9"])
    #expect(captures("%s: %s failed", "a: b: c failed") == ["a", "b: c"])
    #expect(captures("pid %d", "pid none") == nil)
    #expect(captures("%c%c end", "ab end") == ["a", "b"])
    #expect(captures("open %q now", "open \"x\" now") == ["\"x\""])
  }

  @Test("Other words may stand before and after a message, and blanks are as wide as they like")
  func around() {
    #expect(captures("no room for %d", "mm: no  room\tfor 7 more") == ["7"])
    #expect(captures("%d is taken", "pid 9 is taken") == ["9"])
    #expect(captures("no room", "room no") == nil)
  }

  @Test("A message of perror ends with the words of an errno, in any case of letters")
  func errnos() throws {
    let entry = try #require(
      try Catalogue(reading: [
        (
          "t",
          """
          name: a
          tool: t
          versions: 1-
          failing: Can't open %s
          when: errno = ENOENT|ENOTDIR
          stage: files
          means: There is no {1} ({errno}).
          do: Make {1}.
          """
        )
      ]).entries.first)
    let found = entry.match(Array("Can't open /x: No such file or directory".utf8))
    #expect(found?.meaning == "There is no /x (ENOENT)")
    #expect(found?.advice == ["Make /x."])
    #expect(entry.match(Array("Can't open /x: no such file or directory".utf8)) != nil)
    #expect(entry.match(Array("Can't open /x: Permission denied".utf8)) == nil)
  }

  @Test(
    "A file with a fault is refused with its line",
    arguments: [
      ("name: a\nfoo: b", "unknown key foo"), ("  more", "a continued line"),
      ("nonsense", "no key"),
      ("name: a\ntool: t\nversions: 1\nmessage: x\nstage: s", "0 values of means"),
      ("name: a\nwhen: size = 3\nmessage: x", "a condition on size"),
    ])
  func faults(text: String, reason: String) {
    #expect(
      performing: {
        try Catalogue(reading: [("t", text)])
      }, throws: { error in "\(error)".contains(reason) })
  }
}
