import FiniEngine
import FiniImporters
import FiniModel
import FiniPtrace
import FiniSession
import FiniStore
import FiniTestSupport
import Foundation
import Testing

@testable import FiniTimeline

/// What went wrong in a run is found when it ends, and is what its events tell.
@Suite(.serialized)
struct ExplainedOnceTests {
  /// The tests come from different threads, and one of them must not become the tracer's.
  init() async { await Task { @PtraceThread in }.value }

  private func withBook(_ body: (RunBook) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "fini-explained-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    try body(try RunBook(recordingTo: folder + "/runs.db"))
  }

  private func sqlite3(_ file: TraceFile, _ sql: String) {
    let done = House.run("/usr/bin/sqlite3", [file.path, sql])
    #expect(done.status == 0 && done.output.isEmpty, "\(done.output)")
  }

  /// What is stored of the last run is what its events tell, and is told without them.
  @discardableResult
  private func expectStored(in file: TraceFile) throws -> Explanation {
    let run = try file.run(.last)
    let read = try LoadedRun(run, in: file)
    let computed = try read.explanation(in: file)
    #expect(try file.explained(run.number, by: try #require(Version.build)) == computed.found)
    sqlite3(file, "DELETE FROM event; DELETE FROM log_line")
    guard case .task(let told, let header) = try Explained(run, in: file) else {
      Issue.record("a run of one task")
      return computed
    }
    #expect(told.found == computed.found)
    #expect(told.judgement == computed.judgement && told.start == computed.start)
    // Of the header a report tells these.
    #expect(header.number == read.header.number && header.lost == read.header.lost)
    #expect(header.source == read.header.source)
    return computed
  }

  private static let small = "../shared/cases/small"

  /// The logs of Tests/Fixtures, and those of users where they are here.
  static let logs: [String] = ["Tests/Fixtures", "../shared/cases", small].flatMap { place in
    let folder = House.root + "/" + place
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { !$0.hasSuffix(".md") && $0.contains(".") }.sorted()
      .map { folder + "/" + $0 }
  }

  @Test("An import", arguments: logs)
  func imported(log: String) throws {
    try withBook { book in
      do {
        _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      } catch {
        // A file that is no log: nothing is kept.
        return
      }
      try expectStored(in: book.file)
    }
  }

  @Test("What is told by the events that stay of a long run is what all tell", arguments: logs)
  func digested(log: String) throws {
    try withBook { book in
      do {
        _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      } catch {
        return
      }
      let run = try book.file.run(.last)
      let read = try LoadedRun(run, in: book.file)
      let computed = try read.explanation(in: book.file)
      var explainer = RunExplainer(
        run.source, of: read.timeline.subject, digest: RunDigest(limit: 100_000, whole: 1))
      try book.file.forEachEvent(withTextOf: run.number) { explainer.observe($0, text: $1) }
      var found = explainer.explanation(
        start: read.timeline.start, judgement: read.timeline.judgement
      ).found
      found.passedOver = 0
      #expect(found == computed.found)
      // The same while it is judged: the judge reads the tasks.
      let subject = read.timeline.subject
      var judge =
        RunJudge.findsSubject(in: run.source)
        ? RunJudge(ofEachTask: run.source) : RunJudge(of: subject, source: run.source)
      var beside = RunExplainer(
        besideJudgeOf: run.source, digest: RunDigest(limit: 100_000, whole: 1))
      try book.file.forEachEvent(withTextOf: run.number) {
        judge.observe($0)
        beside.observe($0, text: $1)
      }
      let told = try #require(
        beside.explanation(
          beside: judge, of: subject, start: read.timeline.start,
          judgement: read.timeline.judgement))
      found = told.found
      found.passedOver = 0
      #expect(found == computed.found)
      // Without the tasks it can't be told.
      let isLong = run.eventCount > 1
      let alone = beside.explanation(
        beside: nil, of: subject, start: read.timeline.start, judgement: read.timeline.judgement)
      #expect((alone == nil) == isLong)
    }
  }

  @Test("An import is judged and explained without reading back what it wrote")
  func inOnePass() throws {
    try withBook { book in
      let before = TraceFile.eventsRead
      for log in [log, told] {
        _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      }
      #expect(TraceFile.eventsRead == before)
      for run in try book.file.runs() {
        #expect(try book.file.explained(run.number, by: try #require(Version.build)) != nil)
      }
    }
  }

  @Test("There are logs, and of each kind of answer")
  func hasLogs() throws {
    var answers: Set<ExplainedRun.Answer> = []
    var roles: Set<String> = []
    for log in Self.logs where log.hasSuffix(".gz") {
      try withBook { book in
        _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
        let found = try expectStored(in: book.file).found
        answers.insert(found.answer)
        for diagnosis in found.diagnoses {
          if !diagnosis.consequences.isEmpty { roles.insert("consequence") }
          if !diagnosis.evidence.isEmpty { roles.insert("evidence") }
          if !diagnosis.advice.isEmpty { roles.insert("advice") }
        }
      }
    }
    #expect(answers.count == 3)
    #expect(roles.count == 3)
  }

  @Test("A cure of our own", arguments: [FiniStrategy.breakpoint, .direct])
  func cure(strategy: FiniStrategy) throws {
    try withVictim("blocked-in-read") { victim in
      try withBook { book in
        let facts = try Victims.examine(TaskID(victim.pid))
        let result = try Recording(
          of: facts, options: CureOptions(strategy: strategy), in: book
        ).make()
        #expect(result.isGood)
        #expect(try expectStored(in: book.file).answer == .nothingWrong)
      }
    }
  }

  private let log = House.root + "/Tests/Fixtures/sigstop.strace.gz"
  private let told = House.root + "/Tests/Fixtures/sigstop.log.gz"

  @Test("The events of an observer, of one task and of all that a tracer traced")
  func observed() throws {
    var events: [Event] = []
    try withBook { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      events = try book.file.events(of: 1)
    }
    let tracer = try #require(events.first { $0.kind.isCall }?.tracer)
    let tracee = try #require(Subjects(in: events).principal)
    for subject in [TaskID(0), tracee] {
      try withBook { book in
        var recording = ObservedRecording(
          of: TaskIdentity(task: subject, startTicks: nil, name: ""), by: .ptraceObserver,
          in: book, tell: { _ in })
        try recording.begin(tracer: TaskIdentity(task: tracer, startTicks: nil, name: "tracer"))
        try recording.take(events, naming: [])
        _ = try #require(try recording.finish(reason: nil, shortcoming: nil))
        #expect(try expectStored(in: book.file).answer == .somethingWrong)
      }
    }
  }

  @Test("A run that a log was joined to is explained with it")
  func joined() throws {
    try withBook { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      let before = try book.file.explained(1, by: try #require(Version.build))
      _ = try Importing.run(
        [told], format: nil, demand: .common, into: .last, in: book.file.path, progress: { _ in })
      #expect(try expectStored(in: book.file).found != before)
    }
  }

  @Test("What another build found is found anew by the events")
  func otherBuild() throws {
    try withBook { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      let run = try book.file.run(.last)
      let right = try LoadedRun(run, in: book.file).explanation(in: book.file)
      sqlite3(book.file, "UPDATE explanation SET headline = 'an old rule'")
      #expect(try Explained(run, in: book.file).headline == "an old rule")
      sqlite3(book.file, "UPDATE explanation SET tool = '0.1.0'")
      #expect(try Explained(run, in: book.file).headline == right.headline)
    }
  }

  @Test("A file of version 1 of the format is explained by its events, read and recorded to")
  func olderSchema() throws {
    try withBook { book in
      let path = book.file.path
      _ = try Importing([log], format: nil, recordingTo: path).run(progress: { _ in })
      let right = try Explained(try book.file.run(.last), in: book.file).headline
      sqlite3(book.file, OldFormat.first)
      let reader = try TraceFile.openForReading(path)
      #expect(try Explained(try reader.run(.last), in: reader).headline == right)
      _ = try Importing([log], format: nil, recordingTo: path).run(progress: { _ in })
      #expect(try reader.explained(1, by: try #require(Version.build)) == nil)
      #expect(try Explained(try reader.run(.number(1)), in: reader).headline == right)
      #expect(try reader.explained(2, by: try #require(Version.build)) != nil)
    }
  }

  @Test("A run without an end has no explanation that is stored, and one by its events")
  func unfinished() throws {
    try withBook { book in
      _ = try Importing([log], format: nil, recordingTo: book.file.path).run(progress: { _ in })
      sqlite3(book.file, "UPDATE run SET state = 3")
      let run = try book.file.run(.last)
      let told = try LoadedRun(run, in: book.file).explanation(in: book.file)
      sqlite3(book.file, "UPDATE explanation SET headline = 'an old rule'")
      #expect(try Explained(run, in: book.file).headline == told.headline)
    }
  }
}
