import FiniTestSupport
import Foundation
import Testing

/// Neither a kill -9 of the recorder nor one of its guard leaves anything in the victim.
@Suite(.serialized)
struct GuardTests {
  /// The index of the call after the first event of a kind, counted in a complete run.
  private func call(after condition: String, _ strategy: String) throws -> Int {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--strategy", strategy).status == 0)
      let rows = tool.sqlite(
        "SELECT count(*) FROM event WHERE kind <= 30 AND sequence <= "
          + "(SELECT min(sequence) FROM event WHERE \(condition))")
      return try #require(Int(rows[0][0]))
    }
  }

  /// What the kernel shows for a victim in which nothing was left.
  private struct Shown: Equatable {
    var maps, descriptors: Int
    var mask, tracer: String
    var armed: UInt64
    var usr1: String?

    init(_ victim: LiveProcess) throws {
      maps = victim.maps.count
      descriptors = victim.descriptors.count
      mask = victim.status("SigBlk")
      tracer = victim.status("TracerPid")
      armed = try Look(at: victim.pid).debugControl & 0xff
      usr1 = victim.ask("count")
    }
  }

  @Test("A recorder that is killed before it has a file leaves nothing to repair")
  func killedAtOnce() throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let run = try tool.killedAtOnce("record", "\(victim.pid)")
      #expect(run.status == 128 + 9)
      #expect(run.err.contains("the recorder was ended by SIGKILL"), "\(run.err)")
      #expect(!run.err.contains("no such file"), "\(run.err)")
    }
  }

  @Test(
    "The guard repairs what a killed recorder left",
    arguments: [
      // First DR7 is armed and the parasite runs; then it is in the middle of rt_sigreturn.
      ("breakpoint", "request = 6 AND address = 904 AND data = 1", "disarmed"),
      ("syscall", "kind = 31 AND data = 15", "unmapped"),
    ])
  func recorderKilled(strategy: String, condition: String, said: String) throws {
    let index = try call(after: condition, strategy) + (strategy == "syscall" ? 1 : 0)
    for tree in [false, true] {
      try withVictim("blocks-usr1") { victim in
        let tool = try Tool()
        let before = try Shown(victim)
        let run = tool.run(
          ["record", "\(victim.pid)", "--strategy", strategy, "--die-before-call", "\(index)"]
            + (tree ? ["--tree"] : []))
        #expect(run.status == 128 + 9)
        #expect(run.out == "")
        #expect(run.errLines.first?.contains("ended by SIGKILL in the middle of") ?? false)
        #expect(run.err.contains(said), "\(run.err)")
        #expect(run.err.contains("bridge taken away"), "\(run.err)")
        #expect(try Shown(victim) == before)
        #expect(tool.run("repair", "\(victim.pid)").out == "\(victim.pid): nothing to repair\n")
        // The events that the recorder has written are kept.
        #expect(tool.sqlite("SELECT state FROM verdicts") == [["unfinished"]])
      }
    }
  }

  @Test("Without the guard these things are left")
  func unguarded() throws {
    let index = try call(after: "request = 6 AND address = 904 AND data = 1", "breakpoint")
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let run = tool.run(
        "record", "\(victim.pid)", "--unguarded", "--die-before-call", "\(index)")
      #expect(run.status == 128 + 9)
      #expect(try Look(at: victim.pid).debugControl & 0xff != 0)
      #expect(tool.run("repair", "\(victim.pid)").status == 0)
    }
  }

  @Test("A recorder whose guard is killed goes on to the end", arguments: [0, 12, 25])
  func guardKilled(call: Int) throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let before = try Shown(victim)
      let run = tool.run("record", "\(victim.pid)", "--kill-guard-before-call", "\(call)")
      #expect(run.status == 128 + 9)
      try eventually(
        "a finished run", seeing: { tool.sqlite("SELECT state, verdict FROM verdicts") }
      ) { $0 == [["finished", "landed"]] }
      #expect(try Shown(victim) == before)
    }
  }

  @Test("A recorder that is killed before it begins leaves nothing to repair")
  func killedEarly() throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--die-before-call", "0")
      #expect(run.status == 128 + 9)
      #expect(run.err.contains("nothing to repair"), "\(run.err)")
    }
  }

  @Test(
    "Syscall User Dispatch is on again, for a kill before any call",
    .enabled(if: VictimFacts.named("dispatches").isAvailable, "this kernel has no such thing"),
    arguments: ["syscall", "direct"])
  func dispatch(strategy: String) throws {
    var repaired = 0
    for index in try callsWithoutDispatch(strategy).all {
      try withVictim("dispatches") { victim in
        let tool = try Tool()
        let before = try #require(dispatchSetting(of: victim.pid))
        let run = tool.run(
          "record", "\(victim.pid)", "--strategy", strategy, "--die-before-call", "\(index)")
        #expect(run.status == 128 + 9)
        if run.err.contains("switched on again") { repaired += 1 }
        #expect(dispatchSetting(of: victim.pid) == before, "before call \(index): \(run.err)")
        #expect(victim.ask("on") == "line on", "before call \(index)")
        #expect(victim.maps.filter { $0.contains("rwxs") }.isEmpty)
      }
    }
    #expect(repaired > 0)
  }

  /// The indices of the calls of a cure before which Syscall User Dispatch is off: from the call
  /// that switches it off to the one after the call that gives it back.
  private func callsWithoutDispatch(
    _ strategy: String
  ) throws -> (all: ClosedRange<Int>, switchesOff: Int, givesBack: Int) {
    try withVictim("dispatches") { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--strategy", strategy).status == 0)
      // The second write switches it off; the third gives it back.
      let rows = tool.sqlite(
        "SELECT (SELECT count(*) FROM event WHERE kind <= 30 AND sequence <= e.sequence)"
          + " FROM event e WHERE request = 0x4210 ORDER BY sequence")
      try #require(rows.count == 3)
      let after = try rows.map { try #require(Int($0[0])) }
      return (after[0]...after[2], switchesOff: after[1] - 1, givesBack: after[2] - 1)
    }
  }

  @Test(
    "Without the guard the bridge gives it back, except for two calls",
    .enabled(if: VictimFacts.named("dispatches").isAvailable, "this kernel has no such thing"))
  func dispatchByBridge() throws {
    var lost: [Int] = []
    let calls = try callsWithoutDispatch("direct")
    for index in calls.all {
      try withVictim("dispatches") { victim in
        let before = try #require(dispatchSetting(of: victim.pid))
        let run = try Tool().run(
          "record", "\(victim.pid)", "--strategy", "direct", "--unguarded", "--die-before-call",
          "\(index)")
        #expect(run.status == 128 + 9)
        victim.say("on")
        _ = victim.nextLine()
        if dispatchSetting(of: victim.pid) != before { lost.append(index) }
      }
    }
    // Dispatch is off and the task is not yet on the bridge; or the task has its own registers but
    // not yet its setting. Registers and setting are written by two requests, and no order of the
    // two is better: otherwise the bridge's own calls would be dispatched. Decisions/0027.
    #expect(lost == [calls.switchesOff + 1, calls.givesBack], "of \(calls)")
  }
}
