import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// What a traced CRIU shows less than one that BPF watches.
extension PlacedEvent {
  /// The findings: the task's own rt_sigreturn is not seen, nor what it did to the mask.
  fileprivate var tracedFindings: Set<Cause> {
    ["A", "H", "I", "J"].contains(letter)
      ? findings.subtracting([.maskChanged, .selfCured]) : findings
  }
}

@Suite("A real CRIU works as usual while traced", .serialized, .enabled(if: RealCriu.isThere))
struct RealCriuTracedTests {
  @Test("With one event placed at one request", arguments: PlacedEvent.all)
  func placed(_ placed: PlacedEvent) throws {
    try RealCriu.withVictim(["sleeping", "0.5"]) { victim, tool in
      tool.environment = placed.environment(for: victim)
      let result = RealCriu.dump(
        victim, tool, options: ["--leave-running"], timeout: placed.status == 124 ? "3" : "30",
        observer: "ptrace")
      #expect(result.status == placed.status, "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      #expect(run.source == .ptraceObserver && run.verdict == placed.verdict)
      let timeline = Timeline(reading: try file.events(of: run.number), subject: victim.task)
      let judgement = timeline.judgement
      #expect(judgement.verdict == placed.verdict, "\(judgement.summary)")
      #expect(judgement.caught == placed.caught)
      #expect(
        Set(judgement.findings.map(\.kind)) == placed.tracedFindings, "\(judgement.findings)")
      if placed.verdict == .landed {
        #expect(
          timeline.phases.map(\.phase) == [
            .seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap, .detach,
          ])
        #expect(readWhole(tool.folder + "/images/dump.log").contains("finished successfully"))
        #expect(victim.status("TracerPid") == "0")
      }
      if placed.caught == .breakpoint {
        // CRIU never reads the program counter there: the observer did.
        let places = timeline.events.compactMap { event -> RemoteAddress? in
          guard case .stop(let stop) = event.payload, stop.stopClass == .breakpoint else {
            return nil
          }
          return stop.programCounter
        }
        #expect(places == [try #require(timeline.facts.armedAddress)])
        #expect(judgement.evidence.contains { $0.reason.hasPrefix("SIGTRAP at pc = ") })
      }
      if placed.letter == "K" {
        // Found in a queue at the next stop, and blocked until the end.
        let user = try #require(timeline.signals.first { $0.signal == .user1 })
        #expect(user.firstPending != nil, "\(user)")
      }
    }
  }
}
