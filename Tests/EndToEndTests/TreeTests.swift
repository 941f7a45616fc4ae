import FiniTestSupport
import Foundation
import Testing

/// `record --tree`, with /proc and sqlite3 as witnesses.
@Suite(.serialized)
struct TreeTests {
  private func counts(_ tool: Tool) -> [String: Int] {
    var found: [String: Int] = [:]
    for row in tool.sqlite("SELECT outcome, count(*) FROM task_verdicts GROUP BY outcome") {
      found[row[0]] = Int(row[1])
    }
    return found
  }

  /// The events of all tasks are numbered without gaps, and each landed task has its nine phases in
  /// order.
  private func expectWholeRun(_ tool: Tool) {
    #expect(tool.sqlite("SELECT count(*) = max(sequence) FROM event") == [["1"]])
    #expect(tool.sqlite("SELECT count(*) FROM event WHERE kind = 43") == [["0"]], "nothing is lost")
    let wrong = tool.sqlite(
      """
      SELECT v.task, group_concat(p.phase, ' ') AS all_phases FROM task_verdicts v
      JOIN phases p ON p.run = v.run AND p.tracee = v.task WHERE v.verdict = 'landed'
      GROUP BY v.task
      HAVING all_phases <> 'seize prepare infect daemon commands fini sigreturn unmap detach'
      """)
    #expect(wrong == [])
    #expect(
      tool.sqlite(
        "SELECT count(*) FROM timeline WHERE phase IS NULL AND tracee IN (SELECT task FROM task_verdicts)"
      )
        == [["0"]])
  }

  @Test("All threads of a process, each with its own verdict and frozen time")
  func threads() throws {
    try withVictim("many-threads", ["64"]) { victim in
      let tool = try Tool()
      let before = victim.threads
      let run = tool.run("record", "\(victim.pid)", "--tree")
      #expect(run.status == 0, "\(run.err)\(run.out)")
      #expect(victim.threads == before)
      let cured = tool.sqlite(
        "SELECT task FROM task_verdicts WHERE process = \(victim.pid) AND outcome = 'cured' AND verdict = 'landed' AND frozen_ms > 0 ORDER BY task"
      )
      #expect(cured.map { Int32($0[0]) } == before)
      expectWholeRun(tool)
      for task in before { #expect(statusField(of: task, "TracerPid") == "0") }
      #expect(victim.ask("hello") == "line hello", "no wait of any thread was ended")
      #expect(!victim.maps.contains { $0.contains("memfd") })
      let shown = tool.run("show")
      #expect(shown.outLines.allSatisfy { $0.count <= 80 })
      #expect(shown.outLines.count { $0.contains(" landed ") } >= before.count)
      let last = before[before.count - 1]
      let one = tool.run("show", "--task", "\(last)", "--json")
      #expect(one.outLines.count > 60)
      #expect(one.outLines.allSatisfy { $0.contains("\"tracee\":\(last),") })
      #expect(tool.run("check").status == 0)
      #expect(tool.run("check", "--task", "\(last)").status == 0)
      #expect(tool.run("show", "--task", "1").err.contains("no task 1"))
      #expect(tool.run("list").out.contains("tasks"))
    }
  }

  @Test("All processes of a tree, and none of them is woken by it")
  func processes() throws {
    try withVictim("process-tree", ["30", "3"]) { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree", "--json")
      #expect(run.status == 0, "\(run.err)\(run.out)")
      #expect(run.outLines.count == 32)
      #expect(counts(tool) == ["cured": 31])
      #expect(
        tool.sqlite("SELECT count(DISTINCT process), count(DISTINCT name) FROM task_verdicts")
          == [["31", "31"]])
      expectWholeRun(tool)
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("Trees are compared by their sums, their tasks by --task")
  func compared() throws {
    try withVictim("process-tree", ["4", "4"]) { victim in
      let tool = try Tool()
      for strategy in ["breakpoint", "direct"] {
        let run = tool.run("record", "\(victim.pid)", "--tree", "--strategy", strategy)
        #expect(run.status == 0, "\(run.err)")
      }
      func row(_ measure: String, _ arguments: [String]) -> [String] {
        let lines = tool.run(["compare", "1", "2", "--everything"] + arguments).outLines
        let line = lines.first { $0.hasPrefix(measure + " ") } ?? ""
        return line.dropFirst(measure.count).split(separator: " ").map(String.init)
      }
      #expect(row("tasks", []) == ["5", "5"])
      #expect(row("verdict:", []) == ["landed", "(run", "1),", "landed", "(run", "2)"])
      // The sums of the tasks are what is compared.
      let sums = tool.sqlite("SELECT sum(frozen_ns) FROM judgement GROUP BY run ORDER BY run")
        .compactMap { Int64($0[0]) }
      #expect(sums.count == 2)
      let head = tool.run("compare", "1", "2", "--json").outLines.first ?? ""
      #expect(head.contains("\"by_ns\":\(abs(sums[0] - sums[1])),\"of\":\"frozen\""), "\(head)")
      #expect(tool.run("compare", "1", "2").out.contains(" longer in all than run "))
      // Each event of such a kind is a call. Only the probe's calls belong to no task of the tree.
      let calls = tool.sqlite(
        """
        SELECT count(*) FROM event e JOIN task t ON t.run = e.run AND t.number = e.tracee
        WHERE e.kind <= 30 AND EXISTS (SELECT 1 FROM cure c WHERE c.run = e.run AND c.task = t.number)
        GROUP BY e.run
        """)
      #expect(Array(row("calls", []).prefix(2)) == calls.map { $0[0] })
      #expect(row("fini-window stops", []) == ["20", "15", "-5"])
      let child = try #require(victim.children.last)
      #expect(row("fini-window stops", ["--task", "\(child)"]) == ["4", "3", "-1"])
      let two = ["--task", "\(victim.pid)", "--task", "\(child)"]
      #expect(row("fini-window stops", two) == ["4", "3", "-1"])
      #expect(tool.run(["compare", "1", "2"] + two).out.contains("direct (run 2/\(child))"))
      #expect(tool.run("compare", "1", "2", "--task", "1").err.contains("run 1 has no task 1"))
      let three = tool.run(["compare", "1", "2"] + two + ["--task", "1"])
      #expect(three.status == 64)
      #expect(three.err.contains("3 tasks for 2 runs"))
      #expect(
        tool.run(["compare", "1", "1", "--json"]).out.contains(
          #"{"measure":"tasks","unit":"count","values":[5,5],"difference":0}"#))
    }
  }

  @Test("A zombie and a dead leader are reported, and are no failure")
  func dead() throws {
    try withVictim("keeps-zombie") { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree")
      #expect(run.status == 0, "\(run.err)")
      #expect(run.out.contains("left alone: 1 dead"), "\(run.out)")
      #expect(counts(tool) == ["cured": 2, "vanished": 1])
      #expect(
        tool.sqlite("SELECT summary LIKE '%zombie%' FROM task_verdicts WHERE outcome = 'vanished'")
          == [["1"]])
      #expect(tool.run("check").status == 0)
      #expect(victim.ask("on") == "line on")
    }
    try withVictim("dead-leader", settled: ["Z"]) { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree")
      #expect(run.status == 0, "\(run.err)")
      #expect(run.out.contains("left alone: 1 dead"), "\(run.out)")
      #expect(counts(tool) == ["cured": 1, "vanished": 1])
      #expect(victim.ask("on") == "line on")
    }
  }

  private static let makesWorkers: Bool = {
    guard let place = try? House.victims.get() else { return true }
    return House.run(place + "/kernel-made-workers", ["probe"]).status != 77
  }()

  @Test(
    "io_uring's workers are no tasks of ours: the splice that one waits in goes on",
    .enabled(if: makesWorkers, "io_uring_setup is refused here"),
    arguments: ["breakpoint", "breakpoint-after", "syscall", "direct"])
  func workers(strategy: String) throws {
    try withVictim("kernel-made-workers") { victim in
      let workers = victim.threads.filter { $0 != victim.pid }
      #expect(workers.count == 2)
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree", "--strategy", strategy)
      #expect(run.status == 0, "\(run.err)")
      #expect(run.out.contains("left alone: 2 made by the kernel"), "\(run.out)")
      #expect(counts(tool) == ["cured": 1])
      for worker in workers {
        let one = tool.run("record", "\(worker)", "--strategy", strategy)
        #expect(one.status == 69)
        #expect(one.errLines.count == 1 && one.err.contains("a worker that the kernel made"))
      }
      let again = tool.run("record", "\(victim.pid)", "--tree", "--json", "--strategy", strategy)
      #expect(again.status == 0, "\(again.err)")
      let line = try #require(again.outLines.first)
      for worker in workers {
        let name = readWhole("/proc/\(worker)/comm").dropLast()
        #expect(
          line.contains(#"{"task":\#(worker),"process":\#(victim.pid),"comm":"\#(name)"}"#),
          "\(line)")
      }
      #expect(again.outLines.count == 2, "a worker has no line of its own")
      #expect(victim.threads.filter { $0 != victim.pid } == workers)
      #expect(victim.ask("go") == "spliced 5")
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test("A traced member is refused, the others cured")
  func refusals() throws {
    try withVictim("process-tree", ["4", "4"]) { victim in
      let tool = try Tool()
      let children = readWhole("/proc/\(victim.pid)/task/\(victim.pid)/children")
      let child = try #require(children.split(separator: " ").compactMap { Int32($0) }.last)
      try Doors.withOtherTracer(of: child) { tracer in
        let run = tool.run("record", "\(victim.pid)", "--tree")
        #expect(run.status == 1)
        #expect(run.out.contains("traced by \(tracer)"))
        #expect(counts(tool) == ["cured": 4, "refused": 1])
        #expect(statusField(of: child, "TracerPid") == "\(tracer)")
      }
    }
  }

  @Test("Threads and processes that come and go are found or have ended, and none is harmed")
  func comeAndGo() throws {
    for name in ["threads-come-and-go", "forks-all-the-time"] {
      let victim = try startVictim(name, settled: ["S", "R"])
      defer { victim.end() }
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree", "--rescans", "3")
      #expect([0, 1].contains(run.status), "\(run.err)")
      let counts = counts(tool)
      #expect(counts["cured", default: 0] >= 1)
      #expect(counts["failed"] == nil, "\(run.out)")
      // On a busy machine a parent may not have waited for its child yet.
      let refused = tool.sqlite(
        "SELECT summary FROM task_verdicts WHERE outcome = 'refused' AND summary NOT LIKE '%zombie%'"
      )
      #expect(refused == [])
      victim.closeInput()
      #expect(victim.nextLine(within: 20_000)?.hasSuffix(" 0 bad ends") ?? false)
    }
  }

  @Test("Ctrl-C lets the current task go and leaves the rest alone")
  func interrupted() throws {
    try withVictim("idle-threads", ["600"]) { victim in
      let tool = try Tool()
      let run = try tool.interrupted("record", "\(victim.pid)", "--tree")
      #expect(run.status == 130, "\(run.err)")
      #expect(run.err.contains("interrupted"))
      #expect(counts(tool)["not-visited", default: 0] > 0)
      for task in victim.threads { #expect(statusField(of: task, "TracerPid") == "0") }
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("Four hundred threads of one process")
  func manyThreads() throws {
    try withVictim("idle-threads", ["400"]) { victim in
      let tool = try Tool()
      let run = tool.run("record", "\(victim.pid)", "--tree")
      #expect(run.status == 0, "\(run.err)")
      #expect(run.out.contains("401 tasks in 1 process cured"), "\(run.out)")
      #expect(run.outLines.count < 8)
      #expect(counts(tool) == ["cured": 401])
      expectWholeRun(tool)
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("A root that can't be cured makes no file")
  func badRoot() throws {
    let tool = try Tool()
    #expect(tool.run("record", "abc", "--tree").status == 64)
    #expect(tool.run("record", "4194305", "--tree").err.contains("no process 4194305"))
    #expect(tool.run("record", "\(Doors.ownProcess)", "--tree").err.contains("started fini-trace"))
    #expect(!FileManager.default.fileExists(atPath: tool.database))
  }
}
