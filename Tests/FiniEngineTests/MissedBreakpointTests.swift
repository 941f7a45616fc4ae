import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A breakpoint that does not fire", .serialized)
struct MissedBreakpointTests {
  @Test(
    "DR7 cleared without the tracer's knowledge: missed, examined, cured",
    arguments: [FiniStrategy.breakpoint, .breakpointAfter])
  @PtraceThread func missed(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      let log = EventLog()
      var sabotaged = 0
      let made = try cure(victim.pid, strategy, deadline: 150_000_000, log: log) { _ in
        guard sabotaged == 0, let call = log.requests.last,
          call.debugRegisterWrite == .control(.armed)
        else { return }
        // POKEUSER of DR7, not through the gate, on the tracing thread.
        #expect(Doors.ptrace(6, victim.pid, 848 + 7 * 8, 0) == 0)
        sabotaged += 1
      }
      #expect(sabotaged == 1)
      let missed = log.events.compactMap { event -> Missed? in
        if case .missed(let missed) = event.payload { missed } else { nil }
      }
      #expect(missed.map(\.awaited) == [.breakpoint])
      #expect(missed.map(\.waited) == [150_000_000])
      let snapshots = log.events.compactMap { event -> Snapshot? in
        if case .snapshot(let snapshot) = event.payload { snapshot } else { nil }
      }
      try #require(snapshots.count == 1)
      // It has left the blob: it is after the syscall instruction of its own read(2).
      let own = try Look(at: victim.pid)[.rip]
      #expect(snapshots[0].programCounter == RemoteAddress(own))
      #expect(snapshots[0].dr7.map { $0 & 0xff } == 0)
      #expect(snapshots[0].dr6.map { $0 & 1 } == 0)
      #expect(made.verdict == .missed)
      #expect(made.report.leftBehind.isEmpty)
      #expect(made.report.isCured)
      #expect(!victim.maps.contains { $0.contains("memfd") })
      #expect(victim.status("SigBlk") == "0000000000000000")
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test("Signals that come more often than the deadline do not put it off")
  @PtraceThread func deadline() throws {
    try withVictim("timers") { victim in
      let log = EventLog()
      let made = try cure(victim.pid, .breakpoint, deadline: 100_000_000, log: log) { _ in
        guard let call = log.requests.last, call.debugRegisterWrite == .control(.armed)
        else { return }
        #expect(Doors.ptrace(6, victim.pid, 848 + 7 * 8, 0) == 0)
      }
      // A signal every 5 ms. The timers never stop, and give 20 signals within the deadline.
      let held = log.events.filter { event in
        if case .signal(let signal) = event.payload { signal.fate == .held } else { false }
      }
      #expect(held.count > 5)
      #expect(made.verdict == .missed)
      #expect(made.report.isCured)
      #expect(victim.ask("turns")?.hasPrefix("turns ") == true)
    }
  }
}
