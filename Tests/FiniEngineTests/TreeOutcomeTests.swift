import FiniEngine
import FiniModel
import FiniProof
import FiniPtrace
import FiniTestSupport
import Testing

/// Does something when a task's turn begins, and may end the recording.
final class StagedSink: TreeSink {
  var beforeTurn: (TaskIdentity) -> Void
  var turnsLeft: Int
  var events = 0

  init(turns: Int = .max, beforeTurn: @escaping (TaskIdentity) -> Void = { _ in }) {
    self.beforeTurn = beforeTurn
    turnsLeft = turns
  }

  func begin(_ task: TaskIdentity, firstSequence: UInt32) { beforeTurn(task) }
  func record(_ event: Event) { events += 1 }
  func leaveOut(_ tasks: [TaskIdentity], reason: String, sequence: UInt32) {}
  func end(_ result: TaskResult) -> Bool {
    turnsLeft -= 1
    return turnsLeft > 0
  }
}

@Suite("The outcome of a task of a tree", .serialized)
struct TreeOutcomeTests {
  @PtraceThread private func cureTree(
    below root: Int32, _ sink: StagedSink, _ options: TreeOptions = TreeOptions(cure: CureOptions())
  ) throws -> TreeResult {
    let ourselves = TaskID(Doors.ownProcess)
    let facts = try TaskFacts(examining: TaskID(root), ourselves: ourselves)
    return TreeCure(
      below: facts.identity, ourselves: ourselves, options: options, recordingTo: sink
    ).run()
  }

  @Test("Cured, each of them")
  @PtraceThread func cured() throws {
    try withVictim("process-tree", ["4", "2"]) { victim in
      let sink = StagedSink()
      let result = try cureTree(below: victim.pid, sink)
      #expect(result.tasks.map(\.outcome) == Array(repeating: .cured, count: 5))
      #expect(result.tasks.allSatisfy { $0.reason.isEmpty && $0.report?.verdict == .landed })
      #expect(sink.events > 5 * 30)
      #expect(victim.ask("on") == "line on")
    }
  }

  @Test("Vanished: it ended directly before its turn, and nothing was done to it")
  @PtraceThread func vanishedBefore() throws {
    try Doors.withFork(.paused) { child in
      let sink = StagedSink { _ in Doors.reap(child) }
      let result = try cureTree(below: child, sink)
      #expect(result.tasks.map(\.outcome) == [.vanished])
      #expect(sink.events == 0)
    }
  }

  @Test(
    "Vanished: another process had its number by then, and is not touched",
    .enabled(if: Doors.isRoot, "only root may choose a number"))
  @PtraceThread func vanishedAndReplaced() throws {
    try Doors.withReusedNumber { number, replace in
      var replaced = 0
      var failure: (any Error)?
      let sink = StagedSink { _ in
        guard replaced == 0 else { return }
        replaced += 1
        do { try replace() } catch { failure = error }
      }
      let result = try cureTree(below: number, sink)
      #expect(failure == nil)
      #expect(result.tasks.map(\.outcome) == [.vanished])
      #expect(sink.events == 0)
      #expect(statusField(of: number, "TracerPid") == "0")
      // It was made just now, and may not have come to its pause yet.
      #expect(OtherTask(pid: number).reaches(["S"]))
    }
  }

  @Test(
    "Ended during its cure: killed, it vanished; by a fault, the cure failed",
    arguments: [(9, CureOutcome.vanished), (11, .failed), (5, .failed)] as [(Int32, CureOutcome)])
  @PtraceThread func ended(signal: Int32, outcome: CureOutcome) throws {
    try withVictim("blocked-in-read") { victim in
      // It was seized and not asked to stop yet: a signal that stops it now is delivered.
      let options = CureOptions(strategy: .syscall) { call in
        guard call == 1 else { return }
        victim.signal(signal)
        #expect(victim.reaches(signal == 9 ? ["Z"] : ["t"]))
      }
      let result = try cureTree(below: victim.pid, StagedSink(), TreeOptions(cure: options))
      #expect(result.tasks.map(\.outcome) == [outcome], "\(result.tasks.map(\.reason))")
    }
  }

  @Test("Refused: another tracer has it")
  @PtraceThread func refused() throws {
    try withVictim("blocked-in-read") { victim in
      // The tracer comes directly before the turn, when the tree was begun already.
      var tracer: Int32 = 0
      let sink = StagedSink { _ in tracer = Doors.startOtherTracer(of: victim.pid) }
      let result = try cureTree(below: victim.pid, sink)
      defer { Doors.reap(tracer) }
      #expect(tracer > 0)
      #expect(result.tasks.map(\.outcome) == [.refused])
      #expect(result.tasks.first?.reason.contains("traced by \(tracer)") ?? false)
      #expect(sink.events == 0)
    }
  }

  @Test("Let go: there is no gap for the parasite, and it is as it was")
  @PtraceThread func letGo() throws {
    let facts = VictimFacts.named("no-room limit")
    try facts.withVictim { victim, _ in
      let result = try cureTree(below: victim.pid, StagedSink())
      #expect(result.tasks.map(\.outcome) == [.letGo])
      #expect(result.tasks.first?.reason.contains("RLIMIT_AS") ?? false)
      #expect(facts.complaints(of: victim) == [])
    }
  }

  @Test("Not visited: the recording ended, or it came after the last scan")
  @PtraceThread func notVisited() throws {
    try withVictim("process-tree", ["3", "3"]) { victim in
      let result = try cureTree(below: victim.pid, StagedSink(turns: 2))
      #expect(result.tasks.map(\.outcome) == [.cured, .cured, .notVisited, .notVisited])
      #expect(result.wasEndedBySink)
      // The first look is no second one.
      let once = try cureTree(
        below: victim.pid, StagedSink(), TreeOptions(cure: CureOptions(), rescans: 0))
      #expect(once.tasks.map(\.outcome) == Array(repeating: .cured, count: 4))
      let none = try cureTree(
        below: victim.pid, StagedSink(), TreeOptions(cure: CureOptions(), rescans: -1))
      #expect(none.tasks.map(\.outcome) == Array(repeating: .notVisited, count: 4))
      #expect(victim.ask("on") == "line on")
    }
  }
}
