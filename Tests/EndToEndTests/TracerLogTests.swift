import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// The log that CRIU writes while it is recorded is in the recording.
@Suite("CRIU's log finds its recording", .serialized, .enabled(if: RealCriu.isThere))
struct TracerLogTests {
  /// Dumps that fail: of a process with a unix socket whose other end is outside.
  private func withSocket(_ body: (LiveProcess, Tool) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "fini-\(UUID().uuidString.prefix(8))"
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
    try withVictim("holds-socket", ["listen", path]) { _ in
      try RealCriu.withVictim(["holds-socket", "connect", path], body)
    }
  }

  /// The lines of the log are events of the last run, among those of the tracer.
  private func expectLog(
    _ tool: Tool, name: String, error: String, inputs count: Int = 1,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let file = try TraceFile.openForReading(tool.database)
    let run = try file.run(.last)
    let texts = try file.texts(of: run.number)
    let events = try file.events(of: run.number)
    let told = events.first { texts[$0.sequence]?.contains(error) ?? false }
    #expect(told?.kind == .log, sourceLocation: place)
    #expect(events.filter { $0.kind.isCall }.count > 100, sourceLocation: place)
    #expect(events.map(\.sequence) == Array(1...UInt32(events.count)), sourceLocation: place)
    // The tracer lets go of the task when it has failed, and says so before it ends.
    let detach = events.last { $0.kind == .detach }
    let seize = try #require(events.first { $0.kind == .seize && $0.tracee == detach?.tracee })
    let order = [seize, told, detach].compactMap { $0 }
    #expect(
      order.map(\.sequence) == order.map(\.sequence).sorted() && order.count == 3,
      sourceLocation: place)
    #expect(
      order.map(\.entered.rawValue) == order.map(\.entered.rawValue).sorted(),
      sourceLocation: place)
    let inputs = try file.inputs(of: run.number)
    #expect(inputs.count == count && inputs[0].name.hasSuffix(name), sourceLocation: place)
    #expect(
      inputs.last?.anchor?.contains("common event") ?? false, "\(inputs)", sourceLocation: place)
    #expect(run.isFinished && run.verdict == .landed, sourceLocation: place)
    #expect(run.eventCount == events.count, sourceLocation: place)
  }

  private let error = "External socket is used"

  @Test("With each observer", arguments: ["bpf", "ptrace"])
  func direct(observer: String) throws {
    try withSocket { victim, tool in
      let result = RealCriu.dump(victim, tool, observer: observer)
      #expect(result.status == 1)
      let told = result.errLines.filter { $0.contains("dump.log") }
      #expect(
        told.count == 1 && told[0].hasPrefix("fini-trace: read \(tool.folder)/images/dump.log: "))
      #expect(told.first?.hasSuffix(" lines") ?? false)
      try expectLog(tool, name: "/images/dump.log", error: error)
      #expect(tool.run("explain").out.contains(error))
    }
  }

  @Test("Through a shell, and from a script that does not name it")
  func wrapped() throws {
    try withSocket { victim, tool in
      let words = RealCriu.dumpCommand(victim, tool)
      let shell = tool.run([
        "record", "--timeout", "30", "--", "sh", "-c", words.joined(separator: " ") + "; exit 7",
      ])
      #expect(shell.status == 7)
      try expectLog(tool, name: "/images/dump.log", error: error)
      let script = tool.folder + "/script"
      try "cd images\n\(words[0]) dump -t \(victim.pid) -v4 --log-file hidden.log\nexit 8\n"
        .write(toFile: script, atomically: true, encoding: .utf8)
      // It is found by looks at the process while that runs: on a busy machine a dump may end between two.
      for _ in 1...3 {
        let hidden = tool.run("record", "--timeout", "30", "--", "sh", script)
        #expect(hidden.status == 8)
        if hidden.err.contains("hidden.log") { break }
      }
      try expectLog(tool, name: "/images/hidden.log", error: error)
    }
  }

  @Test("A log of an earlier run is not read, and one that can't be read harms nothing")
  func others() throws {
    try withSocket { victim, tool in
      let words = RealCriu.dumpCommand(victim, tool)
      let log = tool.folder + "/images/dump.log"
      try "(00.1) Error (x.c:1): of yesterday\n".write(
        toFile: log, atomically: true, encoding: .utf8)
      // A tracer that does not get as far as its log.
      let result = tool.run(
        ["record", "--timeout", "30", "--", "sh", "-c", "exit 3", "criu"] + words.dropFirst())
      #expect(result.status == 3 && !result.err.contains("read \(log)"), "\(result.err)")
      let empty = tool.run(
        ["record", "--timeout", "30", "--", "sh", "-c", ": >\(log); exit 4", "criu"]
          + words.dropFirst())
      #expect(empty.status == 4)
      #expect(
        empty.err.contains("the tracer's log is not in the run: \(log) is empty"), "\(empty.err)")
    }
  }

  @Test(
    "Of a container: podman starts runc, which starts criu and tells it what to do by a socket",
    .enabled(if: Container.canRun, "podman and runc are not installed, or can't run here"),
    arguments: ["itself", "nothing"])
  func container(program: String) throws {
    try Container.with(["holds-socket", program]) { container in
      let tool = container.tool
      let (result, log) = container.checkpoint()
      #expect(log?.hasSuffix("/userdata/dump.log") ?? false, "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      let texts = try file.texts(of: run.number).values
      if program == "itself" {
        #expect(result.status == 125 && result.err.contains("failed"))
        try expectLog(tool, name: "/userdata/dump.log", error: "Dump files (pid: ")
        #expect(texts.contains { $0.contains("Dumping FAILED") })
      } else {
        // podman removes the log of what went well; it was open here by then.
        #expect(result.status == 0, "\(result.err)")
        #expect(texts.contains { $0.contains("Dumping finished successfully") })
      }
    }
  }

  @Test("By hand: into a run that was recorded without it, judged again, and not twice")
  func into() throws {
    try withSocket { victim, tool in
      let words = RealCriu.dumpCommand(victim, tool)
      // Its log is moved away before it can be found.
      let log = tool.folder + "/images/dump.log"
      let kept = tool.folder + "/kept.log"
      let shell = words.joined(separator: " ") + "; mv \(log) \(kept); exit 1"
      let script = tool.folder + "/script"
      try "\(shell)\n".write(toFile: script, atomically: true, encoding: .utf8)
      let strace = tool.folder + "/trace"
      #expect(
        tool.run(
          program: "strace",
          [
            "-v", "-ttt", "-f", "-e", "trace=ptrace,wait4", "-o", strace, "sh", script,
          ]
        ).status == 1)
      #expect(tool.run("import", strace).status == 0)
      let before = tool.sqlite("SELECT count(*) FROM event")
      let joined = tool.run("import", kept, "--into", "1")
      #expect(joined.status == 0, "\(joined.err)")
      #expect(joined.err.contains("common event"), "\(joined.err)")
      #expect(tool.run("list").outLines.filter { $0.contains("landed") }.count == 1)
      try expectLog(tool, name: "trace", error: error, inputs: 2)
      #expect(tool.sqlite("SELECT count(*) FROM event WHERE run = 1") != before)
      let again = tool.run("import", kept, "--into", "1")
      #expect(again.status == 64 && again.err.contains("run 1 has \(kept) already"), "\(again.err)")
      let foreign = tool.folder + "/foreign.log"
      try "(00.1) Error (x.c:1): 999999 was stopped by 4 unexpectedly\n"
        .write(toFile: foreign, atomically: true, encoding: .utf8)
      let refused = tool.run("import", foreign, "--into", "last")
      #expect(refused.status == 64 && refused.err.contains("--anyway"), "\(refused.err)")
      #expect(tool.run("import", foreign, "--into", "last", "--anyway").status == 0)
      #expect(tool.run("import", tool.folder + "/none", "--into", "1").status == 66)
      #expect(tool.run("import", kept, "--into", "9").status != 0)
    }
  }
}
