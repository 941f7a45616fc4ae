import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("An extended state that rt_sigreturn did not give back", .serialized)
struct MendingTests {
  /// The offset of the frame's magic in the parasite's memory: two pages, struct rt_sigframe up to
  /// the next multiple of 64, and the words reserved for software.
  private static let magic: UInt64 = 2 * 4096 + 320 + 464

  @Test(
    "The tracer writes it and reports it, and no harm is done",
    .enabled(if: House.vectorWidth > 128, "this processor has x87 and SSE alone"),
    arguments: [FiniStrategy.breakpoint, .breakpointAfter, .syscall])
  @PtraceThread func mended(strategy: FiniStrategy) throws {
    try withVictim("holds-vectors") { victim in
      let log = EventLog()
      var isSpoiled = false
      let made = try cure(victim.pid, strategy, log: log) { _ in
        // While it is stopped in fini, the parasite has its frame ready. With another magic in it,
        // the kernel takes only x87 and SSE from it.
        guard !isSpoiled, log.stops.last?.stopClass == .interrupt, log.serves,
          let region = victim.maps.first(where: { $0.contains("rwxs") }),
          let start = UInt64(region.prefix { $0 != "-" }, radix: 16)
        else { return }
        isSpoiled = Doors.ptrace(5, victim.pid, start + Self.magic, 0) == 0
      }
      #expect(isSpoiled)
      #expect(made.report.isCured)
      #expect(made.report.leftBehind.isEmpty)
      let told = log.events.compactMap { event -> PutBack? in
        if case .putBack(let record) = event.payload, record.item == .extendedState {
          record
        } else {
          nil
        }
      }
      #expect(told.count == 1)
      #expect(told.first?.mended.contains(.avx) ?? false)
      #expect(told.first?.succeeded ?? false)
      #expect(victim.ask("on") == "line on \(House.vectorWidth)", "every register is as it was")
    }
  }

  @Test("A state that came back by itself is not reported", arguments: FiniStrategy.allCases)
  @PtraceThread func nothingToMend(strategy: FiniStrategy) throws {
    try withVictim("holds-state") { victim in
      let made = try cure(victim.pid, strategy)
      #expect(made.report.isCured)
      for event in made.log.events {
        if case .putBack(let record) = event.payload { #expect(record.mended.isEmpty) }
      }
      #expect(victim.ask("on") == "line on")
    }
  }
}

extension EventLog {
  /// Whether the parasite has answered its last command.
  fileprivate var serves: Bool {
    events.contains { event in
      if case .rpc(let record) = event.payload {
        record.command == .misc && record.direction == .acknowledged
      } else {
        false
      }
    }
  }
}
