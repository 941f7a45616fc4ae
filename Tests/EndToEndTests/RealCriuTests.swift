import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// One event at one request of an unmodified CRIU, and what the reports must say.
struct PlacedEvent: CustomTestStringConvertible, Sendable {
  var letter: String
  var place: String
  var event: String
  var status: Int32
  var verdict: Verdict
  var findings: Set<Cause>
  var caught: FiniStrategy?
  var environment: [String] = []

  var testDescription: String { "\(letter): \(event) at \(place)" }

  /// How the preloaded library is told of it.
  func environment(for victim: LiveProcess) -> [String] {
    [
      "REAL_CRIU_PRELOAD=\(RealCriu.shim ?? "")", "PLACE_VICTIM=\(victim.pid)",
      "PLACE_AT=\(place)", "PLACE_EVENT=\(event)",
    ] + environment
  }

  /// The letters as in docs/Decisions/0018.
  static let all: [PlacedEvent] = [
    PlacedEvent(
      letter: "nothing", place: "", event: "", status: 0, verdict: .landed, findings: [],
      caught: .breakpoint),
    PlacedEvent(
      letter: "A", place: "after:arm", event: "kill:19", status: 1, verdict: .intervened,
      findings: [.detachedArmed, .signalLost, .blobLeft, .maskChanged]),
    PlacedEvent(
      letter: "B", place: "after:arm", event: "kill:5", status: 0, verdict: .intervened,
      findings: [.signalLost]),
    PlacedEvent(
      letter: "C", place: "after:arm", event: "kill:18", status: 0, verdict: .intervened,
      findings: []),
    PlacedEvent(
      letter: "D", place: "fini", event: "stop-wait:19", status: 0, verdict: .intervened,
      findings: [.signalLost]),
    PlacedEvent(
      letter: "E", place: "cont", event: "kill:18", status: 1, verdict: .neverReached,
      findings: []),
    PlacedEvent(
      letter: "F", place: "cont", event: "kill:19", status: 1, verdict: .neverReached,
      findings: [.signalLost]),
    PlacedEvent(
      letter: "G", place: "arm", event: "drop", status: 124, verdict: .missed,
      findings: [.blobLeft]),
    PlacedEvent(
      letter: "H", place: "after:arm", event: "die", status: 137, verdict: .unfinished,
      findings: [.leftArmed, .blobLeft, .maskChanged]),
    PlacedEvent(
      letter: "I", place: "fini", event: "die", status: 137, verdict: .unfinished,
      findings: [.blobLeft, .selfCured]),
    PlacedEvent(
      letter: "J", place: "cont", event: "die", status: 137, verdict: .unfinished,
      findings: [.memoryPatched, .registersLeft, .maskChanged]),
    PlacedEvent(
      letter: "K", place: "after:arm", event: "kill:10", status: 0, verdict: .landed, findings: [],
      caught: .breakpoint),
    PlacedEvent(
      letter: "L", place: "", event: "", status: 0, verdict: .landed, findings: [],
      caught: .syscall, environment: ["CRIU_FAULT=130"]),
    PlacedEvent(
      letter: "M", place: "disarm:0", event: "drop", status: 0, verdict: .landed,
      findings: [.detachedArmed], caught: .breakpoint),
  ]
}

@Suite("A real CRIU is judged right", .serialized, .enabled(if: RealCriu.isThere))
struct RealCriuTests {
  @Test("With one event placed at one request", arguments: PlacedEvent.all)
  func placed(_ placed: PlacedEvent) throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      tool.environment = placed.environment(for: victim)
      let result = RealCriu.dump(
        victim, tool, options: ["--leave-running"], timeout: placed.status == 124 ? "2" : "30")
      #expect(result.status == placed.status, "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      let timeline = Timeline(reading: try file.events(of: run.number), subject: victim.task)
      let judgement = timeline.judgement
      #expect(judgement.verdict == placed.verdict, "\(judgement.summary)")
      #expect(run.verdict == placed.verdict && run.lost == 0)
      #expect(judgement.caught == placed.caught)
      #expect(Set(judgement.findings.map(\.kind)) == placed.findings, "\(judgement.findings)")
      if placed.verdict == .landed {
        #expect(
          timeline.phases.map(\.phase) == [
            .seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap, .detach,
          ])
      }
      if placed.letter == "K" {
        let user = timeline.signals.first { $0.signal == .user1 }
        #expect(user?.fate == .delivered)
      }
      let check = tool.run("check")
      // Landed and clean are two answers.
      let isGood = placed.verdict == .landed && placed.letter != "M"
      #expect((check.status == 0) == isGood, "\(check.out)")
      if placed.letter == "nothing" { expectNothingWrong(tool) }
    }
  }

  @Test("Without --leave-running the task is killed, and fini landed nevertheless")
  func killed() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let result = RealCriu.dump(victim, tool)
      #expect(result.status == 0, "\(result.err)")
      let run = try TraceFile.openForReading(tool.database).run(.last)
      #expect(run.verdict == .landed)
      #expect(victim.waitForEnd(within: 5000) == 137)
      expectNothingWrong(tool)
    }
  }

  /// CRIU tries what the kernel can do with children that it kills: they are nothing that went wrong.
  private func expectNothingWrong(_ tool: Tool) {
    let explain = tool.run("explain")
    #expect(explain.status == 0, "\(explain.out)")
    #expect(explain.out.hasPrefix("Nothing wrong"), "\(explain.out)")
  }

  @Test("Threads: each is seized and let go, the daemon is in the leader", arguments: [8, 64])
  func threads(_ count: Int) throws {
    try RealCriu.withVictim(["idle-threads", "\(count)"]) { victim, tool in
      let result = RealCriu.dump(victim, tool, options: ["--leave-running"])
      #expect(result.status == 0, "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      #expect(run.verdict == .landed && run.lost == 0, "\(run.exitSummary ?? "")")
      let events = try file.events(of: run.number)
      func tasks(_ kind: EventKind) -> Set<TaskID> {
        Set(
          events.filter {
            guard $0.kind == kind, case .request(let call) = $0.payload else { return false }
            return call.error == nil && $0.tracer == run.tracer.task
          }.map(\.tracee))
      }
      let threads = Set(
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(victim.pid)/task")
          .compactMap { Int32($0) }.map { TaskID($0) })
      #expect(threads.count > count)
      #expect(tasks(.seize).isSuperset(of: threads))
      #expect(tasks(.detach).isSuperset(of: threads))
      for thread in threads where thread != victim.task {
        let judgement = Timeline(reading: events, subject: thread).judgement
        #expect(judgement.verdict == .neverReached && !judgement.leftTraces, "\(judgement)")
      }
    }
  }
}
