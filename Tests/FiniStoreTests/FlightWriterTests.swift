import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Glibc
import Testing

@Suite("Many runs at once go into a file without a journal", .serialized)
struct FlightWriterTests {
  private func events(_ numbers: ClosedRange<UInt32>) -> [Event] { numbers.map { plainEvent($0) } }

  @Test("Runs that are interleaved each have their own events, in one transaction a commit")
  func interleaved() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let writer = try FlightWriter(file)
    for id in 0..<1000 { writer.begin(id, start()) }
    for id in 0..<1000 { writer.add(id, events(1...2)) }
    try writer.commit()
    for id in (0..<1000).reversed() { writer.add(id, events(3...3)) }
    #expect(writer.waitingCount == 1000 && writer.hasWork)
    let runs = try (0..<1000).map { try writer.close($0) }
    #expect(runs == (1...1000).map { Int64($0) })
    #expect(try sqlite3(scratch.path(), "SELECT count(*), max(sequence) FROM event") == "3000|3")
    #expect(
      try sqlite3(
        scratch.path(),
        "SELECT count(*) FROM (SELECT run FROM event GROUP BY run HAVING count(*) = 3)")
        == "1000")
    #expect(try scratch.names().allSatisfy { !$0.hasSuffix(".journal") })
    try file.end(1, with: end())
    #expect(try file.run(.number(1)).isFinished)
  }

  @Test(
    "A second one is refused with the holder's pid, a recorder beside it is not, nor are its runs taken for dead"
  )
  func beside() throws {
    let scratch = try Scratch()
    let writer = try FlightWriter(try TraceFile.openForRecording(scratch.path()))
    writer.begin(0, start())
    writer.add(0, events(1...1))
    try writer.commit()
    #expect(throws: StoreError.watched(path: scratch.path(), by: getpid())) {
      _ = try FlightWriter(try TraceFile.openForRecording(scratch.path()))
    }
    let other = try TraceFile.openForRecording(scratch.path())
    #expect(try other.run(.number(1)).state == .recording)
    let recorder = try other.beginRun(start())
    #expect(recorder.run == 2)
    recorder.record(plainEvent(1))
    writer.begin(1, start())
    try writer.commit()
    #expect(try writer.close(1) == 3)
    try recorder.finish(end())
    #expect(try TraceFile.openForReading(scratch.path()).run(.number(1)).state == .recording)
  }

  @Test(
    "Killed: what was committed is there, and the run is unfinished for whoever opens the file next"
  )
  func killed() throws {
    let scratch = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: storeWriter)
    process.arguments = ["flight", scratch.path()]
    let out = Pipe()
    process.standardOutput = out
    try process.run()
    // It says how many events it has committed, and goes on to add others.
    let told = try #require(out.fileHandleForReading.availableData.first)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(told == UInt8(ascii: "3"))
    #expect(FileManager.default.fileExists(atPath: scratch.path() + ".watch"))
    let file = try TraceFile.openForReading(scratch.path())
    #expect(try file.runs().map(\.state) == [.unfinished, .unfinished])
    #expect(
      try sqlite3(scratch.path(), "SELECT run, count(*) FROM event GROUP BY run") == "1|2\n2|1")
    #expect(!FileManager.default.fileExists(atPath: scratch.path() + ".watch"))
    #expect(try FlightWriter(try TraceFile.openForRecording(scratch.path())).hasWork == false)
  }

  @Test("What has no room is counted in its run, exactly")
  func losses() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let writer = try FlightWriter(file)
    writer.begin(0, start())
    writer.begin(1, start())
    writer.add(0, events(1...2))
    writer.isFull = true
    writer.add(0, events(3...12))
    writer.add(1, events(1...4))
    writer.isFull = false
    writer.add(0, events(13...13))
    _ = try writer.close(0)
    _ = try writer.close(1)
    for run in Int64(1)...2 { try file.end(run, with: end()) }
    #expect(
      try sqlite3(scratch.path(), "SELECT number, lost, event_count FROM run") == "1|10|4\n2|4|1")
    #expect(
      try sqlite3(scratch.path(), "SELECT group_concat(sequence) FROM event WHERE run = 1")
        == "1,2,3,13")
  }

  @Test("A file that is locked: nothing is lost, and it goes in later")
  func locked() throws {
    let scratch = try Scratch()
    let writer = try FlightWriter(try TraceFile.openForRecording(scratch.path()))
    writer.begin(0, start())
    writer.add(0, events(1...5))
    try whileLocked(scratch.path()) {
      #expect(throws: StoreError.locked(path: scratch.path())) { try writer.commit() }
    }
    #expect(writer.waitingCount == 5)
    #expect(try writer.close(0) == 1)
    #expect(try sqlite3(scratch.path(), "SELECT count(*) FROM event") == "5")
  }
}
