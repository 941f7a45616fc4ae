import FiniEngine
import FiniModel
import FiniPtrace
import FiniTestSupport
import Foundation
import Testing

/// A cure of a child of our own comes before the cure of the victim. WitnessTests have the order of the calls.
@Suite("The rehearsal", .serialized)
struct RehearsalTests {
  /// What this process has, as the kernel lists it.
  private struct Belongings: Equatable {
    var descriptors: [String]
    var shared: [Substring]
    var children: String

    init() throws {
      let files = FileManager.default
      descriptors = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
        try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
      }.sorted()
      shared = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(
        separator: "\n"
      ).filter { $0.split(separator: " ")[1].hasSuffix("s") }
      children = try files.contentsOfDirectory(atPath: "/proc/self/task").sorted().map {
        try String(contentsOfFile: "/proc/self/task/\($0)/children", encoding: .utf8)
      }.joined()
    }
  }

  @Test(
    "It leaves no child, no descriptor and no mapping, and nothing of it is recorded",
    arguments: FiniStrategy.allCases)
  @PtraceThread func leavesNothing(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      // The first cure opens what stays open.
      _ = try cure(victim.pid, strategy)
      let before = try Belongings()
      var log = EventLog()
      var rehearsal = try rehearse(victim, strategy, log)
      // On a busy machine it may be ended early.
      for _ in 0..<20 where rehearsal == .failed {
        #expect(try Belongings() == before)
        log = EventLog()
        rehearsal = try rehearse(victim, strategy, log)
      }
      guard case .made(let child) = rehearsal else {
        Issue.record("\(String(describing: rehearsal))")
        return
      }
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"))
      #expect(try Belongings() == before)
      #expect(log.events.allSatisfy { $0.tracee != child })
      #expect(log.events.map(\.sequence) == (1...UInt32(log.events.count)).map { $0 })
    }
  }

  @Test("Without being asked for there is none")
  @PtraceThread func notAskedFor() throws {
    try withVictim("blocked-in-read") { victim in
      let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
      let cure = try Cure(of: facts, options: CureOptions())
      #expect(cure.run(recordingTo: nil).isCured)
      #expect(cure.rehearsal == nil)
    }
  }

  @PtraceThread private func rehearse(
    _ victim: LiveProcess, _ strategy: FiniStrategy, _ log: EventLog
  ) throws -> Rehearsal.Outcome? {
    let facts = try TaskFacts(examining: victim.task, ourselves: TaskID(Doors.ownProcess))
    let cure = try Cure(of: facts, options: CureOptions(strategy: strategy, rehearses: true))
    #expect(cure.run(recordingTo: log).isCured)
    return cure.rehearsal
  }
}
