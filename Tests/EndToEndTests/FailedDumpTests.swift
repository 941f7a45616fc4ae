import FiniTestSupport
import Foundation
import Testing

/// Dumps by a real criu that fail: what is told of them does not depend on the observer.
@Suite(.serialized, .enabled(if: RealCriu.isThere))
struct FailedDumpTests {
  private func expect(
    _ full: Told, alone: Told? = nil, _ pid: Int32, _ tool: Tool, options: [String] = [],
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let told = ToldThreeWays(
      tool: tool, log: tool.folder + "/images/dump.log", full: full, alone: alone)
    try told.expect(place) { words in
      (try RealCriu.run(after: words, ["dump", "-t", "\(pid)"] + options, tool), "\(pid)")
    }
  }

  @Test("A unix socket of a process outside of the dump")
  func socket() throws {
    let path = NSTemporaryDirectory() + "fini-\(UUID().uuidString.prefix(8))"
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
    try withVictim("holds-socket", ["listen", path]) { _ in
      try RealCriu.withVictim(["holds-socket", "connect", path]) { victim, tool in
        try expect(
          Told(
            1, "The program is connected to a unix socket of a process outside of the dump",
            "unix-external: certain"),
          victim.pid, tool)
      }
    }
  }

  @Test("A process that is not there")
  func noProcess() throws {
    // Above the greatest number that a process can have.
    try expect(
      Told(1, "Task N was gone when it was to be seized (ESRCH)", "seize-refused: certain"),
      4_194_305, Tool())
  }

  @Test("An established TCP connection")
  func tcp() throws {
    try RealCriu.withVictim(["holds-socket", "itself"]) { victim, tool in
      try expect(.connection, victim.pid, tool)
    }
  }

  @Test("A terminal whose other side is held by another process")
  func terminal() throws {
    let path = try House.victims.get() + "/sleeping"
    let script = try LiveProcess(
      path: "/usr/bin/script", words: ["script", "-qec", "exec \(path) 60", "/dev/null"])
    defer { script.end() }
    let victim = try #require(
      try eventually("a victim", seeing: { script.children.first }) {
        $0.map { statusField(of: $0, "Name") == "sleeping" && OtherTask(pid: $0).state == "S" }
          ?? false
      })
    defer { _ = Doors.kill(victim, 9) }
    let name = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(victim)/fd/0")
    try expect(
      Told(
        1,
        "The program uses terminal \(name.dropFirst("/dev/".count)), whose master side is held by a process outside of the dump",
        "tty-slave-no-master: certain"),
      victim, Tool())
  }

  @Test("A task that another tracer holds")
  func traced() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let other = try LiveProcess(
        path: (RealCriu.tracers ?? "") + "/stays", words: ["stays", "\(victim.pid)"])
      defer { other.end() }
      try #require(other.nextLine() == "ready \(other.pid)")
      try expect(
        Told(
          1,
          "Task N could not be seized (EPERM): another tracer, a dead task, or a rule forbids it",
          "already-traced: possible, not proved"),
        victim.pid, tool)
      // It is the one that the run is about, and no child in which criu tried something.
      #expect(tool.run("list", "--json").out.contains("\"pid\":\(victim.pid),"))
    }
  }

  @Test("A task in state D: the parent of a vfork")
  func uninterruptible() throws {
    try RealCriu.withVictim(["vfork-parent", "60"], processes: 2) { victim, tool in
      defer { for process in RealCriu.tree(of: victim.pid) { _ = Doors.kill(process, 9) } }
      try #require(victim.state == "D")
      try expect(
        Told(
          1, "Task N sleeps uninterruptibly (state D) and can't be stopped",
          "uninterruptible: certain"),
        victim.pid, tool, options: ["--timeout", "1"])
    }
  }

  @Test("SIGSTOP and SIGCONT again and again by another process, once the breakpoint is armed")
  func storm() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      tool.environment = [
        "REAL_CRIU_PRELOAD=\(RealCriu.shim ?? "")", "PLACE_VICTIM=\(victim.pid)",
        "PLACE_AT=after:arm", "PLACE_EVENT=run",
        "PLACE_COMMAND=echo $$ >>\(tool.folder)/sender; for n in 1 2 3 4 5; do"
          + " kill -CONT \(victim.pid); kill -STOP \(victim.pid); done",
      ]
      try expect(
        Told(
          1,
          "SIGSTOP stopped task N in fini, where its tracer awaited rt_sigreturn, and was not foreseen",
          "stop-signal-in-fini: certain"), victim.pid, tool,
        options: ["--leave-running"])
      // The first of two: the one that was recorded.
      let sender = readWhole(tool.folder + "/sender").split(separator: "\n").first ?? "none"
      #expect(tool.run("explain").out.contains("SIGSTOP was sent by \(sender)\n"))
    }
  }

  /// Where criu is killed, and what is told of it.
  struct Killed: CustomTestStringConvertible, Sendable {
    var place: String
    var phase: String
    var alone: Told
    var testDescription: String { phase }

    static let all = [
      Killed(
        place: "after:interrupt", phase: "seize",
        alone: Told(
          2,
          "The log ends after \"Detected cgroup V1 freezer\": the tracer was killed, hangs, or the log is not whole",
          "tracer-died: possible, not proved")),
      Killed(
        place: "cont", phase: "infect",
        alone: Told(
          2,
          "The log ends after \"Parasite syscall_ip at ADDRESS\": the tracer was killed, hangs, or the log is not whole",
          "tracer-died: possible, not proved")),
      Killed(
        place: "fini", phase: "daemon",
        alone: Told(
          2,
          "The parasite left by itself, before its tracer asked it to: the tracer ended, or its socket was closed",
          "tracer-died: possible, not proved")),
      Killed(
        place: "after:arm", phase: "fini",
        alone: Told(
          2,
          "The tracer waits since task N left the parasite: a breakpoint that never fires, or the tracer was killed there",
          "breakpoint-missed: possible, not proved")),
      Killed(
        place: "before:detach", phase: "unmap",
        alone: Told(
          2,
          "Can't tell how it ended: task N left by rt_sigreturn as it should, and the rest is not here",
          "")),
    ]
  }

  @Test("criu is killed", arguments: Killed.all)
  func killed(_ killed: Killed) throws {
    let tool = try Tool()
    let told = ToldThreeWays(
      tool: tool, log: tool.folder + "/images/dump.log", status: 137,
      full: Told(
        1, "The tracer was killed by SIGKILL while it held task N, in \(killed.phase)",
        "tracer-died: certain"),
      alone: killed.alone)
    try told.expect { words in
      var end: (Tool.Result, String)?
      try RealCriu.withVictim(["sleeping", "60"]) { victim, _ in
        tool.environment = [
          "REAL_CRIU_PRELOAD=\(RealCriu.shim ?? "")", "PLACE_VICTIM=\(victim.pid)",
          "PLACE_AT=\(killed.place)", "PLACE_EVENT=die",
        ]
        defer { tool.environment = [] }
        let action = ["dump", "-t", "\(victim.pid)", "--leave-running"]
        end = (try RealCriu.run(after: words, action, tool), "\(victim.pid)")
      }
      return try #require(end)
    }
  }
}
