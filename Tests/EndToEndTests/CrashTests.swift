import FiniTestSupport
import Foundation
import Testing

/// A killed recorder loses nothing that it recorded.
@Suite(.serialized)
struct CrashTests {
  /// The calls of a whole cure, counted once.
  static func callCount(_ strategy: String) throws -> Int {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--strategy", strategy)
      #expect(run.status == 0)
      return Int(tool.sqlite("SELECT count(*) FROM event WHERE kind <= 30")[0][0]) ?? 0
    }
  }

  @Test(
    "After a kill -9 before any call every call before it is in the file",
    arguments: ["breakpoint", "direct"])
  func killedAtEachStep(strategy: String) throws {
    let calls = try CrashTests.callCount(strategy)
    #expect(calls > 30)
    for index in 0..<calls {
      try withVictim("blocked-in-read") { victim in
        let tool = try Tool()
        let killed = tool.run(
          "record", "\(victim.pid)", "--strategy", strategy, "--unguarded", "--die-before-call",
          "\(index)")
        #expect(killed.status == 128 + 9)
        // The next command that opens the file moves the journal's events into it.
        let list = tool.run("list")
        #expect(list.status == 0, "\(list.err)")
        let rows = tool.sqlite(
          "SELECT count(*), max(sequence), sum(kind <= 30), sum(kind = 43) FROM event")
        #expect(
          rows[0][2] == "\(index)" || (index == 0 && rows[0][0] == "0"), "before call \(index)")
        #expect(index == 0 || rows[0][0] == rows[0][1], "sequence has no holes")
        #expect(index == 0 || rows[0][3] == "0", "nothing is lost")
        let journals = try FileManager.default.contentsOfDirectory(atPath: tool.folder)
          .filter { $0.contains("journal") }
        #expect(journals == [], "the journal is gone once it is recovered")
        let check = tool.run("check")
        #expect(check.status != 0, "a cure without an end has not landed")
      }
    }
  }

  @Test("A killed recorder's run and a later run are in the same file")
  func goesOnInTheSameFile() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // Before the first call: the victim is untouched and can be cured after.
      #expect(
        tool.run("record", "\(victim.pid)", "--unguarded", "--die-before-call", "1").status == 137)
      #expect(tool.run("record", "\(victim.pid)").status == 0)
      let list = tool.run("list", "--json").outLines
      #expect(list.count == 2)
      #expect(tool.run("check", "2").status == 0)
      #expect(tool.run("check", "1").status != 0)
      victim.say("hello")
      #expect(victim.nextLine() == "line hello")
    }
  }
}
