import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

/// A signal may come between any two calls of the tracer. Each boundary gets a fresh victim.
@Suite("A signal between any two calls of the tracer", .serialized)
struct SignalAtEachBoundaryTests {
  /// Cures a fresh victim for each boundary, with a fault there. A failure is reported with the
  /// call that the fault came before.
  @PtraceThread static func atEachBoundary(
    of name: String, _ arguments: [String] = [], strategy: FiniStrategy,
    fault: @escaping @PtraceThread (LiveProcess) -> Void,
    problems: @PtraceThread (LiveProcess, MadeCure, Int) -> [String: Bool]
  ) throws {
    let count = try withVictim(name, arguments) { try cure($0.pid, strategy).log.calls.count }
    try #require(count > 30)
    for boundary in 0..<count {
      try withVictim(name, arguments) { victim in
        var isDone = false
        let made = try cure(victim.pid, strategy) { call in
          guard call == boundary else { return }
          isDone = true
          fault(victim)
        }
        var wrong = problems(victim, made, boundary).filter { !$0.value }.keys.sorted()
        if !isDone { wrong.append("the boundary was not reached") }
        guard !wrong.isEmpty else { return }
        let call = made.log.calls.dropFirst(boundary).first?.callName ?? "?"
        let text =
          """
          boundary \(boundary) of \(count), before \(call): not \(wrong.joined(separator: ", not ")); \
          failure \(String(describing: made.report.failure)), left \(made.report.leftBehind)
          """
        Issue.record("\(text)")
      }
    }
  }

  /// What must be true of every victim that is alive after its cure.
  @PtraceThread static func cured(_ victim: LiveProcess, _ made: MadeCure) -> [String: Bool] {
    [
      "without failure": made.report.failure == nil,
      "without leftovers": made.report.leftBehind.isEmpty,
      "cured": made.report.isCured,
      "untraced": victim.status("TracerPid") == "0",
      "unmapped": !victim.maps.contains { $0.contains("memfd") },
      "without its descriptors": !victim.descriptors.values.contains { $0.contains("memfd") },
    ]
  }

  @Test("SIGUSR1 that a handler waits for arrives exactly once", arguments: FiniStrategy.allCases)
  @PtraceThread func user1(strategy: FiniStrategy) throws {
    try Self.atEachBoundary(of: "counts", ["10"], strategy: strategy) { victim in
      victim.queue(10, value: 42)
    } problems: { victim, made, _ in
      var facts = Self.cured(victim, made)
      facts["once"] = victim.ask("count") == "count 1"
      facts["with its siginfo"] = victim.ask("last") == "last -1 42 \(Doors.ownProcess)"
      return facts
    }
  }

  @Test("A user's SIGTRAP arrives exactly once, from its sender", arguments: FiniStrategy.allCases)
  @PtraceThread func trap(strategy: FiniStrategy) throws {
    try Self.atEachBoundary(of: "counts", ["5"], strategy: strategy) { victim in
      victim.signal(5)
    } problems: { victim, made, _ in
      var facts = Self.cured(victim, made)
      facts["once"] = victim.ask("count") == "count 1"
      let words = (victim.ask("last") ?? "").split(separator: " ")
      facts["with its siginfo"] =
        words.first == "last" && words.dropFirst().first == "0"
        && words.last == "\(Doors.ownProcess)"
      return facts
    }
  }

  @Test(
    "A real-time signal queued three times arrives three times", arguments: FiniStrategy.allCases)
  @PtraceThread func realTime(strategy: FiniStrategy) throws {
    try Self.atEachBoundary(of: "counts", ["40"], strategy: strategy) { victim in
      for value: Int32 in [1, 10, 100] { victim.queue(40, value: value) }
    } problems: { victim, made, _ in
      var facts = Self.cured(victim, made)
      facts["three times"] = victim.ask("count") == "count 3"
      facts["with all values"] = victim.ask("sum") == "sum 111"
      return facts
    }
  }

  @Test("SIGSTOP leaves the victim stopped", arguments: FiniStrategy.allCases)
  @PtraceThread func stop(strategy: FiniStrategy) throws {
    try Self.atEachBoundary(of: "blocked-in-read", strategy: strategy) { victim in
      victim.signal(19)
    } problems: { victim, made, _ in
      let isStopped = victim.reaches(["T"], within: 500)
      var facts = Self.cured(victim, made)
      facts["stopped"] = isStopped
      victim.signal(18)
      facts["going on"] = victim.ask("on", within: 1000) == "line on"
      return facts
    }
  }

  @Test("SIGCONT of a stopped victim leaves it running", arguments: FiniStrategy.allCases)
  @PtraceThread func cont(strategy: FiniStrategy) throws {
    try Self.atEachBoundary(of: "stopped", strategy: strategy) { victim in
      victim.signal(18)
    } problems: { victim, made, _ in
      let isRunning = victim.reaches(["S"], within: 500)
      var facts = Self.cured(victim, made)
      facts["running"] = isRunning
      facts["continued"] = victim.nextLine(within: 500) == "continued"
      facts["going on"] = victim.ask("on", within: 1000) == "line on"
      return facts
    }
  }

  @Test(
    "SIGKILL ends the cure with the victim, and nothing hangs", arguments: FiniStrategy.allCases)
  @PtraceThread func kill(strategy: FiniStrategy) throws {
    let start = Doors.milliseconds
    try Self.atEachBoundary(of: "blocked-in-read", strategy: strategy) { victim in
      victim.signal(9)
    } problems: { victim, made, boundary in
      var facts = ["dead": victim.reaches(["Z", "X"], within: 500)]
      switch made.report.failure {
      case .ended(.killed(.kill, dumpedCore: false)): facts["told as killed"] = true
      // It has ended, or is about to, before the seize: the kernel refuses to seize such tasks.
      case .gone: facts["told as killed"] = boundary <= 1
      // After the detach the tracer has no influence.
      case nil: facts["told as killed"] = made.log.calls.last?.kind == .detach
      default: facts["told as killed"] = false
      }
      return facts
    }
    #expect(Doors.milliseconds - start < 20_000)
  }
}
