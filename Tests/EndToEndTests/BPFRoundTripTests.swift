import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// One cure, seen by strace and by the kernel's tracepoints at the same time.
@Suite(.serialized, .enabled(if: Doors.isRoot))
struct BPFRoundTripTests {
  @Test(
    "strace's log imports to the requests, statuses and registers that BPF recorded",
    arguments: ["breakpoint", "syscall", "direct"])
  func same(strategy: String) throws {
    try withVictim("counts-usr1") { victim in
      let tool = try Tool()
      let log = tool.folder + "/strace"
      let run = tool.run(
        [
          "record", "\(victim.pid)", "--", "strace", "-v", "-ttt", "-e",
          "trace=ptrace,wait4,waitid",
        ]
          + [
            "-o", log, Tool.path, "record", "--unguarded", "\(victim.pid)", "--strategy", strategy,
          ]
          + ["-o", tool.folder + "/own.db"])
      #expect(run.status == 0, "\(run.err)")
      let other = tool.folder + "/imported.db"
      #expect(tool.run("import", log, "-o", other).status == 0)

      let seen = try events(tool.database, of: victim.task)
      let read = try events(other, of: victim.task)
      #expect(read.count > 30)
      #expect(seen.map(\.words) == read.map(\.words))
      // Registers, if both have all of them.
      var compared = 0
      for (one, two) in zip(seen, read) {
        guard let own = one.registers, let its = two.registers else { continue }
        compared += 1
        #expect(own == its, "\(one.words)")
      }
      #expect(compared >= 3)
      for file in [tool.database, other] {
        let check = tool.run("check", "--json", "-o", file)
        #expect(check.out.contains("\"verdict\":\"landed\""), "\(check.out.prefix(300))")
      }
    }
  }

  private struct Step {
    /// Request and result; or -4, the result and the status of a wait that took a stop.
    var words: [Int64]
    var registers: Registers?
  }

  private func events(_ database: String, of task: TaskID) throws -> [Step] {
    let file = try TraceFile.openForReading(database)
    return try file.events(of: try file.run(.last).number).compactMap { event in
      guard event.tracee == task else { return nil }
      switch event.payload {
      case .request(let call):
        var registers: Registers?
        if case .registers(let known) = call.detail { registers = known }
        return Step(words: [call.request.rawValue, call.result], registers: registers)
      case .wait(let call):
        guard call.result > 0 else { return nil }
        return Step(words: [-4, call.result, Int64(call.status ?? 0)])
      default: return nil
      }
    }
  }
}
