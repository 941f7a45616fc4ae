import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("A stop that comes late")
struct LateStopTests {
  @Test("It comes after its deadline: nothing of the task was saved, and nothing is written")
  @PtraceThread func late() throws {
    // In state D for 0.7 s directly after the seize: the first wait has ended by then, the wait of
    // the undo has not.
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

  /// SIGINT to this thread alone, which reads it from a descriptor, after the seize of a task that
  /// waits in vfork for `seconds`.
  @PtraceThread private func interrupted(
    _ victim: LiveProcess, deadline: Int64, log: EventLog
  ) throws -> (report: CureReport, took: UInt64) {
    let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
    var sent: UInt64 = 0
    let hook: @PtraceThread (Int) -> Void = { _ in
      guard sent == 0, log.requests.last?.request == .seize else { return }
      victim.say("again")
      guard victim.reaches(["D"]) else { return }
      sent = Doors.milliseconds
      Doors.tgkill(Doors.ownProcess, Doors.ownTask, 2)
    }
    let report = try PtraceThread.runOnThreadOfItsOwn {
      let options = CureOptions(
        strategy: .syscall, deadline: deadline, interrupts: true, beforeCall: hook)
      return Result { try Cure(of: facts, options: options).run(recordingTo: log) }
    }.get()
    try #require(sent > 0)
    return (report, Doors.milliseconds - sent)
  }

  @Test("Ctrl-C during the first wait ends it, and the end of the tracer lets go of the task")
  @PtraceThread func interruptedBeforeStop() throws {
    try withVictim("vfork-parent", ["2.5"], settled: ["D"]) { victim in
      #expect(victim.nextLine() == "over")
      let log = EventLog()
      let made = try interrupted(victim, deadline: 8_000_000_000, log: log)
      #expect(made.took < 1000)
      #expect(made.report.failure == .leftUnstopped)
      #expect(made.report.wasInterrupted && !made.report.isCured)
      #expect(made.report.leftBehind.isEmpty)
      try eventually("no tracer", seeing: { victim.status("TracerPid") }) { $0 == "0" }
      #expect(victim.state == "D", "it was let go without a stop")
      #expect(victim.nextLine() == "over", "it goes on where it was")
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test("After Ctrl-C a task that does stop is let go from that stop")
  @PtraceThread func interruptedAtStop() throws {
    try withVictim("vfork-parent", ["0.1"], settled: ["D"]) { victim in
      #expect(victim.nextLine() == "over")
      let log = EventLog()
      let made = try interrupted(victim, deadline: 8_000_000_000, log: log)
      #expect(made.report.failure == .interrupted)
      #expect(made.report.wasInterrupted && made.report.isCured)
      #expect(victim.status("TracerPid") == "0")
      #expect(log.requests.last?.request == .detach)
      #expect(victim.nextLine() == "over", "it goes on where it was")
      #expect(victim.ask("on") == "line on")
    }
  }
}
