import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A program that has not run an instruction yet", .serialized)
struct FreshProgramTests {
  @Test(
    "Finds the rights for protection keys that the kernel gave it", arguments: FiniStrategy.allCases
  )
  @PtraceThread func rights(strategy: FiniStrategy) throws {
    // Without a cure it prints what is right on this machine.
    let right = try withVictim("fresh-program") { victim in
      _ = victim.nextLine()
      return victim.ask("run")
    }
    try withVictim("fresh-program") { victim in
      let child = try #require(victim.nextLine()?.split(separator: " ").last.flatMap { Int32($0) })
      let made = try cure(child, strategy)
      #expect(made.report.failure == nil)
      #expect(made.report.isCured)
      #expect(victim.ask("run") == right)
      #expect(victim.nextLine() == "end 0")
    }
  }
}
