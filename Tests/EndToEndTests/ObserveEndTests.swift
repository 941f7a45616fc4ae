import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// How a recording of another tracer ends: by itself, by Ctrl-C, with the process, with a hang.
@Suite("A recording ends well in every way", .serialized, .enabled(if: RealCriu.isThere))
struct ObserveEndTests {
  private func events(_ tool: Tool) throws -> [Event] {
    let file = try TraceFile.openForReading(tool.database)
    return try file.events(of: try file.run(.last).number)
  }

  /// Criu with a breakpoint that is never armed: it waits for a stop that does not come.
  private func hangingDump(
    _ victim: LiveProcess, _ tool: Tool, _ options: [String]
  ) -> (words: [String], environment: [String]) {
    (
      ["record", "\(victim.pid)", "-o", tool.database] + options + ["--"]
        + RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]),
      [
        "REAL_CRIU_PRELOAD=\(RealCriu.shim ?? "")", "PLACE_VICTIM=\(victim.pid)", "PLACE_AT=arm",
        "PLACE_EVENT=drop",
      ]
    )
  }

  private func expectSnapshots(
    _ victim: LiveProcess, _ tool: Tool, said: String
  ) throws {
    let lines = said.split(separator: "\n").map(String.init)
    let ofVictim = try #require(lines.first { $0.contains("\(victim.pid) (sleeping)") }, "\(said)")
    for word in ["state S", "sleeps in ", "pc 0x", "pending ", "blocked ", "DR0 0x"] {
      #expect(ofVictim.contains(word), "\(ofVictim)")
    }
    #expect(said.contains("has been in wait4 of any task for"), "\(said)")
    let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
    let tracer = try #require(
      events.first { $0.kind == .seize && $0.tracee == victim.task }?.tracer)
    let ofTracer = try #require(lines.first { $0.contains("\(tracer) (") }, "\(said)")
    #expect(ofTracer.contains("state S, in wait4, sleeps in "), "\(ofTracer)")
    #expect(run.verdict == .missed && run.isFinished)

    // And it is in the file, from before the tracer was ended.
    let ended = try #require(events.last { $0.tracee == tracer && $0.kind == .killed })
    var seen: Set<TaskID> = []
    for event in events where event.entered < ended.entered {
      guard case .snapshot(let snapshot) = event.payload, snapshot.syscall != nil,
        event.entered > timeline.event(timeline.facts.addressPoked ?? 0)?.left ?? event.entered
      else { continue }
      seen.insert(event.tracee)
      #expect(snapshot.state == UInt8(ascii: "S") && snapshot.programCounter != nil)
      #expect(snapshot.sets != nil && snapshot.caught != nil)
      if event.tracee == victim.task {
        #expect(snapshot.dr0 == timeline.facts.armedAddress?.rawValue)
        #expect(snapshot.dr7 == nil, "it was never written")
      }
    }
    #expect(seen == [victim.task, tracer])
    let json = tool.run("show", "--json", "--kind", "snapshot")
    #expect(json.out.contains("sleeps in") && json.out.contains("\"dr0\":\"0x"), "\(json.out)")
    #expect(tool.run("show", "--kind", "snapshot", "--all").out.contains("state read"))
  }

  @Test("The state of a hang is recorded when the time is over, while the tracer still hangs")
  func timeout() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let (words, environment) = hangingDump(victim, tool, ["--timeout", "2"])
      tool.environment = environment
      let result = tool.run(words)
      #expect(result.status == 124, "\(result.err)")
      try expectSnapshots(victim, tool, said: result.err)
    }
  }

  @Test("And on Ctrl-C, which the command gets afterwards")
  func interrupted() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let (words, environment) = hangingDump(victim, tool, [])
      let recorder = try LiveProcess(
        path: "/bin/sh",
        words: ["sh", "-c", "exec \"$@\" 2>\"$0\"", tool.folder + "/err", Tool.path] + words,
        environment: environment)
      // It hangs when the victim runs while its tracer waits.
      try eventually("a tracer", seeing: { victim.status("TracerPid") }) { $0 != "0" }
      usleep(1_500_000)
      recorder.signal(2)
      #expect(recorder.waitForEnd(within: 30_000) == 130)
      try expectSnapshots(victim, tool, said: readWhole(tool.folder + "/err"))
    }
  }

  @Test("Ctrl-C at any moment", arguments: [0, 20, 40, 60, 80, 100, 150, 300])
  func anyMoment(_ delay: UInt32) throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      let recorder = try LiveProcess(
        path: "/bin/sh",
        words: ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/null", Tool.path, "record", "\(victim.pid)"]
          + ["-o", tool.database, "--"]
          + RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]))
      usleep(delay * 1000)
      recorder.signal(2)
      let status = recorder.waitForEnd(within: 30_000)
      // Criu's end: it had finished, or the signal ended it.
      #expect(status == 0 || status == 130, "\(status ?? -1)")
      #expect(victim.status("TracerPid") == "0" || victim.waitForEnd(within: 5000) != nil)
      guard FileManager.default.fileExists(atPath: tool.database) else { return }
      do {
        let runs = try TraceFile.openForReading(tool.database).runs()
        #expect(runs.allSatisfy { $0.isFinished && $0.verdict != nil })
      } catch StoreError.notARecording {
        // The file was still empty; the next recording fills it.
        #expect(tool.run("record", "\(victim.pid)").status == 0)
      }
    }
  }

  @Test("--watch: a criu that is started elsewhere is recorded, and that ends the run")
  func watchesCriu() throws {
    try RealCriu.withVictim(["idle-threads", "8"]) { victim, tool in
      let watcher = try LiveProcess(
        path: "/bin/sh",
        words: ["sh", "-c", "exec \"$@\" 2>\"$0\"", tool.folder + "/err", Tool.path, "record"]
          + ["\(victim.pid)", "--watch", "--timeout", "50", "-o", tool.database])
      try eventually("a watcher", seeing: { readWhole(tool.folder + "/err") }) {
        $0.contains("watching")
      }
      let command = RealCriu.dumpCommand(victim, tool, options: ["--leave-running"])
      let dump = tool.run(program: command[0], Array(command.dropFirst()))
      #expect(dump.status == 0, "\(dump.err)")
      #expect(watcher.waitForEnd(within: 30_000) == 0)
      let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0 && run.verdict == .landed && run.isFinished)
      #expect(timeline.phases.map(\.phase).first == .seize)
      #expect(timeline.phases.map(\.phase).last == .detach)
      // Each thread from its seize to its detach.
      let threads = events.filter { $0.kind == .seize }.map(\.tracee)
      #expect(Set(threads).count == 9)
      #expect(Set(events.filter { $0.kind == .detach }.map(\.tracee)) == Set(threads))
    }
  }

  @Test("Two observers of one dump report the same")
  func two() throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      let other = tool.folder + "/other.db"
      let watcher = try LiveProcess(
        path: "/bin/sh",
        words: ["sh", "-c", "exec \"$@\" 2>\"$0\"", tool.folder + "/err", Tool.path, "record"]
          + ["\(victim.pid)", "--watch", "--timeout", "50", "-o", other])
      try eventually("a watcher", seeing: { readWhole(tool.folder + "/err") }) {
        $0.contains("watching")
      }
      let result = RealCriu.dump(victim, tool, options: ["--leave-running"])
      #expect(result.status == 0, "\(result.err)")
      #expect(watcher.waitForEnd(within: 30_000) == 0)
      func words(_ path: String) throws -> [String] {
        let file = try TraceFile.openForReading(path)
        return try file.events(of: 1).compactMap { event in
          guard event.tracee == victim.task else { return nil }
          switch event.payload {
          case .request(let call): return "\(call.request) \(call.address) \(call.result)"
          case .wait(let call): return "wait \(call.result) \(call.status ?? 0)"
          case .stop(let stop): return "stop \(stop.stopClass.name)"
          case .sigreturn(let record): return "sigreturn \(record.passage)"
          default: return nil
          }
        }
      }
      let (first, second) = (try words(tool.database), try words(other))
      #expect(first.count > 60 && first == second)
    }
  }

  @Test("The process ends during the recording")
  func endsMeanwhile() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      // Before a tracer came.
      let result = tool.run(
        "record", "\(victim.pid)", "--", "sh", "-c", "kill -9 \(victim.pid); sleep 0.2; exit 3")
      #expect(result.status == 3, "the command's own")
      #expect(result.err.contains("did not trace \(victim.pid)"), "\(result.err)")
      let events = try events(tool)
      #expect(events.contains { $0.kind == .killed && $0.tracee == victim.task })
    }
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let result = tool.run(
        program: "/bin/sh",
        [
          "-c", "\"$0\" record $1 --watch --timeout 50 & w=$!; sleep 1; kill -9 $1; wait $w",
          Tool.path, "\(victim.pid)",
        ])
      #expect(result.status == 1)
      #expect(
        result.err.contains("\(victim.pid) was not traced: \(victim.pid) has ended"),
        "\(result.err)")
    }
    // During its dump.
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      tool.environment = [
        "REAL_CRIU_PRELOAD=\(RealCriu.shim ?? "")", "PLACE_VICTIM=\(victim.pid)",
        "PLACE_AT=after:arm", "PLACE_EVENT=kill:9",
      ]
      let result = RealCriu.dump(victim, tool, options: ["--leave-running"])
      #expect(result.status == 1, "\(result.err)")
      let (run, _, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      // Lost, or unfinished if criu's own end was seen first.
      let verdict = timeline.judgement.verdict
      #expect(run.isFinished && [.lost, .unfinished].contains(verdict), "\(timeline.judgement)")
    }
  }

  @Test("Without a process: the tasks that the command traces, or none")
  func withoutProcess() throws {
    let tool = try Tool()
    let result = tool.run(
      "record", "--", "strace", "-qq", "-o", "/dev/null", "sh", "-c", "exit 5")
    #expect(result.status == 5, "\(result.err)")
    let (run, events, timeline) = try RealCriu.lastRun(tool)
    #expect(run.isFinished && run.source == .bpf)
    let traced = try #require(timeline.subject)
    #expect(events.contains { $0.kind == .syscall && $0.tracee == traced })
    #expect(events.contains { $0.kind == .exit && $0.tracee == traced })
    let idle = tool.run("record", "--", "true")
    #expect(idle.status == 1 && idle.err.contains("true did not trace anything"))
    let nothing = tool.run("record")
    #expect(nothing.status == 64 && nothing.err.contains("name a process"), "\(nothing.err)")
  }
}
