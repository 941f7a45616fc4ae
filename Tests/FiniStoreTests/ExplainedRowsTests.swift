import FiniModel
import FiniSchema
import FiniStore
import FiniTestSupport
import Testing

/// What went wrong in a run is stored as it was found.
@Suite("What was found wrong comes back as it was stored")
struct ExplainedRowsTests {
  /// One with every part that it can have.
  static let whole: ExplainedRun = {
    var diagnoses = Cause.allCases.enumerated().map { place, cause in
      Diagnosis(
        cause, place % 2 == 0 ? .yes : .possible, of: TaskID(Int32(place)),
        "it's sentence \(place)",
        isHarmless: place % 3 == 1)
    }
    diagnoses[0].entry = "fd-lock"
    diagnoses[0].evidence = [
      Evidence(event: 9, reason: "\"\u{1b}[31m\""), evidence(3), evidence(9),
    ]
    diagnoses[0].consequences = [evidence(4_294_967_295)]
    diagnoses[0].later = [evidence(11), evidence(10)]
    diagnoses[0].advice = ["two", "one"]
    diagnoses[0].collect = ["one"]
    diagnoses[1].task = nil
    diagnoses[2].later = [evidence(1)]
    diagnoses[2].collect = ["b", "a", "a"]
    return ExplainedRun(
      .somethingWrong, subject: TaskID(4711), headline: "it's a headline", ptracePart: "it landed",
      diagnoses: diagnoses, notUnderstood: 7, passedOver: 8,
      // Before the run's start, and none for a line without a time.
      moments: [9: Instant(rawValue: 4_999_999_999), 3: Instant(rawValue: 5_000_000_002)])
  }()

  static let few = ExplainedRun(.nothingWrong, subject: nil, headline: "")

  private static func evidence(_ event: UInt32) -> Evidence {
    Evidence(event: event, reason: "seen \(event)")
  }

  private func stored(_ found: ExplainedRun, in scratch: Scratch) throws -> TraceFile {
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    var runEnd = end()
    runEnd.explained = found
    runEnd.explainedBy = "this"
    try recorder.finish(runEnd)
    return file
  }

  @Test("With every part and with none", arguments: [whole, few])
  func comesBack(found: ExplainedRun) throws {
    let scratch = try Scratch()
    let file = try stored(found, in: scratch)
    #expect(try file.explained(1, by: "this") == found)
    #expect(try file.explained(2, by: "this") == nil)
    // Another version may know more.
    #expect(try file.explained(1, by: "that") == nil)
    #expect(try sqlite3(scratch.path(), "PRAGMA foreign_key_check") == "")
    let cause = found.diagnoses.isEmpty ? "" : "fd-lock"
    #expect(try sqlite3(scratch.path(), "SELECT cause FROM explanation") == cause)
  }

  @Test("A second one takes the place of the first")
  func again() throws {
    let scratch = try Scratch()
    let file = try stored(Self.whole, in: scratch)
    var runEnd = end()
    runEnd.explained = Self.few
    runEnd.explainedBy = "this"
    // A run that was judged must not be so when it is ended again.
    _ = try sqlite3(scratch.path(), "DELETE FROM judgement; DELETE FROM evidence")
    try file.finishAgain(1, with: runEnd)
    #expect(try file.explained(1, by: "this") == Self.few)
    #expect(
      try sqlite3(
        scratch.path(),
        "SELECT count(*) FROM diagnosis_event UNION ALL SELECT count(*) FROM diagnosis_advice")
        == "0\n0")
  }

  @Test(
    "One with a word that is not known is left out, and nothing traps",
    arguments: [
      "UPDATE explanation SET answer = 'perhaps'",
      "UPDATE diagnosis SET cause = 'unheard-of' WHERE number = 2",
      "UPDATE diagnosis SET certainty = 'surely' WHERE number = 2",
      "UPDATE diagnosis_event SET role = 'witness' WHERE diagnosis = 2",
      "UPDATE diagnosis_advice SET role = 'order' WHERE diagnosis = 2",
      "UPDATE diagnosis_event SET diagnosis = -1 WHERE diagnosis = 2",
      "DELETE FROM diagnosis WHERE number = 2",
    ])
  func unknown(damage: String) throws {
    let scratch = try Scratch()
    let file = try stored(Self.whole, in: scratch)
    #expect(try file.explained(1, by: "this") != nil)
    #expect(try sqlite3(scratch.path(), damage) == "")
    #expect(try file.explained(1, by: "this") == nil)
  }

  /// Makes a file of version 1 of one of this version: what came with version 2 is taken out.
  static func makeOld(_ path: String) throws {
    #expect(try sqlite3(path, OldFormat.first) == "")
  }

  @Test("A file of version 1 is read as it is, and gets the tables when it is recorded to")
  func version1() throws {
    let scratch = try Scratch()
    let whole = try sqlite3Schema(try stored(Self.whole, in: scratch).path)
    try Self.makeOld(scratch.path())
    let before = try sqlite3(
      scratch.path(),
      "SELECT * FROM run; SELECT run, task, verdict, summary, calls, fini_ns FROM judgement")
    let reader = try TraceFile.openForReading(scratch.path())
    #expect(try reader.explained(1, by: "this") == nil)
    #expect(try reader.judged(of: 1).count == 1)
    #expect(try sqlite3(scratch.path(), "PRAGMA user_version") == "1", "it was only read")
    let file = try TraceFile.openForRecording(scratch.path())
    #expect(try sqlite3(scratch.path(), "PRAGMA user_version") == "\(Schema.version)")
    #expect(try sqlite3Schema(scratch.path()) == whole)
    #expect(try file.explained(1, by: "this") == nil)
    #expect(
      try sqlite3(
        scratch.path(),
        "SELECT * FROM run; SELECT run, task, verdict, summary, calls, fini_ns FROM judgement")
        == before)
    let recorder = try file.beginRun(start())
    var runEnd = end()
    runEnd.explained = Self.whole
    runEnd.explainedBy = "this"
    try recorder.finish(runEnd)
    #expect(try file.explained(2, by: "this") == Self.whole)
  }

  private func sqlite3Schema(_ path: String) throws -> String {
    try sqlite3(
      path,
      "SELECT name, sql FROM sqlite_schema ORDER BY name; "
        + "SELECT * FROM meaning ORDER BY table_name, column_name, kind")
  }
}
