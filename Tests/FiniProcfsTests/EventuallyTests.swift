import FiniTestSupport
import Testing

/// The waits that the tests use are tested themselves.
@Suite struct EventuallyTests {
  @Test("A wait in vain is an error that names the awaited and the present state")
  func inVain() throws {
    var looks = 0
    let error = try #require(throws: WaitedInVain.self) {
      try eventually(
        "the moon", within: 30,
        seeing: { () -> String in
          looks += 1
          return "the sun"
        }
      ) { $0 == "the moon" }
    }
    #expect("\(error)" == "waited for 30 ms in vain: the moon; last seen: the sun")
    #expect(looks > 1)
  }

  @Test("A wait returns what came, and does not wait for what is there already")
  func comes() throws {
    var looks = 0
    let seen = try eventually(
      "3",
      seeing: {
        looks += 1; return looks
      }
    ) { $0 == 3 }
    #expect(seen == 3 && looks == 3)
    #expect(try eventually("it", within: 0, seeing: { true }) { $0 })
  }

  @Test("In a shell script it ends the script and says what it waited for")
  func shell() {
    let vain = House.run(
      "/bin/sh", ["-c", shellEventually + "eventually 1 test -e /nowhere; echo on"])
    #expect(vain.status == 99 && vain.output == "waited in vain: test -e /nowhere\n")
    let there = House.run("/bin/sh", ["-c", shellEventually + "eventually 1 test -e /; echo on"])
    #expect(there.status == 0 && there.output == "on\n")
  }
}
