import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A task in a restartable sequence", .serialized)
struct RestartableTests {
  @Test(
    "It continues at the abort handler, never in the middle, after more than 100 cures",
    arguments: FiniStrategy.allCases)
  @PtraceThread func aborts(strategy: FiniStrategy) throws {
    try withVictim("restartable") { victim in
      var (cures, found) = (0, 0)
      // It is in a sequence nearly all of the time. But on a busy machine the next cure may come
      // before it has run at all, and finds it where the last cure left it.
      while cures < 100 || found < 30 && cures < 2000 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.failure == nil)
        #expect(made.report.isCured)
        #expect(made.verdict == .landed)
        cures += 1
        found += made.log.aborts.count
      }
      #expect(found >= 30)
      try Self.expectWell(victim)
    }
  }

  @Test("It continues there by itself when its tracer dies", arguments: FiniStrategy.allCases)
  @PtraceThread func tracerDies(strategy: FiniStrategy) throws {
    let calls = try withVictim("restartable") { try cure($0.pid, strategy).log.calls }
    let resumes = calls.indices.filter { calls[$0].kind == .cont || calls[$0].kind == .syscall }
    // On the bridge after the first call, in the parasite, and on the way back after the last call.
    for index in [resumes[1], resumes[2] + 2, resumes[resumes.count - 2]] {
      // Each killed recorder leaves its bridge standing, and there is place for a few only.
      for _ in 0..<4 {
        try withVictim("restartable") { victim in
          let helper = House.products + "/fini-cure-helper"
          let said = House.run(helper, ["die", "\(victim.pid)", strategy.name, "\(index)"])
          #expect(said.status == 128 + 9)
          try Self.expectWell(victim)
        }
      }
    }
  }

  @Test(
    "It ran on by itself after a missed breakpoint, and is examined again",
    arguments: [FiniStrategy.breakpoint, .breakpointAfter])
  @PtraceThread func missedBreakpoint(strategy: FiniStrategy) throws {
    try withVictim("restartable") { victim in
      var found = 0
      for _ in 0..<10 {
        let log = EventLog()
        var sabotaged = false
        let made = try cure(victim.pid, strategy, deadline: 400_000_000, log: log) { _ in
          guard !sabotaged, log.requests.last?.debugRegisterWrite == .control(.armed)
          else { return }
          // POKEUSER of DR7, not through the gate, on the tracing thread.
          #expect(Doors.ptrace(6, victim.pid, 848 + 7 * 8, 0) == 0)
          sabotaged = true
        }
        #expect(made.verdict == .missed)
        #expect(made.report.isCured)
        found += log.aborts.count
      }
      // Twice in nearly every cure, unless the machine is busy.
      #expect(found > 5)
      try Self.expectWell(victim)
    }
  }

  /// It prints something only when asked. It was aborted at times, when the other thread ran.
  private static func expectWell(_ victim: LiveProcess) throws {
    #expect(victim.reaches(["R"]))
    victim.signal(12)
    let line = try #require(victim.nextLine())
    let words = line.split(separator: " ")
    #expect(words.count == 4 && words[0] == "turns" && words[2] == "aborts", "\(line)")
    #expect(words.last.flatMap { Int($0) } ?? 0 > 0)
    victim.closeInput()
    #expect(victim.waitForEnd(within: 5000) == 0)
    #expect(victim.rest(within: 100) == "")
  }
}

extension EventLog {
  /// The sequences that the cure led the task out of.
  fileprivate var aborts: [SequenceAbort] {
    events.compactMap { if case .sequenceAbort(let abort) = $0.payload { abort } else { nil } }
  }
}
