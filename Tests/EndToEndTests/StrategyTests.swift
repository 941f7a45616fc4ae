import FiniTestSupport
import Foundation
import Testing

/// What the four strategies report about the same victims.
@Suite(.serialized)
struct StrategyTests {
  @Test("A cure lands and the victim continues", arguments: WitnessTests.strategies)
  func lands(strategy: String) throws {
    try withVictim("counts-usr1") { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--strategy", strategy)
      #expect(run.status == 0, "\(run.err)")
      #expect(run.errLines == [])
      #expect(tool.run("check").status == 0)
      let taken = tool.sqlite("SELECT strategy_taken FROM verdicts")
      #expect(taken == [[strategy]])
      victim.say("count")
      #expect(victim.nextLine() == "count 0")
      #expect(victim.status("TracerPid") == "0")
      #expect(!victim.maps.contains { $0.contains("memfd") })
    }
  }

  @Test("breakpoint-after under a pending SIGUSR1 intervenes; the signal arrives once")
  func intervenes() throws {
    try withVictim("counts-usr1") { victim in
      // A stopped process keeps an unblocked signal pending until it runs.
      victim.signal(19)
      #expect(victim.reaches(["T"]))
      victim.signal(10)
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--strategy", "breakpoint-after")
      #expect(run.status == 0, "the cure is finished all the same: \(run.err)")
      let check = tool.run("check")
      #expect(check.status == 1)
      #expect(check.out.contains("INTERVENED"))
      #expect(check.out.contains("SIGUSR1"))
      #expect(check.out.contains("\(Doors.ownProcess)"), "names the sender")
      #expect(tool.sqlite("SELECT verdict FROM verdicts") == [["intervened"]])
      #expect(victim.reaches(["T"]), "still stopped")
      victim.signal(18)
      victim.say("count")
      #expect(victim.nextLine() == "count 1")
    }
  }

  @Test("breakpoint under the same pending SIGUSR1 lands")
  func landsUnderPending() throws {
    try withVictim("counts-usr1") { victim in
      victim.signal(19)
      #expect(victim.reaches(["T"]))
      victim.signal(10)
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--strategy", "breakpoint").status == 0)
      #expect(tool.run("check").status == 0)
      victim.signal(18)
      victim.say("count")
      #expect(victim.nextLine() == "count 1")
    }
  }

  @Test("A blocked pending signal is shown with its sender and stays pending")
  func pendingStays() throws {
    try withVictim("pending-blocked") { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)").status == 0)
      // Queued by the victim to itself with value 42: SI_QUEUE is -1.
      let signals = tool.sqlite(
        "SELECT signal, code, sender, value FROM event WHERE kind = 32 AND detail = 2")
      #expect(signals.first == ["10", "-1", "\(victim.pid)", "42"])
      #expect(tool.run("show").out.contains("USR1 pending"))
      victim.say("show")
      #expect(victim.nextLine() == "pending 0000000000000200")
      victim.say("take")
      #expect(victim.nextLine() == "took 10 -1 42 self")
    }
  }

  @Test("A task that ignores SIGTRAP is cured by syscall tracing, and the file says why")
  func fallsBack() throws {
    try withVictim("ignores-trap") { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)").status == 0)
      #expect(
        tool.sqlite("SELECT strategy_asked, strategy_taken FROM verdicts")
          == [["breakpoint", "syscall"]])
      // 3 is trap-not-deliverable.
      #expect(tool.sqlite("SELECT detail FROM event WHERE kind = 41") == [["3"]])
      victim.say("show")
      #expect(victim.nextLine() == "trap ign")
    }
  }

  @Test("Two recorders add to one file at the same time")
  func twoAtOnce() throws {
    try withVictim("blocked-in-read") { first in
      try withVictim("blocked-in-read") { second in
        let tool = try Tool()
        let script = """
          for i in 1 2 3 4 5; do "$0" record \(first.pid) >/dev/null || exit 1; done & a=$!
          for i in 1 2 3 4 5; do "$0" record \(second.pid) >/dev/null || exit 1; done
          wait $a
          """
        let run = tool.run(program: "/bin/sh", ["-c", script, Tool.path])
        #expect(run.status == 0, "\(run.err)")
        #expect(
          tool.sqlite("SELECT verdict, count(*) FROM verdicts GROUP BY 1") == [["landed", "10"]])
      }
    }
  }

  @Test("A vfork parent can't be stopped: it is reported and not touched")
  func deadline() throws {
    // In state D until its child ends: no interrupt reaches it.
    let victim = try startVictim("vfork-parent", ["3"], settled: ["D"])
    defer { victim.end() }
    let tool = try Tool()
    let start = Doors.milliseconds
    let run = tool.run("record", "\(victim.pid)", "--deadline", "200")
    #expect(run.status == 1)
    #expect(run.err.contains("it is in uninterruptible sleep (state D, in "))
    // It was not even seized: kind 1.
    #expect(tool.sqlite("SELECT count(*) FROM event WHERE kind = 1") == [["0"]])
    #expect(Doors.milliseconds - start < 2500)
    #expect(tool.sqlite("SELECT verdict FROM verdicts") == [["never-reached"]])
    #expect(victim.status("TracerPid") == "0")
  }
}
