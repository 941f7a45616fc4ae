import FiniEngine
import FiniModel
import FiniPtrace
import FiniSession
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// How often a run is judged on its way into the file and to the screen.
///
/// It counts what the whole process judges, so nothing may run beside it: tools/check runs what traces alone.
@Suite(.serialized)
struct JudgedOnceTests {
  /// The tests come from different threads, and one of them must not become the tracer's.
  init() async { await Task { @PtraceThread in }.value }

  /// Runs `body` with the book of a new file; how many timelines were made meanwhile.
  private func readings(_ body: (RunBook) throws -> Void) throws -> Int {
    let folder = NSTemporaryDirectory() + "fini-session-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let book = try RunBook(recordingTo: folder + "/runs.db")
    let before = Timeline.readings
    try body(book)
    return Timeline.readings - before
  }

  /// What is stored of a run is what was handed on to be printed.
  private func expectStored(_ run: LoadedRun, in file: TraceFile) throws {
    let row = try file.run(.number(run.summary.number))
    let judgement = run.timeline.judgement
    #expect(row.isFinished && row.verdict == judgement.verdict)
    #expect(row.evidence == judgement.evidence.map { $0.event })
    #expect(row.frozen == run.timeline.costs.frozen)
    #expect(row.eventCount == run.timeline.events.count || run.summary.source == .ptraceObserver)
    #expect(try file.headers() == [run.header])
  }

  @Test("A cure", arguments: [FiniStrategy.breakpoint, .direct])
  func cure(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      let count = try readings { book in
        let facts = try Victims.examine(TaskID(victim.pid))
        let result = try Recording(
          of: facts, options: CureOptions(strategy: strategy), in: book
        ).make()
        #expect(result.isGood && result.run.timeline.judgement.landed == true)
        #expect(result.run.timeline.costs.frozen != nil)
        try expectStored(result.run, in: book.file)
      }
      #expect(count == 1)
    }
  }

  @Test("A tree: each task once")
  func tree() throws {
    try withVictim("idle-threads", ["4"]) { victim in
      var tasks = 0
      let count = try readings { book in
        let result = try TreeRecording(
          below: TaskID(victim.pid), options: TreeOptions(cure: CureOptions(strategy: .direct))
        ).make(in: book)
        let reading = try result.tree.reading()
        tasks = reading.tasks.count
        #expect(reading.count(.cured) == tasks && reading.landed == true)
        let row = try book.file.run(.last)
        #expect(row.verdict == reading.verdict && row.frozen == reading.frozen.last)
        #expect(try book.file.headers() == [result.tree.header])
        // What each cure has in the file is what is printed of it.
        for (cure, task) in zip(result.tree.cures, reading.tasks) {
          #expect(cure.end?.verdict == task.judgement?.verdict)
          #expect(cure.end?.frozen == task.costs.frozen)
        }
      }
      #expect(tasks > 1)
      #expect(count == tasks)
    }
  }

  @Test("An import, and the same events from an observer")
  func foreign() throws {
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    let count = try readings { book in
      let result = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in }, tell: { _ in })
      try expectStored(try #require(result.run), in: book.file)
    }
    #expect(count == 1)
    var events: [Event] = []
    _ = try readings { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in }, tell: { _ in })
      events = try book.file.events(of: 1)
    }
    let tracer = try #require(events.first { $0.kind.isCall }?.tracer)
    let observed = try readings { book in
      // Without a process it is about what the tracer traced.
      var recording = ObservedRecording(
        of: TaskIdentity(task: TaskID(0), startTicks: nil, name: ""), by: .ptraceObserver,
        in: book, tell: { _ in })
      try recording.begin(tracer: TaskIdentity(task: tracer, startTicks: nil, name: "tracer"))
      try recording.take(events, naming: [])
      let run = try #require(try recording.finish(reason: nil, shortcoming: nil))
      #expect(run.summary.subject?.task == run.timeline.subject)
      try expectStored(run, in: book.file)
    }
    #expect(observed == 1)
  }
}
