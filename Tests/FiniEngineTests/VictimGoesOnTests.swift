import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A cured victim continues what it was doing", .serialized)
struct VictimGoesOnTests {
  @Test(
    "A wait with a timeout ends in time, neither interrupted nor started again",
    arguments: ["sleeping", "blocked-in-poll", "futex-timeout"], FiniStrategy.allCases)
  @PtraceThread func timed(name: String, strategy: FiniStrategy) throws {
    let arguments = [
      "sleeping": ["0.6", "1"], "blocked-in-poll": ["600"], "futex-timeout": ["0.6", "1"],
    ]
    // RETURNED and ERRNO as in the manuals: nanosleep 0, poll 0 (timeout), futex -1 ETIMEDOUT.
    let results = [
      "sleeping": "slept 0 0", "blocked-in-poll": "poll 0 0", "futex-timeout": "futex -1 110",
    ]
    try withVictim(name, arguments[name] ?? []) { victim in
      for _ in 0..<3 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
      }
      let words = (victim.nextLine() ?? "").split(separator: " ").map(String.init)
      try #require(words.count == 4)
      #expect(words.prefix(3).joined(separator: " ") == results[name])
      let length = try #require(Double(words[3]))
      #expect(length >= 599 && length < 900)
    }
  }

  @Test(
    "Lines are echoed, and no call has seen EINTR",
    arguments: ["blocked-in-read", "epoll", "on-altstack", "many-threads", "many-maps"],
    FiniStrategy.allCases)
  @PtraceThread func echo(name: String, strategy: FiniStrategy) throws {
    try withVictim(name) { victim in
      for turn in 0..<5 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
        #expect(victim.ask("turn \(turn)") == "line turn \(turn)")
      }
      victim.closeInput()
      let rest = victim.rest(within: 2000)
      #expect(rest == (name == "on-altstack" ? "returned\n" : ""))
      #expect(victim.waitForEnd(within: 2000) == 0)
    }
  }

  @Test(
    "busy finds each of its registers as it left it, after 50 cures",
    arguments: FiniStrategy.allCases)
  @PtraceThread func busy(strategy: FiniStrategy) throws {
    try withVictim("busy") { victim in
      for _ in 0..<50 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
        #expect(made.verdict == .landed)
      }
      victim.signal(12)
      #expect(victim.nextLine()?.hasPrefix("turns ") == true)
      victim.closeInput()
      #expect(victim.waitForEnd(within: 5000) == 0)
      #expect(victim.rest(within: 100) == "")
    }
  }

  @Test("audit finds nothing changed from inside", arguments: FiniStrategy.allCases)
  @PtraceThread func audit(strategy: FiniStrategy) throws {
    try withVictim("audit") { victim in
      victim.say("audit")
      let before = victim.lines(until: "end")
      try #require(before.count > 8)
      for _ in 0..<3 {
        let made = try cure(victim.pid, strategy)
        #expect(made.report.isCured)
      }
      victim.say("audit")
      #expect(victim.lines(until: "end") == before)
    }
  }

  @Test(
    "A pending blocked signal stays pending, with its value and its sender",
    arguments: FiniStrategy.allCases)
  @PtraceThread func pending(strategy: FiniStrategy) throws {
    try withVictim("pending-blocked") { victim in
      let made = try cure(victim.pid, strategy)
      #expect(made.report.isCured)
      #expect(victim.ask("show") == "pending 0000000000000200")
      #expect(victim.ask("take") == "took 10 -1 42 self")
      #expect(victim.ask("take") == "took nothing")
    }
  }

  @Test(
    "The disposition of SIGTRAP is untouched where a forced one would reset it",
    arguments: FiniStrategy.allCases)
  @PtraceThread func dispositions(strategy: FiniStrategy) throws {
    try withVictim("ignores-trap") { victim in
      let made = try cure(victim.pid, strategy)
      #expect(made.report.isCured)
      #expect(victim.ask("show") == "trap ign")
    }
    try withVictim("handles-trap-blocked") { victim in
      let made = try cure(victim.pid, strategy)
      #expect(made.report.isCured)
      #expect(victim.ask("show") == "trap handler blocked")
      #expect(victim.ask("count") == "count 0")
    }
  }

  @Test(
    "A thread that is not the leader is cured too, in each of sixteen kinds of wait",
    arguments: FiniStrategy.allCases)
  @PtraceThread func threads(strategy: FiniStrategy) throws {
    try withVictim("many-threads") { victim in
      for thread in victim.threads.dropFirst() {
        let made = try cure(thread, strategy)
        #expect(made.report.isCured, "thread \(thread)")
        #expect(statusField(of: thread, "TracerPid") == "0")
      }
      // A thread whose wait ended would have reported it before this.
      #expect(victim.ask("on") == "line on")
    }
  }
}
