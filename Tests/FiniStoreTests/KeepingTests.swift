import FiniModel
import FiniTestSupport
import Foundation
import Testing

@testable import FiniStore

@Suite("Runs are dropped by size and age, and whole", .serialized)
struct KeepingTests {
  /// A file with runs of as many events each; `good` says of each whether nothing is wrong in it.
  private func file(_ scratch: Scratch, _ good: [Bool], events: UInt32 = 2000) throws -> TraceFile {
    let file = try TraceFile.openForRecording(scratch.path())
    let writer = try FlightWriter(file)
    for (id, isGood) in good.enumerated() {
      var start = start()
      start.startedRealtime = Int64(id + 1) * 1_000_000_000
      writer.begin(id, start)
      writer.add(id, (1...events).map { plainEvent($0) })
      let run = try #require(try writer.close(id))
      var end = end()
      end.explained = ExplainedRun(
        isGood ? .nothingWrong : .somethingWrong, subject: nil, headline: "seen", ptracePart: nil,
        notUnderstood: 0, passedOver: 0)
      try file.end(run, with: end)
    }
    return file
  }

  private func runs(_ scratch: Scratch) throws -> [Int] {
    try sqlite3(scratch.path(), "SELECT number FROM run ORDER BY number").split(separator: "\n")
      .compactMap { Int($0) }
  }

  @Test("Beyond the size the oldest good ones go, then the oldest failures; never the newest run")
  func order() throws {
    let scratch = try Scratch()
    // Failures first: they are the oldest, and stay.
    let file = try file(scratch, [false, false, true, true, false, true])
    let whole = try file.size().used
    let one = whole / 7
    // Two are to go.
    let first = try file.keep(Keeping(bytes: whole - one), now: 0)
    #expect(first.dropped == [3, 4] || first.dropped == [3])
    #expect(try runs(scratch).contains(1))
    let rest = try file.keep(Keeping(bytes: 1), now: 0)
    #expect(first.dropped + rest.dropped == [3, 4, 1, 2, 5])
    #expect(rest.isFull)
    #expect(try runs(scratch) == [6])
    for table in ["event", "task", "judgement", "explanation"] {
      #expect(try sqlite3(scratch.path(), "SELECT DISTINCT run FROM \(table)") == "6", "\(table)")
    }
    #expect(try sqlite3(scratch.path(), "PRAGMA integrity_check") == "ok")
  }

  @Test("A run that is too old goes, whatever it is; one under way stays")
  func age() throws {
    let scratch = try Scratch()
    let file = try file(scratch, [true, false, true, true], events: 2)
    let writer = try FlightWriter(file)
    var beginning = start()
    beginning.startedRealtime = 0
    writer.begin(9, beginning)
    writer.add(9, [plainEvent(1)])
    try writer.commit()
    writer.begin(10, start())
    try writer.commit()
    let result = try file.keep(Keeping(age: 8_000_000_000), now: 11_000_000_000)
    #expect(result.dropped == [1, 2] && !result.isFull)
    #expect(try runs(scratch) == [3, 4, 5, 6])
  }

  @Test("The file does not grow while runs come and go, and is no more than a tenth over")
  func flat() throws {
    let scratch = try Scratch()
    let file = try file(scratch, [true], events: 1000)
    let most = try file.size().used * 5
    let writer = try FlightWriter(file)
    var largest: Int64 = 0
    for id in 0..<60 {
      writer.begin(id, start())
      writer.add(id, (1...1000).map { plainEvent($0) })
      let run = try #require(try writer.close(id))
      try file.end(run, with: end())
      _ = try file.keep(Keeping(bytes: most), now: 0)
      largest = max(largest, try file.size().file)
    }
    // One run comes before the next is looked at, and that is a fifth here.
    #expect(largest <= most + most / 5 + most / 10, "\(largest) of \(most)")
    #expect(try runs(scratch).count >= 3)
  }

  @Test("What is left of a run that was being dropped goes when the file is next recorded into")
  func orphans() throws {
    let scratch = try Scratch()
    _ = try file(scratch, [true, true, true], events: 20)
    _ = try sqlite3(scratch.path(), "DELETE FROM run WHERE number = 2")
    let again = try TraceFile.openForRecording(scratch.path())
    _ = try FlightWriter(again)
    #expect(try sqlite3(scratch.path(), "SELECT DISTINCT run FROM event") == "1\n3")
  }

  @Test("A file that was larger before is written anew")
  func shrinks() throws {
    let scratch = try Scratch()
    let file = try file(scratch, [true, true, true, true], events: 10_000)
    let before = try file.size().file
    _ = try file.keep(Keeping(bytes: before / 3), now: 0)
    #expect(try file.size().file == before)
    try file.shrink()
    #expect(try file.size().file < before / 2)
    #expect(try sqlite3(scratch.path(), "PRAGMA integrity_check") == "ok")
  }
}
