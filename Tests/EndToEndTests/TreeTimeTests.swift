import FiniTestSupport
import Foundation
import Testing

/// How long a tree takes, and what ends it.
@Suite(.serialized)
struct TreeTimeTests {
  private static let strategies = ["breakpoint", "breakpoint-after", "syscall", "direct"]

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begun = Doors.milliseconds
    try body()
    return Double(Doors.milliseconds - begun) / 1000
  }

  @Test("--timeout ends a tree between two turns, and says so")
  func timeout() throws {
    try withVictim("idle-threads", ["800"]) { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree", "--timeout", "0.2")
      #expect(run.status == 124, "\(run.err)")
      #expect(run.err.contains("--timeout is over; no task is left traced"))
      let left = tool.sqlite(
        "SELECT outcome, summary, count(*) > 0 FROM task_verdicts WHERE outcome <> 'cured' GROUP BY 1, 2"
      )
      #expect(left == [["not-visited", "the time was over before its turn", "1"]])
      #expect(tool.sqlite("SELECT count(*) FROM task_verdicts") == [["801"]])
      #expect(tool.run("check").status == 2)
      for task in victim.threads { #expect(statusField(of: task, "TracerPid") == "0") }
      #expect(victim.ask("on") == "line on")
      #expect(tool.run("record", "\(victim.pid)", "--tree", "--timeout", "0").status == 64)
    }
  }

  @Test("Threads and processes that come faster than they are cured end with --timeout")
  func storms() throws {
    for name in ["threads-come-and-go", "forks-all-the-time"] {
      let victim = try startVictim(name, settled: ["S", "R"])
      defer { victim.end() }
      let tool = try Tool()
      var status: Int32 = -1
      let time = seconds {
        status =
          tool.run(
            "record", "\(victim.pid)", "--tree", "--timeout", "1.5", "--rescans", "1000000"
          ).status
      }
      #expect([124, 0].contains(status))
      #expect(time < 8, "\(name) took \(time) s")
      victim.closeInput()
      #expect(victim.nextLine(within: 20_000)?.hasSuffix(" 0 bad ends") ?? false)
    }
  }

  @Test("Ctrl-C ends a tree of thousands of tasks at once")
  func interrupted() throws {
    try withVictim("idle-threads", ["4000"]) { victim in
      let tool = try Tool()
      var status: Int32 = -1
      let time = seconds {
        status =
          tool.run(
            program: "timeout",
            [
              "--preserve-status", "-s", "INT", "1", Tool.path, "record", "\(victim.pid)",
              "--tree",
            ]
          ).status
      }
      #expect(status == 130)
      // One second comes before the signal. Written one by one, the tasks took half a minute on a
      // busy machine.
      #expect(time < 12, "it took \(time) s")
      #expect(tool.sqlite("SELECT count(*) FROM task_verdicts") == [["4001"]])
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test("Tasks in uninterruptible sleep are waited for together, not one after the other")
  func asleep() throws {
    try withVictim("many-vforks", ["6"]) { victim in
      for child in victim.children { #expect(OtherTask(pid: child).reaches(["D"])) }
      let tool = try Tool()
      var run: Tool.Result?
      let time = seconds {
        run = tool.run("record", "\(victim.pid)", "--tree", "--deadline", "1500")
      }
      #expect(run?.status == 1)
      #expect(
        tool.sqlite("SELECT outcome, count(*) FROM task_verdicts GROUP BY 1 ORDER BY 1")
          == [["cured", "7"], ["refused", "6"]])
      // Six separate deadlines would be nine seconds.
      #expect(time < 6, "it took \(time) s")
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test(
    "A program that starts itself again and again is never harmed, and mostly cured",
    arguments: strategies)
  func execs(strategy: String) throws {
    try withVictim("execs-itself", settled: ["S", "R", "D"]) { victim in
      let tool = try Tool()
      var said = ""
      var cured = 0
      for turn in 0..<20 {
        let tree = turn % 2 == 0 ? ["--tree"] : []
        let run = tool.run(["record", "\(victim.pid)", "--strategy", strategy] + tree)
        #expect([0, 1].contains(run.status), "\(run.err)")
        if run.status == 0 { cured += 1 } else { said += run.err + run.out }
      }
      #expect(cured >= 10, "\(said)")
      #expect(!said.contains("no readable syscall instruction"), "\(said)")
      victim.closeInput()
      let last = victim.nextLine(within: 10_000) ?? "nothing"
      #expect(last.hasPrefix("over "), "\(last)")
    }
  }
}
