import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A task that becomes another program", .serialized)
struct ExecTests {
  @Test(
    "It is cured, or let go as the new program, however often it calls execve",
    arguments: FiniStrategy.allCases)
  @PtraceThread func everyCure(strategy: FiniStrategy) throws {
    try withVictim("execs") { victim in
      var cured = 0
      for _ in 0..<40 {
        guard let made = Self.attempt(victim.pid, strategy) else { continue }
        #expect(made.report.isCured, "\(String(describing: made.report.failure))")
        #expect(made.report.leftBehind.isEmpty)
        if made.report.failure == nil { cured += 1 }
      }
      #expect(cured > 0)
      try Self.expectWell(victim)
    }
  }

  @Test(
    "It runs on after a lost breakpoint and calls execve: nothing is written to the new program",
    arguments: [FiniStrategy.breakpoint, .breakpointAfter])
  @PtraceThread func behindBreakpoint(strategy: FiniStrategy) throws {
    try withVictim("execs") { victim in
      var found = 0
      for _ in 0..<20 {
        guard let made = Self.attempt(victim.pid, strategy, losingBreakpoint: true) else {
          continue
        }
        #expect(made.report.isCured)
        #expect(made.report.leftBehind.isEmpty)
        guard made.report.failure == .becameAnother else { continue }
        found += 1
        #expect(made.verdict == .intervened)
        #expect(made.log.events.last?.kind == .detach)
      }
      #expect(found > 0)
      try Self.expectWell(victim)
    }
  }

  @Test(
    "A thread that calls execve takes the number of its leader, and is let go there",
    arguments: [FiniStrategy.breakpoint, .breakpointAfter, .direct])
  @PtraceThread func thread(strategy: FiniStrategy) throws {
    try withVictim("execs", ["thread"]) { victim in
      var found = 0
      // Chance decides which of the two comes first when it runs on; in most attempts neither does.
      for attempt in 0..<(strategy == .direct ? 40 : 200) where found < 2 {
        guard let thread = victim.threads.last,
          let made = Self.attempt(
            attempt % 2 == 0 ? thread : victim.pid, strategy, losingBreakpoint: true)
        else { continue }
        #expect(made.report.leftBehind.isEmpty)
        if made.report.failure == .becameAnother { found += 1 }
        #expect(
          victim.status("TracerPid") == "0",
          "\(String(describing: made.report.failure)), thread \(thread) of \(victim.pid)")
      }
      if strategy != .direct { #expect(found > 0) }
      try Self.expectWell(victim)
    }
  }

  /// Cures it; `nil` if the cure could not even begin, because another program ran in it by then.
  @PtraceThread private static func attempt(
    _ task: Int32, _ strategy: FiniStrategy, losingBreakpoint: Bool = false
  ) -> MadeCure? {
    let log = EventLog()
    return try? cure(task, strategy, deadline: 300_000_000, log: log) { _ in
      guard losingBreakpoint, log.requests.last?.debugRegisterWrite == .control(.armed)
      else { return }
      // POKEUSER of DR7, not through the gate, on the tracing thread.
      _ = Doors.ptrace(6, task, 848 + 7 * 8, 0)
    }
  }

  private static func expectWell(_ victim: LiveProcess) throws {
    #expect(victim.status("TracerPid") == "0")
    #expect(victim.ask("on") == "line on")
    victim.closeInput()
    #expect(victim.waitForEnd(within: 5000) == 0)
    #expect(victim.rest(within: 100) == "")
  }
}
