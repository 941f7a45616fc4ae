import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// Nothing is lost, nothing is disturbed, and all witnesses see the same.
@Suite("A real criu under observation", .serialized, .enabled(if: RealCriu.isThere))
struct CriuProofTests {
  @Test("600 signals into a dump: each is generated, and delivered or coalesced")
  func signals() throws {
    let folder = try #require(RealCriu.tracers)
    let counts = NSTemporaryDirectory() + "fini-counts-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: counts) }
    try RealCriu.withVictim(["counts-kinds", counts], in: folder) { victim, tool in
      // The sender waits for the tracer, which does not know of the sender.
      let script = "\"$0\" \"$1\" 150 & shift; \"$@\"; s=$?; wait $! || exit 99; exit $s"
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "50", "--", "sh", "-c", script]
          + [folder + "/sends", "\(victim.pid)"]
          + RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]))
      #expect(result.status == 0, "\(result.err)")
      let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0)
      #expect(timeline.judgement.verdict == .landed, "\(timeline.judgement.summary)")
      victim.signal(15)
      #expect(victim.waitForEnd(within: 10_000) == 0)

      var told: [Int32: [SignalRecord.Fate: Int]] = [:]
      var phases: Set<Phase> = []
      for event in events where event.tracee == victim.task {
        guard case .signal(let record) = event.payload,
          [10, 12, 40, 41].contains(record.info.signal.rawValue)
        else { continue }
        told[record.info.signal.rawValue, default: [:]][record.fate, default: 0] += 1
        if record.fate == .generated, let phase = timeline.phase(of: event.sequence) {
          phases.insert(phase)
        }
      }
      #expect(told.values.reduce(0) { $0 + ($1[.generated] ?? 0) } == 600)
      #expect(!phases.isEmpty, "they fell into the dump")
      var own: [Int32: Int] = [:]
      for line in readWhole(counts).split(separator: "\n") {
        let words = line.split(separator: " ").compactMap { Int32($0) }
        if words.count == 2 { own[words[0]] = Int(words[1]) }
      }
      for (signal, fates) in told.sorted(by: { $0.key < $1.key }) {
        #expect(fates[.generated] == 150, "signal \(signal)")
        let coalesced = fates[.coalesced] ?? 0
        #expect((signal >= 34) == (coalesced == 0), "only standard signals coalesce")
        // A blocked signal is delivered after the recording, so only the victim can report it.
        let isBlocked = signal == 12 || signal == 41
        #expect(150 - coalesced == own[signal], "signal \(signal), the victim's own count")
        #expect((fates[.delivered] ?? 0) == (isBlocked ? 0 : own[signal]), "signal \(signal)")
      }
      #expect(own.keys.sorted() == [10, 12, 40, 41])
    }
  }

  @Test("The requests are those that strace, without -f, sees of criu in the same run")
  func strace() throws {
    try RealCriu.withVictim(["idle-threads", "8"]) { victim, tool in
      let log = tool.folder + "/log"
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "50", "--", "strace", "-o", log]
          + ["-e", "trace=ptrace"]
          + RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]))
      #expect(result.status == 0, "\(result.err)")
      var witnessed: [String: Int] = [:]
      for line in readWhole(log).split(separator: "\n") {
        let words = line.split(whereSeparator: { "(, )=|".contains($0) })
        guard words.count > 2, words[0] == "ptrace" else { continue }
        // The newest requests have no name in this version of strace.
        let name = words[1] == "0x420f" ? "PTRACE_GET_RSEQ_CONFIGURATION" : String(words[1])
        witnessed["\(name) of \(words[2])", default: 0] += 1
      }
      let (_, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      let criu = try #require(
        events.first { $0.kind == .seize && $0.tracee == victim.task }?.tracer)
      var seen: [String: Int] = [:]
      for event in events where event.tracer == criu {
        guard case .request(let call) = event.payload else { continue }
        seen["\(call.request.description) of \(event.tracee)", default: 0] += 1
      }
      #expect(witnessed.values.reduce(0, +) > 100)
      #expect(seen == witnessed)
      #expect(timeline.judgement.verdict == .landed)
    }
  }

  @Test("Observed dumps are as unobserved ones: exit status, log, images")
  func undisturbed() {
    let result = House.run(
      House.root + "/tools/observe-proof", ["--tool", Tool.path, "--dumps", "5"], within: 120_000)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("5 of 5 observed dumps are the same as the unobserved ones"))
  }

  @Test("A ring that overflows: every report has the number of lost events, and none says landed")
  func overflow() throws {
    try RealCriu.withVictim(["idle-threads", "64"]) { victim, tool in
      let result = tool.run(
        [
          "record", "\(victim.pid)", "--ring-size", "65536", "--read-at-end", "--timeout", "50",
          "--",
        ] + RealCriu.dumpCommand(victim, tool, options: ["--leave-running"]))
      #expect(result.status == 0, "\(result.err)")
      let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      let gaps = events.compactMap { event -> UInt64? in
        if case .gap(let lost) = event.payload { lost } else { nil }
      }
      let lost = gaps.reduce(0, +)
      #expect(lost > 100 && run.lost == lost)
      #expect(result.err.contains("\(lost) events were lost"), "\(result.err)")
      #expect(timeline.judgement.verdict != .landed)
      #expect(tool.sqlite("SELECT lost FROM run") == [["\(lost)"]])

      let (show, check) = (tool.run("show"), tool.run("check"))
      #expect(show.out.contains("LOST: "), "\(show.out.prefix(500))")
      #expect(check.status == 2 && check.out.contains(" lost"), "\(check.out)")
      let explain = tool.run("explain")
      #expect(explain.status == 2 && explain.out.contains(" lost"), "\(explain.out)")
      #expect(tool.run("list").out.contains(", \(lost) lost"))
      #expect(tool.run("list", "--json").out.contains("\"lost\":\(lost)"))
      // Beside a recording that lost nothing.
      #expect(
        RealCriu.dump(victim, tool, options: ["--leave-running"]).status == 0)
      let compare = tool.run("compare", "1", "2")
      #expect(compare.status != 0)
      let row = compare.outLines.first { $0.hasPrefix("events lost") }?
        .split(separator: " ").map(String.init)
      #expect(row == ["events", "lost", "\(lost)", "0", "-\(lost)"], "\(compare.out)")
    }
  }

  @Test("The clock's anchors put the lines of criu's own log beside the events")
  func anchors() throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      #expect(RealCriu.dump(victim, tool, options: ["--leave-running"]).status == 0)
      let (run, events, _) = try RealCriu.lastRun(tool, of: victim.task)
      func realtime(_ instant: Instant) -> Double {
        Double(run.startedRealtime + (instant - run.started)) / 1e9
      }
      // The two anchors give the same offset.
      let finished = try #require(run.finished)
      let drift = realtime(finished) - Double(run.finishedRealtime ?? 0) / 1e9
      #expect(abs(drift) < 0.01)
      let log = tool.folder + "/images/dump.log"
      let lines = readWhole(log).split(separator: "\n")
      func time(_ line: Substring?) -> Double? {
        line.flatMap { Double($0.dropFirst().prefix { $0 != ")" }) }
      }
      // The kernel's time of the last line, which has a resolution of up to 10 ms.
      let stat = tool.run(program: "stat", ["-c", "%.9Y", log])
      let written = try #require(Double(stat.outLines.first ?? ""))
      let last = try #require(time(lines.last))
      let seized = try #require(time(lines.first { $0.contains("Seized task \(victim.pid)") }))
      let expected = written - last + seized
      let wait = try #require(
        events.first { event in
          guard event.tracee == victim.task, case .wait(let call) = event.payload else {
            return false
          }
          return call.result > 0
        })
      #expect(abs(realtime(wait.left) - expected) < 0.05, "the line and the event that it tells of")
      let end = try #require(
        events.last { $0.kind == .detach && $0.tracee == victim.task })
      #expect(realtime(end.left) < written + 0.01)
    }
  }
}
