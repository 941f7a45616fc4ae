import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// Whether BPF is permitted here, as doctor reports it.
let bpfIsPermitted: Bool = {
  guard let tool = try? Tool() else { return false }
  return tool.run("doctor", "--json").outLines.contains {
    $0.contains("\"name\":\"BPF\"") && $0.contains("\"state\":\"ok\"")
  }
}()

@Suite("Another tracer is watched at its work", .serialized, .enabled(if: bpfIsPermitted))
struct ObserveTests {
  /// Our own cure as the other tracer, with its own file.
  private func cure(_ victim: LiveProcess, _ tool: Tool) -> [String] {
    [Tool.path, "record", "\(victim.pid)", "-o", tool.folder + "/own.db", "--json"]
  }

  @Test("record PID -- COMMAND: the same verdict as the command's own, its output untouched")
  func command() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = tool.run(["record", "\(victim.pid)", "--"] + cure(victim, tool))
      #expect(result.status == 0, "\(result.err)")
      #expect(result.out.hasPrefix("{") && result.outLines.count == 1, "the command's line alone")
      #expect(result.errLines.count == 1 && result.err.contains("landed"), "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      #expect(run.source == .bpf && run.isFinished && run.verdict == .landed)
      #expect(run.strategyTaken == .breakpoint && run.lost == 0)
      #expect(run.tracee.task == victim.task && run.tracee.name == "blocked-in-read")
      #expect(run.finishedRealtime != nil, "two anchors of the clocks")
      let check = tool.run("check")
      #expect(check.status == 0, "\(check.out)")
      #expect(check.out.contains("yes: LANDED before rt_sigreturn"), "\(check.out)")
      #expect(tool.run("show").status == 0)
      let names = tool.sqlite("SELECT n.name FROM run r JOIN source_name n ON n.number = r.source")
      #expect(names == [["bpf"]])
      // A reader with only sqlite3 finds the phases too.
      // The command also traces a child of its own, its test of breakpoints.
      let phases = tool.sqlite(
        "SELECT phase FROM phases WHERE tracee = \(victim.pid) ORDER BY first_sequence"
      ).map { $0[0] }
      #expect(
        phases == ["seize", "prepare", "infect", "daemon", "fini", "sigreturn", "unmap", "detach"])
      // And it rehearses on one.
      let calls = tool.sqlite(
        "SELECT count(*) FROM timeline WHERE request = 'PTRACE_DETACH' AND tracee = \(victim.pid)")
      #expect(calls == [["1"]])
      let fini = tool.sqlite(
        "SELECT count(*) FROM timeline WHERE phase = 'fini' AND request = 'PTRACE_POKEUSER' "
          + "AND tracee = \(victim.pid)")
      #expect(fini == [["3"]], "DR0, DR6, DR7")
    }
  }

  @Test(
    "The command's exit status is passed on, or its signal",
    arguments: [("exit 7", 7), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)])
  func status(_ script: String, _ expected: Int32) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = tool.run("record", "\(victim.pid)", "--", "sh", "-c", script)
      #expect(result.status == expected, "\(result.err)")
      #expect(result.err.contains("did not trace \(victim.pid)"))
    }
  }

  @Test("A command that never touches the process, is not there, or can't be run")
  func badCommands() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--", "true").status == 1)
      let missing = tool.run("record", "\(victim.pid)", "--", "no-such-program")
      #expect(missing.status == 127 && missing.err.contains("no-such-program"))
      let unusable = tool.run("record", "\(victim.pid)", "--", "/etc/passwd")
      #expect(unusable.status == 126 && unusable.err.contains("permission denied"))
      #expect(tool.run("record", "4194305", "--", "true").status == 125)
      // Only the first of these ran.
      let runs = try TraceFile.openForReading(tool.database).runs()
      #expect(runs.map(\.tracer.name) == ["true"] && runs.allSatisfy { $0.isFinished })
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: tool.folder)
          .allSatisfy { !$0.hasSuffix(".journal") })
      #expect(tool.run("record", "\(victim.pid)", "--watch", "--", "true").status == 64)
    }
  }

  @Test("--watch ends when the tracer has left")
  func watch() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let script =
        shellEventually + """
          "$0" record $1 --watch --timeout 60 -o $2 & watcher=$!
          eventually 20 grep -q watching $2.err
          "$0" record $1 -o $2.own >/dev/null
          wait $watcher
          """
      let result = tool.run(
        program: "/bin/sh",
        ["-c", "exec 2>\(tool.database).err; " + script, Tool.path, "\(victim.pid)", tool.database])
      #expect(result.status == 0)
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.verdict == .landed && run.source == .bpf)
    }
  }

  @Test("--json: one object on standard output, and nothing of the command's own")
  func oneObject() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      func object(_ words: [String]) throws -> (result: Tool.Result, [String: Any]) {
        let result = tool.run(["record", "--json"] + words)
        #expect(result.outLines.count == 1, "\(result.out)")
        let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8))
        return (result, try #require(object as? [String: Any]))
      }
      let script = "echo printed; exit 3"
      let (untraced, without) = try object(["\(victim.pid)", "--", "sh", "-c", script])
      #expect(untraced.status == 3 && untraced.err.contains("printed\n"))
      let command = try #require(without["command"] as? [String: Any])
      #expect(command["words"] as? [String] == ["sh", "-c", script])
      #expect(command["exit_code"] as? Int == 3 && command["traced"] as? Bool == false)
      #expect(without["status"] as? Int == 3 && without["file"] as? String == "fini-trace.db")
      let gdb = ["gdb", "-nx", "-batch", "-p", "\(victim.pid)"]
      let (traced, with) = try object(["\(victim.pid)", "--"] + gdb)
      #expect(traced.status == 0 && with["run"] as? Int == 2 && with["landed"] is NSNull)
      #expect(
        with["pid"] as? Int == Int(victim.pid) && with["verdict"] as? String == "never-reached")
      #expect(((with["costs"] as? [String: Any])?["calls"] as? Int ?? 0) > 2)
      #expect((with["events"] as? Int ?? 0) > 2 && with["lost"] as? Int == 0)
      let (killed, by) = try object(["--", "sh", "-c", "kill -9 $$"])
      let signal = (by["command"] as? [String: Any])?["signal_name"] as? String
      #expect(signal == "SIGKILL" && by["status"] as? Int == 137 && killed.status != 0)
    }
  }

  @Test("--watch without a tracer, ended by --timeout: no run, and a message")
  func noTracer() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = tool.run("record", "\(victim.pid)", "--watch", "--timeout", "0.2")
      #expect(result.status == 1)
      #expect(result.err.contains("\(victim.pid) was not traced: timed out"))
      #expect(try TraceFile.openForReading(tool.database).runs().isEmpty)
    }
  }

  @Test("The requests are those that strace sees of the same tracer in the same run")
  func strace() throws {
    try withVictim("sleeping", ["0.1", "30"]) { victim in
      let tool = try Tool()
      let log = tool.folder + "/log"
      // One strace is the tracer, another one its witness.
      let result = tool.run(
        "record", "\(victim.pid)", "--", "strace", "-o", log, "-e", "trace=ptrace", "strace", "-qq",
        "-o", "/dev/null", "-p", "\(victim.pid)")
      #expect(result.status == 0, "\(result.err)")
      var witnessed: [String: Int] = [:]
      for line in readWhole(log).split(separator: "\n") {
        let words = line.split(whereSeparator: { "(, )=|".contains($0) })
        guard words.count > 2, words[0] == "ptrace", words[2] == "\(victim.pid)" else { continue }
        witnessed[String(words[1]), default: 0] += 1
      }
      var seen: [String: Int] = [:]
      for event in try TraceFile.openForReading(tool.database).events(of: 1)
      where event.tracee == victim.task {
        if case .request(let call) = event.payload {
          seen[call.request.description, default: 0] += 1
        }
      }
      #expect(witnessed["PTRACE_SYSCALL", default: 0] > 4)
      #expect(seen == witnessed)
    }
  }

  @Test("The state of a hanging tracer is recorded, and then it gets its signal")
  func hang() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // strace holds the victim and waits for its next call, which does not come.
      let result = tool.run(
        "record", "\(victim.pid)", "--timeout", "1", "--", "strace", "-qq", "-o", "/dev/null", "-p",
        "\(victim.pid)")
      #expect(result.status == 124, "\(result.err)")
      #expect(result.err.contains("wait4 of any task"), "\(result.err)")
      #expect(result.err.contains("(strace): state S"), "\(result.err)")
      let events = try TraceFile.openForReading(tool.database).events(of: 1)
      #expect(events.contains { $0.kind == .snapshot && $0.tracee == victim.task })
      #expect(victim.status("TracerPid") == "0")
    }
  }
}
