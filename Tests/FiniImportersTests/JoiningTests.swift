import FiniModel
import FiniTestSupport
import Foundation
import Testing

@testable import FiniImporters

@Suite("Logs of one run are joined, and others are not")
struct JoiningTests {
  /// Writes logs into a folder of the test's own.
  private func withLogs<Value>(_ logs: [String], _ body: ([String]) throws -> Value) throws -> Value
  {
    let folder = NSTemporaryDirectory() + "fini-join-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let paths = try logs.enumerated().map { number, text in
      let path = "\(folder)/\(number).log"
      try (text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    return try body(paths)
  }

  private func events(_ run: ImportRun) throws -> [Event] {
    var events: [Event] = []
    while try run.step({ event, _ in events.append(event) }) {}
    return events
  }

  private static let refused = """
    70 1700000000.100000 ptrace(PTRACE_SEIZE, 71, NULL, 0) = -1 EPERM (Operation not permitted)
    70 1700000000.300000 ptrace(PTRACE_SEIZE, 72, NULL, 0) = 0
    """
  private static let refusedLog = """
    (00.010000) Warn  (compel/src/lib/infect.c:131): Unable to interrupt task: 71 (Operation not permitted)
    (00.210500) Error (criu/cr-dump.c:2111): Dumping FAILED.
    """

  @Test("By a request that failed, and the line that says so")
  func failing() throws {
    try withLogs([JoiningTests.refused, JoiningTests.refusedLog]) { paths in
      let run = try ImportRun(paths)
      #expect(run.summaries[1].anchor == "1 common event")
      #expect(run.summaries[1].offset == 1_700_000_000_090_000_000)
      let events = try events(run).filter { $0.kind != .phase }
      #expect(events.map(\.kind) == [.seize, .log, .seize, .log])
      #expect(
        events.map { $0.entered.rawValue % 1_000_000_000 / 100_000 } == [1000, 1000, 3000, 3005])
    }
  }

  @Test("By a line that strace saw written: exactly")
  func written() throws {
    let line = "(00.250000) Error (criu/x.c:1): No such thing"
    let trace = """
      70 1700000000.100000 ptrace(PTRACE_SEIZE, 72, NULL, 0) = 0
      70 1700000000.300000 write(4, "\(line)\\n", 46) = 46
      """
    try withLogs([trace, line]) { paths in
      let run = try ImportRun(paths)
      #expect(run.summaries[1].offset == 1_700_000_000_050_000_000)
      // The line is there once.
      #expect(try events(run).filter { $0.kind == .log }.count == 1)
    }
  }

  @Test(
    "Logs without an event or a process in common are refused, and joined when that is asked for")
  func strangers() throws {
    let other =
      "(00.010000) Warn  (infect.c:131): Unable to interrupt task: 9 (Operation not permitted)"
    try withLogs([JoiningTests.refused, other]) { paths in
      #expect(throws: ImportError.nothingInCommon(names: [paths[1]], with: paths[0])) {
        try ImportRun(paths)
      }
      let run = try ImportRun(paths.map { LogFile($0) }, demand: .none)
      #expect(run.summaries[1].anchor == "no common event: aligned at their last lines")
    }
    // A process in common is enough, without an event.
    let same = "(00.010000) Error (infect.c:1): 71 was stopped by 4 unexpectedly"
    try withLogs([JoiningTests.refused, same]) { paths in _ = try ImportRun(paths) }
  }

  @Test("Two traces whose lines name no process are of two tracers, and one is not of a new one")
  func nameless() throws {
    let first = "1700000000.100000 ptrace(PTRACE_SEIZE, 71, NULL, 0) = 0"
    let second =
      "1700000000.300000 ptrace(PTRACE_SEIZE, 71, NULL, 0) = -1 EPERM (Operation not permitted)"
    try withLogs([first, second]) { paths in
      let both = try events(try ImportRun(paths)).filter { $0.kind == .seize }
      #expect(both.count == 2 && both[0].tracer != both[1].tracer)
      #expect(both[0].tracer == TaskID(0))
      // Such a number is no task's: -1 is any child.
      #expect(both[1].tracer.rawValue < -1)
      let one = try events(try ImportRun([paths[1]])).filter { $0.kind == .seize }
      #expect(one.map(\.tracer) == [TaskID(0)])
    }
  }

  @Test("The same log twice is refused, by its file and by its content")
  func twice() throws {
    try withLogs([JoiningTests.refusedLog, JoiningTests.refusedLog, JoiningTests.refused]) {
      paths in
      #expect(throws: ImportError.sameTwice(name: paths[0], other: paths[0])) {
        try ImportRun([paths[0], paths[2], paths[0]])
      }
      #expect(throws: ImportError.sameTwice(name: paths[1], other: paths[0])) {
        try ImportRun([paths[0], paths[2], paths[1]])
      }
    }
  }

  @Test("A line without a time stands at its place, and has none")
  func untimed() throws {
    let log = """
      (00.100000) Error (criu/x.c:1): one
      pie: 71: Error (criu/pie/parasite.c:1): two
      (00.300000) Error (criu/x.c:1): three
      """
    try withLogs([log]) { paths in
      let events = try events(try ImportRun(paths))
      #expect(events.map(\.hasOwnTime) == [true, false, true])
      #expect(events.map { Event(EventRow($0))?.hasOwnTime } == [true, false, true])
    }
  }

  @Test("A file that is not there: cause and path")
  func missing() {
    #expect {
      try ImportRun(["/nowhere/dump.log"])
    } throws: { error in
      "\(error)" == "can't read /nowhere/dump.log: no such file or directory (ENOENT)"
    }
  }
}
