import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// One task, cured by a breakpoint and by tracing system calls, and the two compared.
@Suite(.serialized)
struct RecordABTests {
  @Test("Both are recorded and landed; the comparison and its status are compare's")
  func both() throws {
    try withVictim("counts-usr1") { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--ab")
      #expect(run.status == 0, "\(run.err)")
      let file = try TraceFile.openForReading(tool.database)
      #expect(try file.run(.number(1)).strategyTaken == .breakpoint)
      #expect(try file.run(.number(2)).strategyTaken == .syscall)
      let compared = tool.run("compare", "1", "2")
      #expect(compared.status == run.status)
      #expect(compared.out == run.out)
      // The task continues.
      #expect(victim.status("TracerPid") == "0")
      let again = tool.run("record", "\(victim.pid)", "--ab", "--json")
      #expect(again.out == tool.run("compare", "3", "4", "--json").out)
    }
  }

  @Test("It excludes every other option that says what to record")
  func badInput() throws {
    let tool = try Tool()
    for (words, hint) in [
      (["--watch"], "--watch"), (["--tree"], "--strategy"), (["--strategy", "direct"], "leave"),
      (["--", "true"], "command"),
    ] {
      let run = tool.run(["record", "1", "--ab"] + words)
      #expect(run.status == 64, "\(words) \(run.err)")
      #expect(run.errLines.count == 1 && run.err.contains(hint), "\(run.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: tool.database))
    #expect(tool.run("record", "4194305", "--ab").status == 69)
  }
}
