@testable import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("An undo that could not be finished, and the one after it")
struct UndoTests {
  /// From nothing to a time in which most cures are done, in nanoseconds.
  private static let deadlines = stride(from: Int64(0), through: 400_000, by: 8_000)

  @Test(
    "Wherever a deadline passes, the task is as it was once it was let go",
    arguments: FiniStrategy.allCases)
  @PtraceThread func deadlines(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      let before = try VictimPortrait(of: victim, resting: "S")
      var broken = 0
      for deadline in Self.deadlines {
        let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
        let cure = try Cure(
          of: facts, options: CureOptions(strategy: strategy, deadline: deadline),
          turn: CureTurn(keepsHold: true))
        let report = cure.run(recordingTo: nil)
        defer { cure.victim.forget() }
        if report.failure != nil { broken += 1 }
        if cure.victim.isTraced {
          try eventually("let go", seeing: { (cure.letGoLate(), cure.victim.stop) }) { $0.0 }
        }
        try #require(victim.status("TracerPid") == "0")
        let place: Comment = "\(deadline) ns: \(String(describing: report.failure))"
        try #require(
          victim.reaches(["S"]),
          """
          \(place) It is in \(victim.state), syscall \(victim.procText("syscall")), held \
          \(cure.victim.isTraced), SigPnd \(victim.status("SigPnd")), ShdPnd \
          \(victim.status("ShdPnd"))
          """)
        let after = try VictimPortrait(of: victim, resting: "S")
        #expect(after.look.differences(from: before.look) == [], place)
        #expect(after.look.mask == before.look.mask, place)
        try #require(Set(after.maps).subtracting(before.maps) == [], place)
        #expect(after.maps.count == before.maps.count, place)
        #expect(after.descriptors == before.descriptors, place)
        #expect(after.code == before.code, place)
      }
      #expect(broken > 0)
      #expect(victim.ask("on") == "line on")
    }
  }
}
