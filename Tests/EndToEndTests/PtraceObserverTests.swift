import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

@Suite("A tracer is watched by tracing it", .serialized)
struct PtraceObserverTests {
  /// What every report of such a run must say.
  private static let unseen = "not seen: who sent a signal and when"

  private static let tracers: String? = {
    let place = House.root + "/.build/tracers"
    let made = House.run(
      "make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + place, place + "/shapes"])
    return made.status == 0 ? place : nil
  }()

  private func record(_ tool: Tool, _ victim: LiveProcess, _ command: [String]) -> Tool.Result {
    tool.run(["record", "\(victim.pid)", "--observer", "ptrace", "--"] + command)
  }

  private func events(_ tool: Tool, of victim: LiveProcess) throws -> [Event] {
    let file = try TraceFile.openForReading(tool.database)
    return try file.events(of: try file.run(.last).number).filter { $0.tracee == victim.task }
  }

  @Test(
    "Without the right to BPF the capability is named, and the run is recorded nevertheless",
    .enabled(if: Doors.isRoot, "only root has a right to give away"))
  func fallback() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let without = ["--bounding-set", "-bpf,-perfmon,-sys_admin", Tool.path]
      let result = tool.run(
        program: "setpriv",
        without + ["record", "\(victim.pid)", "--", Tool.path, "record", "\(victim.pid)"]
          + ["--unguarded", "-o", tool.folder + "/own.db", "--json"])
      #expect(result.status == 0, "\(result.err)")
      #expect(result.out.hasPrefix("{") && result.outLines.count == 1, "the command's line alone")
      #expect(result.errLines.first?.contains("without CAP_BPF and CAP_PERFMON") == true)
      #expect(result.errLines.first?.contains("tracing \(Tool.path) instead") == true)
      #expect(result.err.contains(Self.unseen))
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.source == .ptraceObserver && run.isFinished && run.verdict == .landed)
      #expect(run.exitSummary?.contains(Self.unseen) == true)
      #expect(run.strategyTaken == .breakpoint && run.tracee.task == victim.task)
      for report in [tool.run("show"), tool.run("check"), tool.run("explain")] {
        #expect(report.status == 0 && report.out.contains(Self.unseen), "\(report.out)")
      }
      #expect(tool.run("check", "--json").out.contains("\"unseen\":\"who sent a signal"))
      #expect(tool.run("compare", "1", "1").err.contains(Self.unseen))

      let demanded = tool.run(
        program: "setpriv",
        without + ["record", "\(victim.pid)", "--observer", "bpf", "--", "true"])
      #expect(demanded.status == 125 && demanded.err.contains("CAP_BPF"))
      // Nothing was recorded, and no file claims otherwise.
      let new = tool.folder + "/new.db"
      for words in [["--observer", "bpf", "--", "true"], ["--watch"]] {
        _ = tool.run(
          program: "setpriv", without + ["record", "\(victim.pid)", "-o", new] + words)
        #expect(!FileManager.default.fileExists(atPath: new), "\(words)")
      }
      let watch = tool.run(program: "setpriv", without + ["record", "\(victim.pid)", "--watch"])
      #expect(watch.status == 69 && watch.err.contains("CAP_BPF"), "\(watch.err)")
    }
  }

  @Test(
    "A user without any right records a tracer of that user's process",
    .enabled(if: Doors.isRoot, "only root can become another user"))
  func plainUser() throws {
    let tool = try Tool()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: tool.folder)
    // The build may be in a folder that other users can't enter; copies can be run.
    let copy = tool.folder + "/fini-trace"
    try FileManager.default.copyItem(atPath: Tool.path, toPath: copy)
    try FileManager.default.copyItem(
      atPath: try House.victims.get() + "/blocked-in-read", toPath: tool.folder + "/victim")
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    let victim = try LiveProcess(
      path: "/usr/bin/setpriv", words: ["setpriv"] + user + [tool.folder + "/victim"])
    defer { victim.end() }
    #expect(victim.nextLine() == "ready")
    let result = tool.run(
      program: "setpriv",
      user + [copy, "record", "\(victim.pid)", "--", copy, "record", "\(victim.pid)"]
        + ["--unguarded", "-o", tool.folder + "/own.db"])
    #expect(result.status == 0 && result.err.contains("CAP_BPF"), "\(result.err)")
    let run = try TraceFile.openForReading(tool.database).run(.last)
    #expect(run.source == .ptraceObserver && run.verdict == .landed)

    // execve does not grant a program's rights to a command that such a user traces: it is not run.
    let privileged = tool.folder + "/privileged"
    try FileManager.default.copyItem(atPath: "/usr/bin/touch", toPath: privileged)
    try FileManager.default.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: privileged)
    let refused = tool.run(
      program: "setpriv",
      user + [copy, "record", "\(victim.pid)", "--", privileged, tool.folder + "/touched"])
    #expect(refused.status == 125, "\(refused.err)")
    #expect(refused.err.contains("set-user-ID") && refused.err.contains("run as root"))
    #expect(!FileManager.default.fileExists(atPath: tool.folder + "/touched"))

    // Nor is a command whose memory this user may not read.
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: privileged)
    let closed = tool.run(
      program: "setpriv",
      user + [copy, "record", "\(victim.pid)", "--", privileged, tool.folder + "/touched"])
    #expect(closed.status == 125 && closed.err.contains("may run and not read"), "\(closed.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.folder + "/touched"))
  }

  @Test("A command that already has a tracer is not run")
  func traced() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = tool.run(
        program: "strace",
        ["-f", "-e", "trace=none", "-o", "/dev/null", Tool.path, "record", "\(victim.pid)"]
          + ["--observer", "ptrace", "--", "touch", tool.folder + "/touched"])
      #expect(result.status == 125 && result.err.contains("(strace) already"), "\(result.err)")
      #expect(!FileManager.default.fileExists(atPath: tool.folder + "/touched"))
    }
  }

  @Test(
    "The command's exit status is passed on, or its signal",
    arguments: [
      ("exit 7", 7), ("kill -TERM $$", 143), ("kill -SEGV $$", 139), ("kill -KILL $$", 137),
      ("trap 'exit 9' USR1; kill -USR1 $$; exit 1", 9), ("exec sh -c 'exit 6'", 6),
    ])
  func status(_ script: String, _ expected: Int32) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = record(tool, victim, ["sh", "-c", script])
      #expect(result.status == expected, "\(result.err)")
      #expect(result.err.contains("did not trace \(victim.pid)"))
      #expect(result.err.contains("what its children did was not seen"))
    }
  }

  @Test("A command that never touches the process, is not there, or can't be run")
  func badCommands() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      #expect(record(tool, victim, ["true"]).status == 1)
      let missing = record(tool, victim, ["no-such-program"])
      #expect(missing.status == 127 && missing.err.contains("no-such-program"))
      let unusable = record(tool, victim, ["/etc/passwd"])
      #expect(unusable.status == 126 && unusable.err.contains("permission denied"))
      let pid = "\(victim.pid)"
      #expect(tool.run("record", pid, "--observer", "ptrace").status == 64)
      #expect(tool.run("record", pid, "--observer", "ptrace", "--watch").status == 64)
      #expect(
        tool.run("record", pid, "--foreground", "--observer", "ptrace", "--", "sh", "-c", "exit 5")
          .status == 5)
    }
  }

  @Test("A command that is stopped stays stopped until it is continued")
  func groupStop() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // The test continues it only after it was seen stopped: T, or t while the observer listens.
      let script =
        shellEventually + """
          (eventually 20 grep -q '^State:.[tT]' /proc/$$/status
           sleep 0.2; : >seen; kill -CONT $$) & kill -STOP $$
          if [ -e seen ]; then echo in order; else echo too early; fi; exit 4
          """
      let result = record(tool, victim, ["sh", "-c", script])
      #expect(result.status == 4 && result.out == "in order\n", "\(result.out) \(result.err)")
    }
  }

  @Test(
    "A tracer of any shape is followed, and its children run untraced",
    arguments: ["plain", "thread", "exec", "clone", "vfork", "fork"])
  func shapes(_ shape: String) throws {
    let tracers = try #require(Self.tracers)
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = record(tool, victim, [tracers + "/shapes", shape, "\(victim.pid)"])
      #expect(result.status == 0, "\(result.err)")
      let seen = try events(tool, of: victim)
      let requests = seen.compactMap { event -> PtraceRequest? in
        if case .request(let call) = event.payload { call.request } else { nil }
      }
      #expect(requests == [.seize, .interrupt, .detach])
      let stops = seen.compactMap { event -> StopClass? in
        if case .stop(let stop) = event.payload { stop.stopClass } else { nil }
      }
      #expect(stops == [.interrupt])
      let tracer = try TraceFile.openForReading(tool.database).run(.last).tracer.task
      let seize = try #require(seen.first { $0.kind == .seize })
      #expect((seize.tracer == tracer) == (shape != "thread"))
    }
  }

  @Test(
    "libcompel marks no syscall-stops and disarms late: told right all the same",
    .enabled(if: hasCompel, "no libcompel to build a tracer with"), arguments: [false, true])
  func compel(_ tracesCalls: Bool) throws {
    let program = try #require(Self.tracers) + "/compel-bench"
    try withVictim("sleeping", ["60"]) { victim in
      let tool = try Tool()
      let result = record(
        tool, victim, [program] + (tracesCalls ? ["--syscall"] : []) + ["\(victim.pid)", "1"])
      #expect(result.status == 0, "\(result.err)")
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.verdict == .landed, "\(run.exitSummary ?? "")")
      #expect(run.strategyTaken == (tracesCalls ? .syscall : .breakpoint))
      let stops = try events(tool, of: victim).compactMap { event -> StopClass? in
        if case .stop(let stop) = event.payload { stop.stopClass } else { nil }
      }
      #expect(stops.filter { $0 == .breakpoint }.count == (tracesCalls ? 0 : 1), "\(stops)")
      #expect(!stops.contains(.unknown), "\(stops)")
    }
  }

  private static let hasCompel: Bool = {
    guard let tracers else { return false }
    _ = House.run("make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + tracers])
    return FileManager.default.isExecutableFile(atPath: tracers + "/compel-bench")
  }()

  @Test("A task outside of the victim's tree makes no events, a new task of the victim does")
  func strangers() throws {
    let shapes = try #require(Self.tracers) + "/shapes"
    try withVictim("blocked-in-read") { stranger in
      let tool = try Tool()
      let script = """
        trap 'sleep 60 & echo $! >born.new; mv born.new born' USR1
        cd "$0"; echo ready; while kill -0 $PPID; do sleep 0.02; done
        """
      let victim = try LiveProcess(path: "/bin/sh", words: ["sh", "-c", script, tool.folder])
      #expect(victim.nextLine() == "ready")
      let other = record(tool, victim, [shapes, "plain", "\(stranger.pid)"])
      #expect(other.status == 1 && other.err.contains("did not trace \(victim.pid)"))
      let tracer = try TraceFile.openForReading(tool.database).run(.last).tracer.task
      let all = try TraceFile.openForReading(tool.database).events(of: 1).filter {
        $0.kind != .snapshot
      }
      #expect(all.map(\.kind) == [.exit] && all.map(\.tracee) == [tracer], "its own end")

      let open = tool.run(
        "record", "--observer", "ptrace", "-o", tool.folder + "/open.db", "--", shapes, "plain",
        "\(stranger.pid)")
      #expect(open.status == 0, "\(open.err)")
      let events = try TraceFile.openForReading(tool.folder + "/open.db").events(of: 1)
      #expect(events.contains { $0.kind == .detach && $0.tracee == stranger.task })

      let birth =
        shellEventually + "kill -USR1 $1; eventually 20 [ -e born ]; exec $2 plain $(cat born)"
      let result = record(tool, victim, ["sh", "-c", birth, "sh", "\(victim.pid)", shapes])
      #expect(result.status == 0, "\(result.err)")
      let born = try #require(
        Int32(readWhole(tool.folder + "/born").split(separator: "\n").first ?? ""))
      let seen = try TraceFile.openForReading(tool.database).events(of: 2)
      #expect(seen.contains { $0.kind == .detach && $0.tracee == TaskID(born) })
      Doors.kill(born, 9)
    }
  }

  @Test(
    "gdb attaches, and the SIGSTOP of PTRACE_ATTACH is not taken for one that was lost",
    arguments: ["blocked-in-read", "idle-threads"])
  func attach(_ name: String) throws {
    try withVictim(name) { victim in
      let tool = try Tool()
      let result = record(
        tool, victim, ["gdb", "-nx", "-batch", "-p", "\(victim.pid)", "-ex", "detach"])
      #expect(result.status == 0, "\(result.err)")
      let own = try events(tool, of: victim)
      #expect(own.contains { $0.kind == .attach }, "gdb does what this is about")
      let check = tool.run("check")
      #expect(check.status == 2 && !check.out.contains("SIGSTOP"), "\(check.out)")
    }
  }

  @Test("gdb starts a program of its own in a child that asks for a tracer")
  func child() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = record(
        tool, victim, ["gdb", "-q", "-batch", "-nx", "-ex", "run", "/bin/true"])
      #expect(result.out.contains("exited normally"), "\(result.out)\(result.err)")
      #expect(result.status == 1 && result.err.contains("did not trace"))
    }
  }

  @Test(
    "A 32-bit tracer is not misread, and a message says that it was not read",
    .enabled(if: House.builds32Bit, "the compiler makes no 32-bit programs"))
  func compat() throws {
    let program = try #require(Self.tracers) + "/shapes-32"
    let made = House.run(
      "make",
      ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + House.root + "/.build/tracers", program])
    try #require(made.status == 0, "\(made.output)")
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = record(tool, victim, [program, "plain", "\(victim.pid)"])
      #expect(result.status == 1 && result.err.contains("32-bit code, which are not decoded"))
      #expect(try events(tool, of: victim).allSatisfy { $0.kind == .snapshot })
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.exitSummary?.contains("32-bit code") == true)
    }
  }

  @Test("The state of a hanging tracer is recorded; it gets its signal and lets go")
  func hang() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // strace holds the victim and waits for its next call, which does not come.
      let result = tool.run(
        ["record", "\(victim.pid)", "--observer", "ptrace", "--timeout", "1", "--", "strace"]
          + ["-qq", "-o", "/dev/null", "-p", "\(victim.pid)"])
      #expect(result.status == 124, "\(result.err)")
      #expect(result.err.contains("wait4 of any task"), "\(result.err)")
      #expect(result.err.contains("(strace): state S"), "\(result.err)")
      let events = try TraceFile.openForReading(tool.database).events(of: 1)
      #expect(events.contains { $0.kind == .snapshot && $0.tracee == victim.task })
      // strace ends by itself: it got the signal.
      #expect(events.contains { $0.kind == .detach && $0.tracee == victim.task })
      #expect(victim.status("TracerPid") == "0")
    }
  }

  @Test("Ctrl-C: the state of the tracer is recorded; it gets the signal and lets go")
  func interrupt() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      // A background job of a script ignores SIGINT. So the recorder is in the foreground.
      let script =
        shellEventually + """
          (eventually 20 grep -q '^TracerPid:.[^0]' /proc/$1/status; sleep 0.1; kill -INT $$) &
          exec "$0" record $1 --observer ptrace -- strace -qq -o /dev/null -p $1
          """
      let result = tool.run(
        program: "/bin/sh", ["-c", script, Tool.path, "\(victim.pid)"])
      #expect(result.err.contains("wait4 of any task"), "\(result.err)")
      // strace ends by the signal that it got, and so does the tool.
      #expect(result.status == 130, "\(result.err)")
      #expect(victim.status("TracerPid") == "0")
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.isFinished && run.source == .ptraceObserver)
    }
  }

  @Test("If the recorder is killed, the command continues")
  func ourDeath() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let script =
        shellEventually + """
          echo $PPID >parent; kill -KILL $PPID
          eventually 20 grep -q '^TracerPid:.0$' /proc/$$/status; echo on >done
          """
      let result = record(tool, victim, ["sh", "-c", script])
      #expect(result.status == 137)
      try eventually("it goes on", seeing: { readWhole(tool.folder + "/done") }) { $0 == "on\n" }
    }
  }

  @Test("Pending signals of the victim are reported, with the stop that first shows them")
  func pending() throws {
    try withVictim("blocks-usr1") { victim in
      let tool = try Tool()
      let script = "kill -USR1 $1; exec \"$2\" plain $1"
      let tracers = try #require(Self.tracers)
      let result = record(
        tool, victim, ["sh", "-c", script, "sh", "\(victim.pid)", tracers + "/shapes"])
      #expect(result.status == 0, "\(result.err)")
      let seen = try events(tool, of: victim)
      let fates = seen.compactMap { event -> SignalRecord? in
        if case .signal(let record) = event.payload { record } else { nil }
      }
      #expect(fates.map(\.fate) == [.generated, .pending], "\(fates)")
      #expect(fates.allSatisfy { $0.info.signal == .user1 && $0.toProcess == true })
      #expect(fates.first?.info.sender != nil)
      guard
        let stop = seen.first(where: { $0.kind == .stop }), case .stop(let record) = stop.payload
      else {
        Issue.record("no stop")
        return
      }
      #expect(record.sets?.sharedPending.contains(.user1) == true)
      #expect(record.sets?.blocked.contains(.user1) == true)
      let shown = tool.run("show")
      #expect(shown.out.contains("USR1 pending"), "\(shown.out)")
    }
  }
}
