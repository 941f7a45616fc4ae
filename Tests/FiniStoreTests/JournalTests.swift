import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Glibc
import Synchronization
import Testing

@Suite("The journal holds what SQLite does not have yet", .serialized)
struct JournalTests {
  @Test(
    "A full ring counts exactly what it loses and says so in the place of the first lost event",
    arguments: [(8, 8), (8, 9), (8, 20), (64, 1000), (1, 5)])
  func overflow(capacity: Int, count: Int) throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: capacity)
    try whileLocked(scratch.path()) {
      for sequence in 1...count { recorder.record(plainEvent(UInt32(sequence))) }
    }
    try recorder.flush()
    recorder.record(plainEvent(UInt32(count + 1)))
    try recorder.finish(end())
    let events = try file.events(of: recorder.run)
    let lost = count - capacity
    var expected = (1...capacity).map { plainEvent(UInt32($0)) }
    if lost > 0 {
      var gap = plainEvent(UInt32(capacity + 1), .gap(lost: UInt64(lost)))
      gap.left = plainEvent(UInt32(count)).left
      expected.append(gap)
    }
    expected.append(plainEvent(UInt32(count + 1)))
    #expect(events == expected)
    #expect(try file.run(.last).lost == UInt64(lost))
  }

  @Test("A ring that overflows twice tells of both losses, and of nothing else")
  func twoOverflows() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 10)
    for round in 0..<2 {
      try whileLocked(scratch.path()) {
        for sequence in 1...25 { recorder.record(plainEvent(UInt32(round * 25 + sequence))) }
      }
      try recorder.flush()
    }
    try recorder.finish(end())
    let events = try file.events(of: recorder.run)
    let gaps = events.compactMap { event -> UInt64? in
      if case .gap(let lost) = event.payload { return lost }
      return nil
    }
    #expect(gaps == [15, 15])
    #expect(events.count == 10 + 1 + 10 + 1)
    #expect(try file.run(.last).lost == 30)
  }

  @Test("A file that is locked when the run ends loses nothing: the end can be tried again")
  func lockedAtTheEnd() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 64)
    try whileLocked(scratch.path()) {
      for sequence in 1...20 { recorder.record(plainEvent(UInt32(sequence))) }
      #expect(throws: StoreError.locked(path: scratch.path())) { try recorder.finish(end()) }
    }
    try recorder.finish(end())
    #expect(try file.run(.last).eventCount == 20)
    #expect(try file.run(.last).isFinished)
  }

  @Test("A recorder that is let go without an end leaves an unfinished run with every event")
  func letGo() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    do {
      let recorder = try file.beginRun(start(), journalCapacity: 64)
      for sequence in 1...20 { recorder.record(plainEvent(UInt32(sequence))) }
    }
    #expect(try file.run(.last).state == .unfinished)
    #expect(try file.run(.last).eventCount == 20)
    #expect(try scratch.names().filter { $0.hasSuffix("journal") }.isEmpty)
  }

  @Test("The thread that drains has every signal blocked, and goes with the recorder")
  func drainingThread() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    func tasks() throws -> Set<String> {
      Set(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))
    }
    let recorder = try file.beginRun(start(), journalCapacity: 64)
    func masks() throws -> [String] {
      try tasks().compactMap { task -> String? in
        let name = FileManager.default.contents(atPath: "/proc/self/task/\(task)/comm")
        guard name == Data("fini-drain\n".utf8) else { return nil }
        let status =
          FileManager.default.contents(atPath: "/proc/self/task/\(task)/status") ?? Data()
        return String(decoding: status, as: UTF8.self).split(separator: "\n")
          .first { $0.hasPrefix("SigBlk") }.map(String.init)
      }
    }
    // It names itself when it first runs.
    let found = try eventually("a thread with its name", seeing: masks) { !$0.isEmpty }
    // All but SIGKILL, SIGSTOP and the two that the C library keeps.
    for mask in found { #expect(mask == "SigBlk:\tfffffffe7ffbfeff") }
    try recorder.finish(end())
  }

  @Test("Recording allocates nothing")
  func noAllocation() throws {
    let scratch = try Scratch()
    let finished = try run(storeWriter, ["burst", scratch.path(), "10000"])
    let numbers = finished.output.split(whereSeparator: \.isWhitespace)
    print("10,000 events: \(numbers.joined(separator: " allocations, ")) ns an event")
    #expect(numbers.first == "0", "\(finished.output)")
  }

  @Test(
    "Recording makes no system call",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "needs strace"))
  func noSystemCall() throws {
    // What strace sees of the recording thread is nothing but the two markers.
    let scratch = try Scratch()
    let strace = "/usr/bin/strace"
    let log = scratch.path("strace.log")
    let finished = try run(
      strace, ["-f", "-o", log, storeWriter, "burst", scratch.path(), "10000"])
    #expect(finished.status == 0, "\(finished.output)")
    let lines = String(
      decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self
    ).split(separator: "\n")
    let markers = lines.indices.filter { lines[$0].contains("getpriority(") }
    #expect(markers.count == 2)
    let main = try #require(lines[markers[0]].split(separator: " ").first)
    let between = lines[markers[0]...markers[1]].filter { $0.hasPrefix(main + " ") }
    #expect(between.allSatisfy { $0.contains("getpriority") }, "\(between)")
  }
}
