import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// A victim, and how many of its tasks come to fini in a dump and in a restore.
struct DumpedVictim: CustomTestStringConvertible, Sendable {
  var words: [String]
  /// Each process has a parasite.
  var processes = 1
  /// A restore stops each thread at its rt_sigreturn.
  var tasks = 1
  var sigreturn: UInt64 = 15
  var needs32Bit = false
  var testDescription: String { words.joined(separator: " ") }

  static let all = [
    DumpedVictim(words: ["sleeping", "0.5"]),
    DumpedVictim(words: ["idle-threads", "8"], tasks: 9),
    DumpedVictim(words: ["idle-threads", "64"], tasks: 65),
    DumpedVictim(words: ["idle-threads", "512"], tasks: 513),
    DumpedVictim(words: ["process-tree", "4"], processes: 5, tasks: 5),
    DumpedVictim(words: ["sleeping-32", "0.5"], sigreturn: 173, needs32Bit: true),
  ].filter { !$0.needs32Bit || House.builds32Bit }
}

@Suite("The phases of an unmodified criu", .serialized, .enabled(if: RealCriu.isThere))
struct CriuPhasesTests {
  private func phases(_ timeline: Timeline) -> [Phase] { timeline.phases.map(\.phase) }

  /// The system call at whose entry the tracer stopped the task last in fini.
  private func caught(_ timeline: Timeline) -> UInt64? {
    guard let entry = timeline.facts.sigreturnEntry, let event = timeline.event(entry),
      case .stop(let stop) = event.payload
    else { return nil }
    return stop.syscall?.number
  }

  private func check(_ tool: Tool, others count: Int) {
    let check = tool.run("check")
    #expect(check.status == 0, "\(check.out)")
    if count > 0 {
      let noun = count == 1 ? "other task" : "other tasks"
      #expect(check.out.contains("\(count) \(noun) reached fini: landed"), "\(check.out)")
    } else {
      #expect(!check.out.contains("reached fini"), "\(check.out)")
    }
  }

  @Test("dump, and restore of what was dumped", arguments: DumpedVictim.all)
  func restore(_ kind: DumpedVictim) throws {
    try RealCriu.withVictim(kind.words, processes: kind.processes) { victim, tool in
      let tree = RealCriu.tree(of: victim.pid)
      try #require(tree.count == kind.processes)
      let result = RealCriu.dump(victim, tool)
      #expect(result.status == 0, "\(result.err)")
      let dumped = try RealCriu.lastRun(tool, of: victim.task)
      #expect(dumped.run.lost == 0 && dumped.timeline.judgement.verdict == .landed)
      #expect(caught(dumped.timeline) == kind.sigreturn)
      let found = phases(dumped.timeline).filter { $0 != .commands }
      // It is killed, not let go.
      #expect(found == [.seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap])
      check(tool, others: kind.processes - 1)

      // The numbers must be free for the restore, which makes tasks with the same ones.
      #expect(victim.waitForEnd(within: 10_000) == 137)
      try RealCriu.waitUntilGone(tree)
      let again = tool.run(
        ["record", "--timeout", "30", "--", RealCriu.command ?? "", "restore", "-d", "-v4"]
          + ["-D", tool.folder + "/images", "-o", "restore.log"])
      defer { for process in tree { _ = Doors.kill(process, 9) } }
      #expect(again.status == 0, "\(again.err)")
      // No process was named: the subject is found in the tasks that criu traced.
      let restored = try RealCriu.lastRun(tool)
      let timeline = restored.timeline
      #expect(timeline.subject == victim.task)
      #expect(restored.run.lost == 0 && restored.run.verdict == .landed)
      #expect(timeline.judgement.verdict == .landed && timeline.judgement.caught == .breakpoint)
      #expect(caught(timeline) == kind.sigreturn)
      #expect(phases(timeline) == [.seize, .prepare, .fini, .sigreturn, .unmap, .detach])
      // Its second stop is at the munmap of the restorer.
      let entries = timeline.events.compactMap { event -> UInt64? in
        guard event.tracee == timeline.subject, case .stop(let stop) = event.payload else {
          return nil
        }
        return stop.syscall?.number
      }
      #expect(entries == [kind.sigreturn, kind.sigreturn == 15 ? 11 : 91])
      check(tool, others: kind.tasks - 1)
      let list = tool.run("list", "--json")
      #expect(list.outLines.last?.contains("\"pid\":\(victim.pid),") == true, "\(list.out)")
    }
  }

  @Test(
    "After dump --leave-running it continues, and after pre-dump too",
    arguments: ["dump", "pre-dump"])
  func goesOn(_ action: String) throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      // A preloaded library shows a kernel that does not track written pages as one that does.
      tool.environment = ["REAL_CRIU_PRELOAD=\(RealCriu.tracers ?? "")/soft-dirty.so"]
      let result = RealCriu.dump(
        victim, tool, action: action, options: action == "dump" ? ["--leave-running"] : [])
      #expect(result.status == 0, "\(result.err)")
      let (run, _, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0 && timeline.judgement.verdict == .landed)
      #expect(timeline.judgement.findings.isEmpty, "\(timeline.judgement.findings)")
      #expect(
        phases(timeline) == [
          .seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap, .detach,
        ])
      #expect(victim.reaches(["S"]) && victim.status("TracerPid") == "0")
      check(tool, others: 0)
    }
  }

  @Test("Each process of a tree can be selected")
  func tree() throws {
    try RealCriu.withVictim(["process-tree", "4"], processes: 5) { victim, tool in
      let tree = RealCriu.tree(of: victim.pid)
      let result = RealCriu.dump(victim, tool, options: ["--leave-running"])
      #expect(result.status == 0, "\(result.err)")
      for process in tree {
        let check = tool.run("check", "--task", "\(process)")
        #expect(check.status == 0 && check.out.contains("\(process) "), "\(check.out)")
        let (_, _, timeline) = try RealCriu.lastRun(tool, of: TaskID(process))
        #expect(timeline.judgement.verdict == .landed && timeline.judgement.findings.isEmpty)
        #expect(phases(timeline).first == .seize && phases(timeline).last == .detach)
        let show = tool.run("show", "--task", "\(process)")
        #expect(show.out.contains("LANDED"), "\(show.out.prefix(300))")
      }
      let stranger = tool.run("check", "--task", "1")
      #expect(stranger.status == 66 && stranger.err.contains("task 1 was not traced in run 1"))
      for process in tree.dropFirst() { #expect(statusField(of: process, "TracerPid") == "0") }
    }
  }

  @Test("CRIU_FAULT=130 compared with the default: what the breakpoint saves")
  func compare() throws {
    // The parasite's own log lines are system calls, so both runs must log equally much.
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      for fault in [[], ["CRIU_FAULT=130"]] {
        tool.environment = fault
        let command = RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]).map {
          $0 == "-v4" ? "-v2" : $0
        }
        let result = tool.run(["record", "\(victim.pid)", "--"] + command)
        #expect(result.status == 0, "\(result.err)")
      }
      let result = tool.run("compare", "1", "2", "--json")
      #expect(result.status == 0, "\(result.err)")
      func values(_ measure: String) -> String? {
        result.outLines.first { $0.contains("\"measure\":\"\(measure)\"") }
          .flatMap { $0.components(separatedBy: "\"values\":").last }
      }
      // 10 requests and 4 waits. Without a breakpoint the task stops twice at each of the
      // parasite's last five calls. Counted by hand from an strace of the same,
      // docs/Decisions/0022.
      #expect(values("fini-window calls") == "[14,28],\"difference\":14}")
      #expect(values("fini-window stops") == "[4,11],\"difference\":7}")
      let text = tool.run("compare", "1", "2")
      #expect(text.out.contains("strategy: breakpoint (run 1), syscall (run 2)"), "\(text.out)")
    }
  }
}
