import Testing

@testable import FiniSession

struct VersionTests {
  @Test func `a commit is twelve digits, and one that is not told is said so`() {
    #expect(Version.commitWords(0x1a2b_3c4d_5e6f, wasChanged: false) == "1a2b3c4d5e6f")
    #expect(Version.commitWords(0x0a_2b3c_4d5e, wasChanged: true) == "000a2b3c4d5e, with changes")
    #expect(Version.commitWords(0, wasChanged: false).hasPrefix("unknown"))
  }
}
