import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// A command that exceeds its time gets SIGTERM, then SIGKILL. The state of its tracees is recorded
/// before.
@Suite("--timeout ends every command", .serialized)
struct TimeoutTests {
  private static let stays = Result {
    let place = House.root + "/.build/tracers"
    let made = House.run(
      "make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + place, place + "/stays"])
    guard made.status == 0 else { throw TestSupportError.setUp(made.output) }
    return place + "/stays"
  }

  private func record(_ tool: Tool, _ victim: LiveProcess, _ observer: String, _ words: [String])
    throws -> (result: Tool.Result, seconds: Double, ready: Int32?)
  {
    let stays = try Self.stays.get()
    let start = Date()
    let result = tool.run(
      ["record", "\(victim.pid)", "--observer", observer, "--timeout", "1", "--", stays] + words)
    let ready = result.outLines.first?.split(separator: " ").last.flatMap { Int32($0) }
    return (result, -start.timeIntervalSinceNow, ready)
  }

  private static let observers = Doors.isRoot ? ["bpf", "ptrace"] : ["ptrace"]

  @Test("One that ignores SIGTERM gets SIGKILL, some seconds later", arguments: observers)
  func ignores(_ observer: String) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let (result, seconds, _) = try record(tool, victim, observer, [])
      #expect(result.status == 124, "\(result.err)")
      #expect(result.err.contains("has not heeded SIGTERM in 5.0 s: sending SIGKILL"))
      #expect(!result.err.contains("it is left as it is"), "\(result.err)")
      #expect(seconds > 5.9, "it has the time to heed SIGTERM")
    }
  }

  @Test(
    "A tracer that ignores it while it holds the victim: its state is recorded, then it is killed",
    arguments: observers)
  func holds(_ observer: String) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let (result, _, tracer) = try record(tool, victim, observer, ["\(victim.pid)"])
      #expect(result.status == 124, "\(result.err)")
      #expect(result.err.contains("sending SIGKILL"), "\(result.err)")
      let file = try TraceFile.openForReading(tool.database)
      let run = try file.run(.last)
      #expect(run.isFinished && run.exitSummary?.contains("timed out") == true)
      let events = try file.events(of: run.number)
      // One by SIGTERM and one by SIGKILL.
      let looks = events.filter {
        guard $0.tracee == victim.task, case .snapshot(let snapshot) = $0.payload else {
          return false
        }
        return snapshot.state == UInt8(ascii: "t")
      }
      #expect(looks.count == 2, "\(result.err)")
      let end = events.last {
        $0.tracee.rawValue == tracer && $0.payload == .ended(.killed(.kill, dumpedCore: false))
      }
      let ended = try #require(end, "\(events)")
      #expect(looks.allSatisfy { $0.entered < ended.entered })
      #expect(victim.status("TracerPid") == "0")
      #expect(victim.ask("x") != nil || victim.waitForEnd(within: 5000) == 0, "it goes on")
    }
  }

  @Test(
    "A tracer that outlives the command it is a child of is named",
    .enabled(if: Doors.isRoot, "a child is seen by BPF alone, which takes root"))
  func child() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let (result, _, tracer) = try record(tool, victim, "bpf", ["child", "\(victim.pid)"])
      defer { if let tracer { Doors.kill(tracer, 9) } }
      #expect(result.status == 124, "\(result.err)")
      let held = victim.status("TracerPid")
      // The command ends by SIGTERM. Its child does not, and a message says so.
      #expect(held == "\(tracer ?? 0)")
      #expect(
        result.err.contains("\(victim.pid) is still traced by \(tracer ?? 0)"), "\(result.err)")
    }
  }

  @Test(
    "A command that can't be ended is left, and a message says so",
    .enabled(if: Doors.isRoot, "a task that has a tracer can be watched by BPF only"))
  func undying() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let (result, seconds, holder) = try record(tool, victim, "bpf", ["held"])
      defer { if let holder { Doors.kill(holder, 9) } }
      #expect(result.status == 124, "\(result.err)")
      #expect(
        result.err.contains("has not ended 5.0 s after SIGKILL: it is left as it is"),
        "\(result.err)")
      #expect(result.err.contains("(stays): state Z"), "\(result.err)")
      #expect(seconds < 40)
    }
  }
}
