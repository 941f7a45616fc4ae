import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite(
  "A filter that comes while the tracer is there", .serialized,
  .enabled(if: Doors.isRoot, "only root may suspend seccomp"))
struct SeccompTests {
  static let actions = ["kill", "kill-thread", "trap", "errno", "trace", "notify", "log"]

  @Test(
    "Between the examination and the seize: a filter of any action sees nothing of the cure",
    arguments: actions, FiniStrategy.allCases)
  @PtraceThread func late(action: String, strategy: FiniStrategy) throws {
    try withVictim("filters-late", [action]) { victim in
      let made = try cure(victim.pid, strategy) { call in
        guard call == Self.seize(strategy) else { return }
        #expect(victim.ask("filter") == "filtered")
        #expect(victim.reaches(["S"]))
      }
      #expect(made.report.failure == nil)
      #expect(made.report.isCured)
      #expect(victim.status("Seccomp") == "2")
      #expect(victim.ask("on") == "line on")
    }
  }

  /// The index of the seize. Before it come the calls of the breakpoint probe.
  @PtraceThread private static func seize(_ strategy: FiniStrategy) -> Int {
    var number = 0
    _ = try? withVictim("blocked-in-read") { victim in
      let log = try cure(victim.pid, strategy).log
      number = log.calls.firstIndex { $0.kind == .seize && $0.tracee == victim.task } ?? 0
    }
    return number
  }

  @Test(
    "From another thread, before each call of the cure", arguments: FiniStrategy.allCases)
  @PtraceThread func fromOutside(strategy: FiniStrategy) throws {
    let calls = try withVictim("filters-late") { try cure($0.pid, strategy).log.calls.count }
    var filters = 0
    for index in 0..<calls {
      try withVictim("filters-late") { victim in
        let made = try cure(victim.pid, strategy) { call in
          guard call == index else { return }
          victim.signal(63)
          if victim.nextLine() == "filtered" { filters += 1 }
        }
        #expect(made.report.failure == nil, "before call \(index)")
        #expect(made.report.isCured)
        #expect(victim.ask("on") == "line on", "before call \(index)")
      }
    }
    // How often a stop is waited for differs from run to run.
    #expect(filters > calls - 10)
  }
}
