import FiniModel
import FiniStore
import Testing

@Suite("What is recorded comes back")
struct RoundTripTests {
  @Test("Every kind of payload comes back from the file as it was recorded")
  func everyPayload() throws {
    let scratch = try Scratch()
    let events = Sample.everyPayload
    #expect(Set(events.map(\.kind)) == Set(EventKind.allCases))
    let run: Int64
    do {
      let file = try TraceFile.openForRecording(scratch.path())
      let recorder = try file.beginRun(start())
      for event in events { recorder.record(event) }
      try recorder.finish(end())
      run = recorder.run
    }
    #expect(try scratch.names() == ["fini-trace.db"])
    let file = try TraceFile.openForReading(scratch.path())
    let found = try file.events(of: run)
    #expect(found.count == events.count)
    for (event, back) in zip(events, found) { #expect(event == back) }
  }

  @Test("Random events come back, through a ring much smaller than their number", arguments: 1...8)
  func randomEvents(seed: UInt64) throws {
    let scratch = try Scratch()
    var generator = SeededGenerator(seed: seed)
    let events = (1...700).map { Sample.random(UInt32($0), using: &generator) }
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 64)
    for (index, event) in events.enumerated() {
      recorder.record(event)
      if index % 50 == 49 { try recorder.flush() }
    }
    try recorder.finish(end())
    let found = try file.events(of: recorder.run)
    #expect(found == events)
    let lost = events.reduce(0 as UInt64) { total, event in
      if case .gap(let count) = event.payload { return total + count }
      return total
    }
    #expect(try file.run(.last).lost == lost)
  }

  @Test("A run comes back with its tasks, its anchors, its verdict and its evidence")
  func summary() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(.syscall))
    #expect(try file.run(.last).state == .recording)
    let thread = TaskIdentity(task: TaskID(4712), group: TaskID(4711), startTicks: .max, name: "t")
    try recorder.declare(task: thread)
    recorder.record(plainEvent(1))
    try recorder.finish(end(.intervened))
    let run = try file.run(.number(1))
    #expect(run.number == 1)
    #expect(run.isFinished)
    #expect(run.strategyAsked == .syscall)
    #expect(run.strategyTaken == .breakpoint)
    #expect(run.tracer == tracer)
    #expect(run.tracee == tracee)
    #expect(run.duration == 2_000_000)
    #expect(run.eventCount == 1)
    #expect(run.verdict == .intervened)
    #expect(
      try file.judged(of: 1).mapValues { $0.judgement.evidence.map(\.event) } == [1: [3, 5, 8]])
    #expect(run.exitSummary == "cured")
    #expect(run.started == start().started)
    #expect(run.startedRealtime == start().startedRealtime)
    #expect(run.finishedRealtime == end().finishedRealtime)
    #expect(try file.tasks(of: 1) == [tracer, tracee, thread])
  }

  @Test("Runs are added to a file that exists, and the newest is the last")
  func manyRuns() throws {
    let scratch = try Scratch()
    for number in 1...3 {
      let file = try TraceFile.openForRecording(scratch.path())
      let recorder = try file.beginRun(start())
      for sequence in 1...number { recorder.record(plainEvent(UInt32(sequence))) }
      try recorder.finish(end())
    }
    let file = try TraceFile.openForReading(scratch.path())
    #expect(try file.runs().map(\.number) == [1, 2, 3])
    #expect(try file.runs().map(\.eventCount) == [1, 2, 3])
    #expect(try file.run(.last).number == 3)
    #expect(throws: StoreError.noSuchRun(.number(7), existing: [1, 2, 3])) {
      try file.run(.number(7))
    }
  }

  @Test("Two recorders add runs to one file at the same time")
  func twoRecorders() async throws {
    let scratch = try Scratch()
    let path = scratch.path()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...4 {
        group.addTask {
          for _ in 1...5 {
            let file = try TraceFile.openForRecording(path)
            let recorder = try file.beginRun(start(), journalCapacity: 256)
            for sequence in 1...200 { recorder.record(plainEvent(UInt32(sequence))) }
            try recorder.finish(end())
          }
        }
      }
      try await group.waitForAll()
    }
    let runs = try TraceFile.openForReading(path).runs()
    #expect(runs.count == 20)
    #expect(runs.allSatisfy { $0.eventCount == 200 && $0.isFinished })
    #expect(try sqlite3(path, "PRAGMA integrity_check") == "ok")
  }

  @Test("A tid that is used again belongs to the task that was declared last")
  func tidReuse() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    recorder.record(plainEvent(1))
    let second = TaskIdentity(task: tracee.task, startTicks: 500, name: "second")
    try recorder.declare(task: second)
    recorder.record(plainEvent(2))
    try recorder.finish(end())
    #expect(
      try sqlite3(
        scratch.path(),
        "SELECT t.name FROM event e JOIN task t ON t.run = e.run AND t.number = e.tracee "
          + "ORDER BY e.sequence") == "work er\u{1b}\nsecond")
  }

  @Test("Reading can start after an event and stop before the end")
  func streaming() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    for sequence in 1...10 { recorder.record(plainEvent(UInt32(sequence))) }
    try recorder.flush()
    var seen: [UInt32] = []
    try file.forEachEvent(of: recorder.run, after: 4) {
      seen.append($0.sequence)
      return $0.sequence < 8
    }
    #expect(seen == [5, 6, 7, 8])
    try recorder.finish(end())
  }
}
