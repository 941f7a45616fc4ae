import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

/// One victim and one strategy.
struct VictimCase: CustomTestStringConvertible {
  var victim: VictimFacts
  var strategy: FiniStrategy

  var testDescription: String { "\(victim), \(strategy.name)" }

  static let all: [VictimCase] = VictimFacts.all.filter(\.isAvailable).flatMap { victim in
    FiniStrategy.allCases.map { VictimCase(victim: victim, strategy: $0) }
  }
}

@Suite("Every victim, every strategy", .serialized)
struct EveryVictimTests {
  @Test("Cured or refused with the reason; unchanged; and working", arguments: VictimCase.all)
  @PtraceThread func one(_ one: VictimCase) throws {
    let facts = one.victim
    try facts.withVictim { victim, patient in
      // The registers of a task in state D can't be read.
      guard facts.rest != "D" else {
        try Self.expect(cure(patient.pid, one.strategy, deadline: 200_000_000), of: one)
        #expect(patient.status("TracerPid") == "0")
        return
      }
      // The first stop turns a call with a restart block into restart_syscall(2).
      _ = try Look(at: patient.pid)
      #expect(patient.reaches([facts.rest]))
      let before = try VictimPortrait(of: patient, resting: facts.rest)
      #expect(patient.reaches([facts.rest]))
      try Self.expect(cure(patient.pid, one.strategy), of: one)
      #expect(patient.status("TracerPid") == "0")
      #expect(patient.reaches([facts.rest]))
      let after = try VictimPortrait(of: patient, resting: facts.rest)
      #expect(after.differences(from: before, isStill: facts.isStill) == [])
      #expect(facts.complaints(of: victim, looks: 3) == [])
    }
  }

  private static func expect(_ made: MadeCure, of one: VictimCase) {
    let message = made.report.failure?.message
    switch one.victim.outcome {
    case .cured:
      #expect(message == nil)
      #expect(made.report.isCured)
      #expect(made.report.taken == one.victim.taken(insteadOf: one.strategy))
      #expect(one.victim.allows(made.verdict, of: made.report.taken), "\(made.verdict)")
    case .told(let cause):
      #expect(message?.contains(cause) ?? false, "\(message ?? "no failure")")
      #expect(made.verdict == .neverReached)
    }
    #expect(made.report.leftBehind.isEmpty)
  }
}
