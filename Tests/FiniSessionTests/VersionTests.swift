import FiniTestSupport
import Glibc
import Testing

@testable import FiniSession

struct VersionTests {
  @Test func `a commit is twelve digits, and one that is not told is said so`() {
    #expect(Version.commitWords(0x1a2b_3c4d_5e6f, wasChanged: false) == "1a2b3c4d5e6f")
    #expect(Version.commitWords(0x0a_2b3c_4d5e, wasChanged: true) == "000a2b3c4d5e, with changes")
    #expect(Version.commitWords(0, wasChanged: false).hasPrefix("unknown"))
  }

  @Test func `a build is told by its commit, else by what the linker made`() throws {
    let number = Version.number
    #expect(
      Version.buildWords(commit: 0x1a2b_3c4d_5e6f, wasChanged: false, build: 7)
        == "\(number), commit 1a2b3c4d5e6f")
    for (commit, wasChanged) in [(UInt64(0x1a2b_3c4d_5e6f), true), (0, false)] {
      #expect(
        Version.buildWords(commit: commit, wasChanged: wasChanged, build: 0xab)
          == "\(number), build 00000000000000ab")
      #expect(Version.buildWords(commit: commit, wasChanged: wasChanged, build: 0) == nil)
    }
    // readelf is the witness.
    let told = House.run("/usr/bin/readelf", ["-n", "/proc/\(getpid())/exe"]).output
    let words = try #require(told.split(separator: "\n").first { $0.contains("Build ID: ") })
    let digits = try #require(words.split(separator: " ").last).prefix(16)
    let bytes = stride(from: 14, through: 0, by: -2).map { digits.dropFirst($0).prefix(2) }
    #expect(Version.build == "\(number), build \(bytes.joined())")
  }
}
