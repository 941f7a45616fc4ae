@testable import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A trap of the breakpoint that comes together with PTRACE_INTERRUPT")
struct LateTrapTests {
  /// How long the tracer waits between the resume in fini and PTRACE_INTERRUPT, in nanoseconds.
  private static let pauses = stride(from: Int64(0), to: 20_000, by: 40)
  /// How long both are tried to coincide, in nanoseconds.
  private static let patience: Int64 = 60_000_000_000

  /// Whether the trap waited in the thread's queue at a stop that was not its own.
  private func waits(_ event: Event) -> Bool {
    guard case .signal(let record) = event.payload else { return false }
    return record.fate == .pending && record.info.code == .trapHardwareBreakpoint
  }

  @Test(
    "It is taken before the task is let go, which it would kill otherwise",
    arguments: FiniStrategy.allCases.filter(\.needsBreakpoints))
  @PtraceThread func taken(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      let before = try VictimPortrait(of: victim, resting: "S")
      let end = Tracer.now().advanced(by: Self.patience)
      var together = 0
      while together == 0, Tracer.now() < end {
        for pause in Self.pauses where together == 0 {
          together += try raced(victim, strategy, pause)
          try #require(victim.reaches(["S"]), "it is in \(victim.state) after \(pause) ns")
          try #require(victim.status("TracerPid") == "0")
        }
      }
      try #require(together > 0, "the two never came together")
      let after = try VictimPortrait(of: victim, resting: "S")
      #expect(after.look.differences(from: before.look) == [])
      #expect(after.look.mask == before.look.mask)
      #expect(after.maps == before.maps)
      #expect(victim.ask("on") == "line on")
    }
  }

  /// One cure that gives up fini at once, and interrupts the task a little later.
  ///
  /// - Returns: 1 if the trap was there already when the task stopped for the interrupt.
  @PtraceThread private func raced(
    _ victim: LiveProcess, _ strategy: FiniStrategy, _ pause: Int64
  ) throws -> Int {
    let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
    let log = EventLog()
    let cure = try Cure(
      of: facts, options: CureOptions(strategy: strategy, deadline: 2_000_000_000))
    var isRacing = false
    var hasRaced = false
    var together = 0
    log.onEvent = { event in
      switch event.payload {
      case .request(let call) where call.request == .cont:
        guard case .inFini = cure.held.hold, !hasRaced else { return }
        isRacing = true
        cure.victim.deadline = 0
      case .missed where isRacing:
        isRacing = false
        hasRaced = true
        cure.victim.deadline = 2_000_000_000
        let end = Tracer.now().advanced(by: pause)
        while Tracer.now() < end {}
      default:
        if waits(event) { together = 1 }
      }
    }
    let report = cure.run(recordingTo: log)
    if together > 0 { #expect(report.isCured && report.failure == nil) }
    return together
  }
}
