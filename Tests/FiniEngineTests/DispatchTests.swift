import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("Syscall User Dispatch", .serialized)
struct DispatchTests {
  static let modes: [[String]] = [[], ["inclusive"]].filter { mode in
    VictimFacts.all.contains { $0.name == "dispatches" && $0.arguments == mode && $0.isAvailable }
  }

  @Test(
    "It is given back as an independent tracer reads it, and works on",
    arguments: modes, FiniStrategy.allCases)
  @PtraceThread func givenBack(mode: [String], strategy: FiniStrategy) throws {
    try withVictim("dispatches", mode) { victim in
      let before = try #require(dispatchSetting(of: victim.pid))
      try #require(before[0] != 0 && before[1] != 0)
      for turn in 0..<5 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
        #expect(made.report.taken == (strategy.needsBreakpoints ? .syscall : strategy))
        #expect(made.verdict == .landed)
        #expect(dispatchSetting(of: victim.pid) == before)
        #expect(victim.ask("turn \(turn)") == "line turn \(turn)")
      }
    }
  }
}
