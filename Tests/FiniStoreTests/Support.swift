import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Glibc

/// A folder that is removed when the test ends.
final class Scratch {
  let folder: String

  init() throws {
    var template = Array("/tmp/fini-store-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
    folder = String(cString: made)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("left \(folder)") }
  }

  /// A path in the folder.
  func path(_ name: String = "fini-trace.db") -> String { folder + "/" + name }

  /// The names of the files in the folder, in order.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }
}

/// What a program printed and how it ended.
struct Finished {
  var output: String
  var status: Int32
}

/// Runs a program to its end.
func run(_ program: String, _ arguments: [String]) throws -> Finished {
  let (status, output) = House.run(program, arguments, within: 120_000)
  return Finished(output: output, status: status)
}

/// Asks Debian's sqlite3, which has none of this program's code.
func sqlite3(_ path: String, _ sql: String) throws -> String {
  let finished = try run("/usr/bin/sqlite3", [path, sql])
  if finished.status != 0 { return "status \(finished.status): \(finished.output)" }
  return finished.output.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// The helper program beside the test bundle.
var storeWriter: String {
  let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  return tests.appendingPathComponent("fini-store-writer").path
}

let tracer = TaskIdentity(task: TaskID(4700), group: TaskID(4700), startTicks: 77, name: "fini")
let tracee = TaskIdentity(
  task: TaskID(4711), group: TaskID(4711), startTicks: 99, name: "work er\u{1b}")

/// The start of a run at monotonic 5 s.
func start(_ strategy: FiniStrategy? = .breakpoint) -> RunStart {
  RunStart(
    source: .engine, strategyAsked: strategy, commandLine: "fini-trace record 4711",
    tracer: tracer, tracee: tracee, toolVersion: "0.1.0", kernelRelease: "6.18.0",
    started: Instant(rawValue: 5_000_000_000), startedRealtime: 1_700_000_000_123_456_789)
}

/// The end of a run 2 ms later.
func end(_ verdict: Verdict = .landed, evidence: [UInt32] = [3, 5, 8]) -> RunEnd {
  var judged = JudgedRowsTests.whole(verdict)
  judged.judgement.evidence = evidence.map { Evidence(event: $0, reason: "seen") }
  judged.moments = [:]
  for event in evidence { judged.moments[event] = plainEvent(event).entered }
  return RunEnd(
    judged: judged, strategyTaken: .breakpoint, exitSummary: "cured",
    finished: Instant(rawValue: 5_002_000_000), finishedRealtime: 1_700_000_000_125_456_789)
}

/// An event like any other.
func plainEvent(_ sequence: UInt32, _ payload: Event.Payload? = nil) -> Event {
  let entered = Instant(rawValue: 5_000_000_000 + UInt64(sequence) * 1000)
  return Event(
    sequence: sequence, entered: entered, left: entered.advanced(by: 700), tracer: tracer.task,
    tracee: tracee.task, payload: payload ?? .request(RequestCall(request: .cont)))
}

/// Holds the file's write lock, so that nothing drains, while `body` runs.
func whileLocked(_ path: String, _ body: () throws -> Void) throws {
  let holder = try LiveProcess(path: "/usr/bin/sqlite3", words: ["sqlite3", path])
  holder.say("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE; SELECT 'locked';")
  var said: [String] = []
  while said.last != "locked" {
    guard let line = holder.nextLine(within: 20_000) else {
      throw WaitedInVain(awaited: "the lock of \(path)", time: 20_000, lastSeen: "\(said)")
    }
    said.append(line)
  }
  try body()
  holder.closeInput()
  guard holder.waitForEnd(within: 20_000) == 0 else {
    throw TestSupportError.setUp("sqlite3 did not end well")
  }
}
