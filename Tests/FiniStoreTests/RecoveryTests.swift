import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Glibc
import Testing

@Suite("What a dead recorder left is brought in", .serialized)
struct RecoveryTests {
  /// Starts a recorder process, kills it after a while, and tells the last acknowledged sequence.
  private func killedRecorder(
    _ scratch: Scratch, microseconds: UInt32, capacity: Int = 65_536
  ) throws -> UInt32 {
    let counter = scratch.path("counter")
    try Data(repeating: 0, count: 4096).write(to: URL(fileURLWithPath: counter))
    let descriptor = open(counter, O_RDWR)
    defer { close(descriptor) }
    let memory = try #require(mmap(nil, 4096, PROT_READ, MAP_SHARED, descriptor, 0))
    defer { munmap(memory, 4096) }
    let acknowledged = memory.assumingMemoryBound(to: UInt32.self)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: storeWriter)
    process.arguments = ["record", scratch.path(), counter, "\(capacity)"]
    try process.run()
    try eventually(
      "an event acknowledged", seeing: { (acknowledged.pointee, process.isRunning) }
    ) { $0.0 > 0 || !$0.1 }
    usleep(microseconds)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    return acknowledged.pointee
  }

  private func journal(_ scratch: Scratch) -> String { scratch.path() + ".run-1.journal" }

  /// Changes bytes of a file where it stands.
  private func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  /// A file whose recorder was killed with `count` events in the journal, and none in SQLite.
  private func deadJournal(_ scratch: Scratch, events count: UInt32) throws {
    let acknowledged = scratch.path("alive.db")
    let file = try TraceFile.openForRecording(acknowledged)
    let recorder = try file.beginRun(start(), journalCapacity: 32)
    try whileLocked(acknowledged) {
      for sequence in 1...count {
        recorder.record(
          plainEvent(
            sequence,
            .request(
              RequestCall(
                request: .getRegisterSet, detail: .registers(registers(sequence))))))
      }
      // A copy of the files has no lock on its journal: to the store its recorder is dead, once the
      // header does not name this process.
      for suffix in ["", "-wal", ".run-1.journal"] {
        let from = acknowledged + suffix
        if FileManager.default.fileExists(atPath: from) {
          try FileManager.default.copyItem(atPath: from, toPath: scratch.path() + suffix)
        }
      }
    }
    try recorder.finish(end())
  }

  private func registers(_ sequence: UInt32) -> Registers {
    var registers = Registers()
    registers[.rip] = UInt64(sequence)
    registers[.fs] = 7
    return registers
  }

  @Test("Every event acknowledged before a SIGKILL is in the file afterwards", arguments: 0..<12)
  func killed(round: UInt32) throws {
    let scratch = try Scratch()
    let acknowledged = try killedRecorder(scratch, microseconds: round * round * 700)
    let file = try TraceFile.openForReading(scratch.path())
    let run = try file.run(.last)
    #expect(run.state == .unfinished)
    #expect(run.lost == 0)
    let events = try file.events(of: run.number)
    // The last one may have been recorded and not yet acknowledged.
    #expect(events.count == Int(acknowledged) || events.count == Int(acknowledged) + 1)
    #expect(acknowledged > 0)
    #expect(events.map(\.sequence) == (1...UInt32(events.count)).map { $0 })
    for event in events where event.sequence % 3 == 0 {
      #expect(event.registers?[.rax] == UInt64(event.sequence))
    }
    #expect(try scratch.names().filter { $0.hasSuffix(".journal") }.isEmpty)
    #expect(try sqlite3(scratch.path(), "PRAGMA integrity_check") == "ok")
  }

  @Test("A small ring loses some, and what is there and what is said to be lost make up the whole")
  func killedWithLosses() throws {
    let scratch = try Scratch()
    let acknowledged = try killedRecorder(scratch, microseconds: 60_000, capacity: 16)
    let file = try TraceFile.openForReading(scratch.path())
    let run = try file.run(.last)
    let events = try file.events(of: run.number)
    let gaps = events.filter { $0.kind == .gap }
    #expect(!gaps.isEmpty)
    let whole = UInt64(events.count - gaps.count) + run.lost
    #expect(whole == UInt64(acknowledged) || whole == UInt64(acknowledged) + 1)
  }

  @Test("Two runs after a crash: recording brings in the dead run and adds its own")
  func recordAfterCrash() throws {
    let scratch = try Scratch()
    let acknowledged = try killedRecorder(scratch, microseconds: 3000)
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 64)
    recorder.record(plainEvent(1))
    try recorder.finish(end())
    let runs = try file.runs()
    #expect(runs.map(\.state) == [.unfinished, .finished])
    #expect(runs[0].eventCount >= Int(acknowledged))
    #expect(runs[1].eventCount == 1)
  }

  @Test("The journal of a recorder that lives is left alone, and reading shows what is in SQLite")
  func live() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start(), journalCapacity: 64)
    recorder.record(plainEvent(1))
    try recorder.flush()
    let reader = try TraceFile.openForReading(scratch.path())
    #expect(try reader.run(.last).state == .recording)
    #expect(try reader.run(.last).eventCount == 1)
    _ = try TraceFile.openForRecording(scratch.path())
    #expect(try scratch.names().contains("fini-trace.db.run-1.journal"))
    recorder.record(plainEvent(2))
    try recorder.finish(end())
    #expect(try reader.run(.last).eventCount == 2)
    #expect(try reader.run(.last).isFinished)
  }

  @Test("Events that are in SQLite already are not brought in twice")
  func twice() throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    try FileManager.default.copyItem(
      atPath: journal(scratch), toPath: scratch.path("kept"))
    #expect(try TraceFile.openForReading(scratch.path()).run(.last).eventCount == 20)
    try FileManager.default.copyItem(atPath: scratch.path("kept"), toPath: journal(scratch))
    let file = try TraceFile.openForReading(scratch.path())
    #expect(try file.run(.last).eventCount == 20)
    #expect(try file.run(.last).lost == 0)
    #expect(try file.events(of: 1).last?.registers == registers(20))
    #expect(!FileManager.default.fileExists(atPath: journal(scratch)))
  }

  @Test(
    "A torn slot costs its own event and no other, and a gap says so",
    arguments: [
      [3], [1], [20], [5, 6, 7], [19, 20], [2, 10, 20],
    ])
  func torn(slots: [Int]) throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    // A byte in the middle of the row: the commit word stands, the digest does not fit.
    for slot in slots {
      try overwrite(journal(scratch), at: 4096 + (slot - 1) * 512 + 60, with: [0xee, 0xdd])
    }
    let file = try TraceFile.openForReading(scratch.path())
    let events = try file.events(of: 1)
    for event in events where event.kind != .gap {
      #expect(event.registers == registers(event.sequence))
      #expect(!slots.contains(Int(event.sequence)))
    }
    #expect(events.filter { $0.kind != .gap }.count == 20 - slots.count)
    #expect(try file.run(.last).lost == UInt64(slots.count))
    #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
  }

  @Test("A garbage header costs no event", arguments: [0, 8, 12, 16, 32, 48])
  func garbageHeader(offset: Int) throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    // A wrong version alone means another tool's journal; with a wrong magic it means nothing.
    try overwrite(journal(scratch), at: 0, with: [1])
    try overwrite(journal(scratch), at: offset, with: [0xff, 0xff, 0xff, 0xff])
    let file = try TraceFile.openForReading(scratch.path())
    #expect(try file.run(.last).state == .unfinished)
    #expect(try file.run(.last).eventCount == 20)
    #expect(try file.run(.last).lost == 0)
    #expect(try file.events(of: 1).last?.registers == registers(20))
  }

  @Test("A journal of nothing but garbage is a loss that is told, not a crash", arguments: 1...6)
  func garbageJournal(seed: UInt64) throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    var generator = SeededGenerator(seed: seed)
    let size = Int.random(in: 1...40_000, using: &generator)
    try Data((0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
      .write(to: URL(fileURLWithPath: journal(scratch)))
    let file = try TraceFile.openForReading(scratch.path())
    let run = try file.run(.last)
    #expect(run.state == .unfinished)
    #expect(try file.events(of: 1).allSatisfy { $0.kind == .gap })
  }

  @Test("A journal that is cut off gives what is left of it")
  func cutOff() throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    #expect(truncate(journal(scratch), 4096 + 12 * 512 + 100) == 0)
    let file = try TraceFile.openForReading(scratch.path())
    #expect(try file.events(of: 1).map(\.sequence) == (1...12).map { $0 })
    #expect(try file.run(.last).state == .unfinished)
  }

  @Test("A journal of another recording of the same name is left alone")
  func foreign() throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    for suffix in ["", "-wal", "-shm"] { unlink(scratch.path() + suffix) }
    var other = start()
    other.startedRealtime += 1
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(other, journalCapacity: 16)
    #expect(recorder.run == 2)
    try recorder.finish(end())
    #expect(FileManager.default.fileExists(atPath: journal(scratch)))
    #expect(try TraceFile.openForReading(scratch.path()).runs().map(\.eventCount) == [0])
  }

  @Test("A run without a journal whose recorder is gone is marked as unfinished")
  func noJournal() throws {
    let scratch = try Scratch()
    try deadJournal(scratch, events: 20)
    unlink(journal(scratch))
    let file = try TraceFile.openForRecording(scratch.path())
    #expect(try file.run(.last).state == .unfinished)
  }
}
