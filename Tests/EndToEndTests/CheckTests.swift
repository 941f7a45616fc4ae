import FiniTestSupport
import Foundation
import Testing

/// `check` says what is stored with a run that came to its end.
@Suite(.serialized)
struct CheckTests {
  /// What `check` says of each question, as text and as JSON, with its exit status.
  private func answers(_ tool: Tool, _ questions: [[String]]) -> [String] {
    questions.flatMap { [$0, $0 + ["--json"]] }.map { question in
      let run = tool.run(["check"] + question)
      return "\(question) \(run.status)\n\(run.out)\(run.err)"
    }
  }

  @Test("It reads no event of a run that was ended: a cure, a tree, an import, an observed tracer")
  func readsRows() throws {
    try withVictim("idle-threads", ["4"]) { victim in
      let tool = try Tool()
      let pid = "\(victim.pid)"
      #expect(tool.run("record", pid).status == 0)
      #expect(tool.run("record", pid, "--strategy", "syscall").status == 0)
      #expect(tool.run("record", pid, "--tree").status == 0)
      for log in ["good.strace", "lost-breakpoint.strace", "sigstop.strace", "sigtrap.log"] {
        let log = House.root + "/Tests/Fixtures/\(log).gz"
        #expect(tool.run("import", log).err.contains("lines"))
      }
      // A tracer of another's: ours, traced by ours, in a file of its own.
      let other = tool.folder + "/other.db"
      let observed = tool.run(
        "record", pid, "--observer", "ptrace", "--", Tool.path, "record", pid, "-o", other,
        "--unguarded")
      #expect(observed.status == 0, "\(observed.err)")
      let threads = tool.sqlite(
        "SELECT t.tid FROM cure c JOIN task t USING (run) WHERE t.number = c.task")
      let questions =
        (1...8).map { ["\($0)"] } + threads.map { ["3", "--task", $0[0]] } + [["8", "--task", pid]]
      let before = answers(tool, questions)
      #expect(before[0].contains("[\"1\"] 0\n") && before[0].contains("LANDED"), "\(before[0])")
      #expect(before[2 * 7].contains("LANDED"), "\(before[2 * 7])")
      #expect(threads.count == 5)
      _ = tool.sqlite("DELETE FROM register_change; DELETE FROM event")
      #expect(tool.sqlite("SELECT count(*) FROM event") == [["0"]])
      let after = answers(tool, questions)
      for (first, second) in zip(before, after) { #expect(first == second) }
    }
  }

  @Test("A run whose recorder was killed has no judgement: it is judged by its events")
  func unfinished() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // In the middle of the cure; what is left in the victim goes with it.
      _ = tool.run("record", "\(victim.pid)", "--unguarded", "--die-before-call", "40")
      let check = tool.run("check", "--json")
      #expect(check.status == 2 && check.out.contains("\"verdict\":\"unfinished\""), "\(check.err)")
      #expect(check.out.contains("nothing after event"))
      #expect(tool.sqlite("SELECT count(*) FROM judgement") == [["0"]])
      #expect(tool.sqlite("SELECT verdict IS NULL FROM run") == [["1"]])
      #expect(tool.sqlite("SELECT count(*) > 30 FROM event") == [["1"]])
    }
  }
}
