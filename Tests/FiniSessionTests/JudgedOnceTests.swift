import FiniEngine
import FiniModel
import FiniPtrace
import FiniSession
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// How often a run is judged on its way into the file and to the screen, and when it is read again.
///
/// It counts what the whole process judges, so nothing may run beside it: tools/check runs what traces alone.
@Suite(.serialized)
struct JudgedOnceTests {
  /// The tests come from different threads, and one of them must not become the tracer's.
  init() async { await Task { @PtraceThread in }.value }

  /// Runs `body` with the book of a new file; how many times it judged meanwhile.
  private func judgements(_ body: (RunBook) throws -> Void) throws -> Int {
    let folder = NSTemporaryDirectory() + "fini-session-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let book = try RunBook(recordingTo: folder + "/runs.db")
    let before = RunJudge.judgements
    try body(book)
    return RunJudge.judgements - before
  }

  /// What is stored of a run is what was handed on to be printed.
  private func expectStored(_ run: JudgedRun, in file: TraceFile) throws {
    let row = try file.run(.number(run.summary.number))
    let judgement = run.judged.judgement
    #expect(row == run.summary)
    #expect(row.isFinished && row.verdict == judgement.verdict)
    #expect(row.frozen == run.judged.costs.frozen)
    #expect(try file.headers() == [run.answer.header])
    try expectNotJudged {
      let answer = try Answer(row, in: file, task: nil)
      var told = run.judged
      // Of the phases those that are named beside the evidence.
      told.phases.removeAll { span in
        !judgement.evidence.contains { proof in
          run.judged.phases.last { $0.first <= proof.event } == span
        }
      }
      told.signals = []
      #expect(answer.judged == told && answer.header == run.answer.header)
      #expect(answer.start == run.answer.start && answer.landed == run.answer.landed)
      // The events can be read, and so can the judgement that was stored.
      let read = try LoadedRun(row, in: file)
      #expect(read.timeline.judgement == judgement && read.header == run.answer.header)
      #expect(row.eventCount == read.timeline.events.count)
      #expect(read.timeline.start == run.answer.start)
      // All of it: evidence, findings, phases, costs, signals.
      let subject = try file.tasks(of: row.number).lastIndex { $0.task == read.timeline.subject }
      #expect(try file.judged(of: row.number) == [Int64(try #require(subject)): run.judged])
      #expect(run.judged == read.timeline.judged)
      #expect(Explanation(of: read.timeline).judgement == judgement)
      let compared = try ComparedRuns([row, row], everything: false, in: file)
      #expect(compared.runs.map { $0.verdict } == [judgement.verdict, judgement.verdict])
      // The same as by the events alone.
      let byEvents = Comparison([
        ComparedRun(read.timeline, label: "a"), ComparedRun(read.timeline, label: "a"),
      ])
      let byFile = Comparison(compared.runs)
      #expect(byFile.phases == byEvents.phases && byFile.totals == byEvents.totals)
      #expect(byFile.kinds == byEvents.kinds && byFile.steps == byEvents.steps)
      #expect(byFile.areEqual && compared.parting != nil)
      #expect(compared.parting?.divergence == nil)
      // Of three no event is read.
      let three = try ComparedRuns([row, row, row], everything: false, in: file)
      #expect(!three.runs.contains { $0.hasKinds } && three.parting == nil)
    }
  }

  private func expectNotJudged(_ body: () throws -> Void) throws {
    let before = RunJudge.judgements
    try body()
    #expect(RunJudge.judgements == before)
  }

  @Test("A cure", arguments: [FiniStrategy.breakpoint, .direct])
  func cure(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      let count = try judgements { book in
        let facts = try Victims.examine(TaskID(victim.pid))
        let result = try Recording(
          of: facts, options: CureOptions(strategy: strategy), in: book
        ).make()
        #expect(result.isGood && result.run.judged.judgement.landed == true)
        #expect(result.run.judged.costs.frozen != nil)
        try expectStored(result.run, in: book.file)
      }
      #expect(count == 1)
    }
  }

  @Test("A tree: each task once")
  func tree() throws {
    try withVictim("idle-threads", ["4"]) { victim in
      var tasks = 0
      let count = try judgements { book in
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
          #expect(cure.verdict == task.judgement?.verdict)
          #expect(cure.frozen == task.costs.frozen)
        }
        // And nothing is judged again when it is read.
        try expectNotJudged {
          let read = try LoadedTree(row, in: book.file)
          let again = try read.reading()
          #expect(again.tasks.map { $0.judgement } == reading.tasks.map { $0.judgement })
          #expect(again.tasks.map { $0.costs } == reading.tasks.map { $0.costs })
          #expect(again.tasks.map { $0.events } == reading.tasks.map { $0.events })
          for cure in read.cures {
            let answer = try #require(try read.answers(of: cure.identity.task).first)
            #expect(try read.run(of: cure)?.timeline.judgement == answer.judged.judgement)
            #expect(try read.run(of: cure)?.timeline.costs == answer.judged.costs)
            #expect(answer.landed == true && answer.header.pid == cure.identity.task)
          }
        }
      }
      #expect(tasks > 1)
      #expect(count == tasks)
    }
  }

  @Test("An import, and the same events from an observer")
  func foreign() throws {
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    let count = try judgements { book in
      let result = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in })
      try expectStored(result.run, in: book.file)
    }
    #expect(count == 1)
    var events: [Event] = []
    _ = try judgements { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in })
      events = try book.file.events(of: 1)
    }
    let tracer = try #require(events.first { $0.kind.isCall }?.tracer)
    let observed = try judgements { book in
      // Without a process it is about what the tracer traced.
      var recording = ObservedRecording(
        of: TaskIdentity(task: TaskID(0), startTicks: nil, name: ""), by: .ptraceObserver,
        in: book, tell: { _ in })
      try recording.begin(tracer: TaskIdentity(task: tracer, startTicks: nil, name: "tracer"))
      try recording.take(events, naming: [])
      let run = try #require(try recording.finish(reason: nil, shortcoming: nil))
      #expect(run.summary.subject != nil)
      try expectStored(run, in: book.file)
    }
    #expect(observed == 1)
  }

  @Test("A run without an end has no judgement, and is judged when it is read")
  func unfinished() throws {
    try withVictim("blocked-in-read") { victim in
      let count = try judgements { book in
        let facts = try Victims.examine(TaskID(victim.pid))
        do {
          // It goes without its end, as with a recorder that is killed.
          let recorder = try book.open(
            RunBook.Subject(
              source: .engine,
              tracer: TaskIdentity(task: TaskID(Doors.ownProcess), startTicks: nil, name: "test"),
              tracee: facts.identity))
          _ = try Recording.cure(
            facts, options: CureOptions(strategy: .direct), recordingTo: recorder
          ).get()
          // What it had recorded is in the file by then, or in its journal: that is luck.
          try recorder.flush()
        }
        let row = try book.file.run(.last)
        #expect(!row.isFinished && row.verdict == nil)
        #expect(try book.file.judged(of: 1).isEmpty)
        #expect(try Answer(row, in: book.file, task: nil).landed == true)
      }
      #expect(count == 1)
    }
  }

  @Test("Of another tracer's run a task that it is not about is judged when it is asked for")
  func otherTask() throws {
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    _ = try judgements { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in })
      let row = try book.file.run(.last)
      let tracees = try book.file.tracees(of: 1)
      let subject = try #require(row.subject).task
      let other = try #require(tracees.first { $0.task != subject }).task
      let before = RunJudge.judgements
      #expect(try Answer(row, in: book.file, task: subject).header.pid == subject)
      #expect(RunJudge.judgements == before)
      #expect(try Answer(row, in: book.file, task: other).header.pid == other)
      #expect(RunJudge.judgements == before + 1)
    }
  }

  /// The logs of Tests/Fixtures.
  static let logs: [String] = {
    let folder = House.root + "/Tests/Fixtures"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".gz") }.sorted().map { folder + "/" + $0 }
  }()

  @Test("What is judged while the events pass is what all of them together prove", arguments: logs)
  func passing(log: String) throws {
    _ = try judgements { book in
      let run = try Importing([log], format: nil, recordingTo: book.file.path)
        .run(progress: { _ in }).run
      let timeline = Timeline(reading: try book.file.events(of: 1))
      #expect(run.judged == timeline.judged)
      // A log may be about no task.
      let told = run.summary.subject?.task ?? run.summary.tracee.task
      #expect(told == timeline.subject ?? TaskID(0))
      #expect(try book.file.tracees(of: 1) == Subjects(in: timeline.events).all)
    }
  }

  @Test("There are logs") func hasLogs() { #expect(JudgedOnceTests.logs.count > 20) }
}
