import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A stop that comes late")
struct LateStopTests {
  @Test("After its deadline it finds a task that nothing was saved of, and nothing is written")
  @PtraceThread func late() throws {
    // In state D for 0.7 s from right after the seize: the first wait is over by then, the one on
    // the way out not.
    try withVictim("vfork-parent", ["0.7"], settled: ["D"]) { victim in
      #expect(victim.nextLine() == "over")
      let log = EventLog()
      var isAsleep = false
      let made = try cure(victim.pid, .breakpoint, deadline: 400_000_000, log: log) { _ in
        guard !isAsleep, log.requests.last?.request == .seize else { return }
        victim.say("again")
        isAsleep = victim.reaches(["D"])
      }
      #expect(isAsleep)
      #expect(made.report.failure == .overdue(.interruptStop))
      #expect(made.report.leftBehind.isEmpty)
      #expect(victim.nextLine() == "over", "it goes on where it was")
      #expect(victim.reaches(["S"]))
      #expect(victim.status("TracerPid") == "0")
      #expect(!log.requests.contains { [.setRegisterSet, .setSignalMask].contains($0.request) })
    }
  }
}
