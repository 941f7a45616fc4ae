import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A umask that is shared", .serialized)
struct SharedUmaskTests {
  @Test(
    "A process that shares it makes its files as before, and it is reported correctly",
    arguments: FiniStrategy.allCases)
  @PtraceThread func shared(strategy: FiniStrategy) throws {
    try withVictim("shares-umask") { victim in
      for _ in 0..<50 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
        #expect(made.report.misc?.umask == 0o022)
      }
      let words = (victim.ask("files") ?? "").split(separator: " ")
      try #require(words.count == 4)
      // It made some files between the cures; otherwise the zero would mean nothing.
      #expect((Int(words[1]) ?? 0) > 100)
      #expect(words[3] == "0")
    }
  }
}
