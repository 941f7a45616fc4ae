import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

/// A wait under a filter that kills at restart_syscall(2), the call by which every stopped wait
/// continues.
struct ForbiddenRestart: CustomTestStringConvertible {
  var kind: String
  var program: String
  var strategy: FiniStrategy

  var testDescription: String { "\(program) \(kind), \(strategy.name)" }

  static let all: [ForbiddenRestart] = ["poll", "nanosleep", "clock", "futex", "bitset"].flatMap {
    kind in
    (House.builds32Bit ? ["no-restart", "no-restart-32"] : ["no-restart"]).flatMap { program in
      FiniStrategy.allCases.map {
        ForbiddenRestart(kind: kind, program: program, strategy: $0)
      }
    }
  }

  /// What the manuals say about a wait that came to its end.
  var result: String {
    switch kind {
    case "poll", "nanosleep", "clock": "\(kind) 0 0"
    default: "\(kind) -1 110"
    }
  }

  /// Checks that the wait of `length` ms ended in time, and that nothing else ended.
  func expectEnd(of victim: LiveProcess, _ length: Double) throws {
    let words = (victim.nextLine() ?? "").split(separator: " ").map(String.init)
    try #require(words.count == 4, "\(words), \(victim.state)")
    #expect(words.prefix(3).joined(separator: " ") == result)
    let took = try #require(Double(words[3]))
    #expect(took >= length - 1 && took < length + 300)
  }
}

@Suite(
  "A filter that forbids restart_syscall", .serialized,
  .enabled(if: Doors.isRoot, "only root may suspend seccomp"))
struct NoRestartTests {
  @Test("The wait ends in time, not by EINTR, and the task lives", arguments: ForbiddenRestart.all)
  @PtraceThread func waits(_ one: ForbiddenRestart) throws {
    try withVictim(one.program, [one.kind, "0.5"]) { victim in
      for _ in 0..<3 {
        let made = try cure(victim.pid, one.strategy)
        #expect(made.report.failure == nil)
        #expect(made.report.isCured)
        #expect(made.verdict == .landed)
        #expect(victim.status("TracerPid") == "0")
      }
      try one.expectEnd(of: victim, 500)
      // The filter is there as before, and the victim works as before.
      #expect(victim.status("Seccomp") == "2")
      #expect(victim.reaches(["S"]))
    }
  }

  @Test("As one task of a tree", arguments: FiniStrategy.allCases)
  @PtraceThread func tree(strategy: FiniStrategy) throws {
    let one = ForbiddenRestart(kind: "poll", program: "no-restart", strategy: strategy)
    try withVictim(one.program, [one.kind, "0.8"]) { victim in
      let ourselves = TaskID(Doors.ownProcess)
      for _ in 0..<3 {
        let facts = try TaskFacts(examining: victim.task, ourselves: ourselves)
        let options = TreeOptions(cure: CureOptions(strategy: strategy))
        let result = TreeCure(
          below: facts.identity, ourselves: ourselves, options: options,
          recordingTo: StagedSink()
        ).run()
        #expect(result.tasks.map(\.outcome) == [.cured], "\(result.tasks.map(\.reason))")
      }
      try one.expectEnd(of: victim, 800)
    }
  }

  @Test("Short waits that end while one cure follows another", arguments: FiniStrategy.allCases)
  @PtraceThread func endsMeanwhile(strategy: FiniStrategy) throws {
    let one = ForbiddenRestart(kind: "futex", program: "no-restart", strategy: strategy)
    try withVictim(one.program, [one.kind, "0.01"]) { victim in
      for _ in 0..<50 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
      }
      victim.closeInput()
      #expect(victim.waitForEnd(within: 5000) == 0)
      let lines = victim.rest(within: 100).split(separator: "\n")
      #expect(lines.count > 3)
      #expect(lines.allSatisfy { $0.hasPrefix(one.result) })
    }
  }

  @Test(
    "A handled signal before each call of the cure ends it with EINTR, as without a cure",
    arguments: ["poll", "bitset"], FiniStrategy.allCases)
  @PtraceThread func signalled(kind: String, strategy: FiniStrategy) throws {
    let calls = try withVictim("no-restart", [kind, "5"]) {
      try cure($0.pid, strategy).log.calls.count
    }
    for index in 2..<calls {
      try withVictim("no-restart", [kind, "5"]) { victim in
        var isSent = false
        let made = try cure(victim.pid, strategy) { call in
          guard call == index else { return }
          victim.signal(10)
          isSent = true
        }
        #expect(made.report.isCured, "before call \(index)")
        if isSent {
          #expect(victim.nextLine()?.hasPrefix("eintr") ?? false, "before call \(index)")
        }
        #expect(victim.reaches(["S"]), "before call \(index): \(victim.state)")
      }
    }
  }

  @Test(
    "A second signal while the handler of the first one runs: both handlers come to their ends",
    arguments: FiniStrategy.allCases)
  @PtraceThread func nested(strategy: FiniStrategy) throws {
    let arguments = ["poll", "5", "0", "nested"]
    let calls = try withVictim("no-restart", arguments) {
      try cure($0.pid, strategy).log.calls.count
    }
    // The last calls let it go asleep. All calls before are much the same as without the second
    // signal.
    for index in calls - 8..<calls {
      try withVictim("no-restart", arguments) { victim in
        var isSent = false
        let made = try cure(victim.pid, strategy) { call in
          guard call == index else { return }
          victim.signal(10)
          isSent = true
        }
        #expect(made.report.isCured, "before call \(index)")
        guard isSent else { return }
        #expect(victim.nextLine()?.hasPrefix("eintr") ?? false, "before call \(index)")
        #expect(victim.nextLine() == "handlers 1 1 1", "before call \(index)")
        #expect(victim.reaches(["S"]), "before call \(index): \(victim.state)")
      }
    }
  }

  @Test(
    "A signal without a handler, before every other call of the cure: the wait continues",
    arguments: FiniStrategy.allCases)
  @PtraceThread func ignored(strategy: FiniStrategy) throws {
    let one = ForbiddenRestart(kind: "poll", program: "no-restart", strategy: strategy)
    let calls = try withVictim("no-restart", ["poll", "5"]) {
      try cure($0.pid, strategy).log.calls.count
    }
    for index in stride(from: 2, to: calls, by: 2) {
      try withVictim(one.program, [one.kind, "0.3"]) { victim in
        // SIGWINCH: a stop under a tracer; otherwise it is ignored.
        let made = try cure(victim.pid, strategy) { call in
          if call == index { victim.signal(28) }
        }
        #expect(made.report.isCured, "before call \(index)")
        try one.expectEnd(of: victim, 300)
      }
    }
  }

  @Test("If only EINTR is possible, it is reported: the filter came after the examination")
  @PtraceThread func told() throws {
    // A cure whose task was examined before the filter was there has no thread of its own.
    try withVictim("no-restart", ["poll", "5"]) { victim in
      var facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
      facts.wasUnderSeccomp = false
      let log = EventLog()
      let report = try Cure(of: facts, options: CureOptions(strategy: .syscall))
        .run(recordingTo: log)
      #expect(victim.nextLine()?.hasPrefix("poll -1 4 ") ?? false)
      #expect(!report.isCured)
      #expect(report.leftBehind == [.registers])
      #expect(victim.reaches(["S"]))
    }
  }
}
