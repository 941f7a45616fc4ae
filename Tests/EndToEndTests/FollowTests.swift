import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// `show --follow` shows what is recorded while it is recorded, to any number of readers, and ends with the recorder.
@Suite("A run is followed", .serialized)
struct FollowTests {
  private static let tracer = TaskID(4700)
  private static let tracee = TaskID(4711)

  private func event(_ number: UInt32) -> Event {
    let entered = Instant(rawValue: 5_000_000_000 + UInt64(number) * 1_000_000)
    return Event(
      sequence: number, entered: entered, left: entered.advanced(by: 700),
      tracer: FollowTests.tracer, tracee: FollowTests.tracee,
      payload: .request(RequestCall(request: .peekData, address: UInt64(number) * 8, data: 7)))
  }

  private func begin(_ path: String) throws -> Recorder {
    try TraceFile.openForRecording(path).beginRun(
      RunStart(
        source: .engine, strategyAsked: .breakpoint, commandLine: "fini-trace record 4711",
        tracer: TaskIdentity(task: FollowTests.tracer, startTicks: nil, name: "fini"),
        tracee: TaskIdentity(task: FollowTests.tracee, startTicks: nil, name: "worker"),
        toolVersion: "0", kernelRelease: "6", started: Instant(rawValue: 5_000_000_000),
        startedRealtime: 1_700_000_000_000_000_000))
  }

  private let end = RunEnd(
    judged: JudgedTask(
      judgement: Judgement(verdict: .neverReached, summary: "Never reached"), isLetGo: true),
    strategyTaken: nil, exitSummary: "", finished: Instant(rawValue: 6_000_000_000),
    finishedRealtime: 1_700_000_001_000_000_000)

  @Test("Two readers have each event before the next one is recorded, and then the verdict")
  func readers() throws {
    let tool = try Tool()
    let recorder = try begin(tool.database)
    let words = ["fini-trace", "show", "--follow", tool.database]
    let readers = try (0..<2).map { _ in try LiveProcess(path: Tool.path, words: words) }
    var late: [UInt64] = []
    for number in 1...8 as ClosedRange<UInt32> {
      recorder.record(event(number))
      let recorded = Doors.milliseconds
      for reader in readers {
        // The header, the columns and the rule of a phase come first.
        var line = ""
        while !line.hasPrefix("   \(number) ") {
          line = try #require(reader.nextLine(within: 20_000), "event \(number), after \(line)")
          if number == 1, line.hasPrefix("run 1") { #expect(line.contains("being recorded")) }
        }
      }
      late.append(Doors.milliseconds - recorded)
    }
    try recorder.finish(end)
    for reader in readers {
      let rest = reader.rest(within: 20_000)
      #expect(rest.contains("Never reached"), "\(rest)")
      #expect(reader.waitForEnd(within: 20_000) == 0)
    }
    // 100 ms are the promise on a machine that does nothing else.
    late.sort()
    #expect(late[late.count / 2] < 2000, "\(late)")
    print(
      "a followed event was shown after \(late[late.count / 2]) ms in the middle, \(late.last ?? 0) at most"
    )
  }

  @Test("As JSON it is what show writes of the whole run in the end")
  func json() throws {
    let tool = try Tool()
    let recorder = try begin(tool.database)
    let reader = try LiveProcess(
      path: Tool.path, words: ["fini-trace", "show", "--follow", "--json", tool.database])
    for number in 1...1500 as ClosedRange<UInt32> {
      recorder.record(event(number))
      if number % 300 == 0 { try recorder.flush() }
    }
    try recorder.finish(end)
    let followed = reader.rest(within: 60_000)
    #expect(reader.waitForEnd(within: 20_000) == 0)
    let lines = followed.split(separator: "\n").count
    #expect(lines == 1500)
    // The phases are those that were found in the end, which a reader in the middle can't know.
    func withoutPhase(_ text: String) -> [String] {
      text.split(separator: "\n").map {
        String($0.replacing(/"phase":("[a-z]*"|null)/, with: ""))
      }
    }
    #expect(withoutPhase(followed) == withoutPhase(tool.run("show", "--json", tool.database).out))
  }

  @Test("A run that is over is shown and left; what can't be followed is refused")
  func over() throws {
    let tool = try Tool()
    let recorder = try begin(tool.database)
    recorder.record(event(1))
    try recorder.finish(end)
    let followed = tool.run("show", "--follow", tool.database)
    #expect(followed.status == 0 && followed.out == tool.run("show", tool.database).out)
    for more in [["--around", "1"], ["--until", "3"], ["--unparsed"]] {
      #expect(tool.run(["show", "--follow", tool.database] + more).status == 64, "\(more)")
    }
  }
}
