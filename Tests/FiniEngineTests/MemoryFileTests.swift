import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

/// A tracer that may not open `map_files` shares a memory file with the victim instead.
@Suite(
  "A cure by a memory file", .serialized, .enabled(if: Doors.isRoot, "a right can't be given up"))
struct MemoryFileTests {
  static let victims = VictimFacts.all.filter {
    ["blocked-in-read", "in-namespaces", "noexec-memfd", "many-maps", "dead-leader"]
      .contains($0.name)
  }

  @Test(
    "Cured, unchanged and working, even if a memory file may not be executable",
    arguments: victims, FiniStrategy.allCases)
  @PtraceThread func cured(facts: VictimFacts, strategy: FiniStrategy) throws {
    try facts.withVictim { victim, patient in
      let before = try VictimPortrait(of: patient, resting: facts.rest)
      #expect(patient.reaches([facts.rest]))
      let made = try Doors.withoutMapFiles {
        #expect(!mayMapRegions())
        return try cure(patient.pid, strategy)
      }
      #expect(made.report.failure?.message == nil)
      #expect(made.report.isCured)
      #expect(made.verdict == .landed)
      // The first remote call: a memory file, and again without MFD_EXEC if that is refused.
      #expect(made.log.stops.compactMap(\.syscall?.number).first == 319)
      #expect(patient.reaches([facts.rest]))
      let after = try VictimPortrait(of: patient, resting: facts.rest)
      #expect(after.differences(from: before, isStill: facts.isStill) == [])
      #expect(facts.complaints(of: victim) == [])
    }
  }

  @Test("The policy is in force: level 2 refuses MFD_EXEC, and the cure tries again without it")
  @PtraceThread func refused() throws {
    let calls = try ["1", "2"].map { level in
      let facts = VictimFacts.named("noexec-memfd " + level)
      return try facts.withVictim { _, patient in
        let made = try Doors.withoutMapFiles { try cure(patient.pid, .direct) }
        return made.log.stops.compactMap(\.syscall?.number).count { $0 == 319 }
      }
    }
    #expect(calls == [1, 2])
  }

  @Test("No free descriptor: reported, and left as it was", arguments: FiniStrategy.allCases)
  @PtraceThread func noDescriptors(strategy: FiniStrategy) throws {
    let facts = VictimFacts.named("no-descriptors")
    try facts.withVictim { victim, patient in
      let made = try Doors.withoutMapFiles { try cure(patient.pid, strategy) }
      #expect(made.report.failure?.message.contains("RLIMIT_NOFILE") ?? false)
      #expect(made.report.isCured)
      #expect(made.report.leftBehind.isEmpty)
      #expect(facts.complaints(of: victim) == [])
    }
  }
}
