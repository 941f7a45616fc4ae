import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// Tracers that are neither fini-trace nor CRIU: gdb, a libcompel program, one with errors.
@Suite("Other tracers", .serialized, .enabled(if: Doors.isRoot && RealCriu.tracers != nil))
struct ForeignTracersTests {
  private let tracers = RealCriu.tracers ?? ""

  /// Starts a victim of Tests/Tracers that prints `ready ADDRESS` of a function that it calls
  /// often.
  private func withCalled(
    _ words: [String] = [], _ body: (LiveProcess, String, Tool) throws -> Void
  ) throws {
    let victim = try LiveProcess(path: tracers + "/called", words: ["called"] + words)
    defer { victim.end() }
    let ready = victim.nextLine(within: 10_000)?.split(separator: " ") ?? []
    try #require(ready.count == 2 && ready[0] == "ready")
    try body(victim, String(ready[1]), try Tool())
  }

  @Test("gdb attaches, hits a hardware breakpoint once, and goes")
  func gdb() throws {
    try withCalled { victim, address, tool in
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "50", "--", "gdb", "-q", "-nx", "-batch"]
          + ["-p", "\(victim.pid)", "-x", House.root + "/Tests/Tracers/breakpoint.gdb"]
          + [tracers + "/called"])
      #expect(result.status == 0, "\(result.err)")
      #expect(result.out.contains("\nhit\n"), "\(result.out)")
      let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0 && run.isFinished)
      #expect(timeline.judgement.verdict == .neverReached, "gdb has no parasite to leave")
      #expect(timeline.judgement.findings.isEmpty, "\(timeline.judgement.findings)")
      let hits = events.compactMap { event -> RemoteAddress? in
        guard case .stop(let stop) = event.payload, stop.stopClass == .breakpoint else {
          return nil
        }
        return stop.programCounter
      }
      let place = try #require(UInt64(address.dropFirst(2), radix: 16))
      // gdb sets it after the function's prologue, which here is nothing or `push rbp; mov rbp,
      // rsp`.
      #expect(
        hits.count == 1 && hits.allSatisfy { $0.rawValue >= place && $0.rawValue < place + 16 })
      #expect(timeline.breakpoints.count == 1 && timeline.breakpoints[0].disarmed != nil)
      #expect(timeline.breakpoints[0].address == hits.first)
      #expect(victim.ask("calls")?.hasPrefix("calls ") == true, "it goes on")
    }
  }

  @Test(
    "libcompel 3.17 has no TRACESYSGOOD: landed all the same, by either way",
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/include/compel/infect.h")),
    arguments: [[], ["--syscall"]])
  func compel(_ options: [String]) throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "50", "--", tracers + "/compel-bench"] + options
          + ["\(victim.pid)", "1"])
      #expect(result.status == 0, "\(result.err)")
      let (run, events, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0)
      #expect(timeline.judgement.verdict == .landed, "\(timeline.judgement.summary)")
      #expect(timeline.judgement.caught == (options.isEmpty ? .breakpoint : .syscall))
      #expect(timeline.phases.map(\.phase).contains(.sigreturn))
      // It does not set PTRACE_O_TRACESYSGOOD, so no status has the 0x80.
      for event in events where event.tracee == victim.task {
        if case .stop(let stop) = event.payload { #expect(stop.status >> 8 & 0xff != 0x85) }
        if case .request(let call) = event.payload, call.request == .setOptions {
          #expect(call.data & 1 == 0)
        }
      }
      let classes = timeline.stops.compactMap { pair -> StopClass? in
        guard let event = timeline.event(pair.stop), case .stop(let stop) = event.payload else {
          return nil
        }
        return stop.stopClass
      }
      #expect(!classes.contains(.unknown), "\(classes)")
      #expect(classes.contains(.breakpoint) == options.isEmpty)
      // libcompel 3.17.1 restores some registers wrong and then corrects them; Decision 0018.
      #expect(timeline.judgement.findings.allSatisfy { $0.kind == .registersMended })
      #expect(tool.run("check").status == 0)
      #expect(victim.ask("x") != nil || victim.waitForEnd(within: 2000) == 0)
    }
  }

  @Test(
    "What a tracer leaves is found, and nothing of one that leaves nothing",
    arguments: [
      ("clean", nil), ("armed", .detachedArmed), ("patched", .memoryPatched), ("blob", .blobLeft),
      ("mask", .maskChanged), ("handler", .handlerLost), ("forced", .handlerLost),
      ("lost-stop", .signalLost),
    ] as [(String, Cause?)])
  func misuse(_ how: String, _ expected: Cause?) throws {
    try withCalled { victim, address, tool in
      // As the kernel reports it.
      func catchesTrap() -> Bool {
        UInt64(victim.status("SigCgt"), radix: 16).map { $0 >> 4 & 1 == 1 } ?? false
      }
      #expect(catchesTrap())
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "30", "--", tracers + "/misuses", how]
          + ["\(victim.pid)", address])
      #expect(result.status == 0, "\(result.out) \(result.err)")
      let (run, _, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(run.lost == 0)
      #expect(timeline.judgement.findings.map(\.kind) == (expected.map { [$0] } ?? []))
      let check = tool.run("check")
      #expect(check.status == (expected == nil ? 2 : 1), "\(check.out)")
      let explain = tool.run("explain")
      #expect(explain.status == (expected == nil ? 0 : 1), "\(explain.out)")
      if expected == .handlerLost {
        #expect(!catchesTrap())
        #expect(check.out.contains("SIGTRAP") && explain.out.contains("handler"), "\(explain.out)")
      } else if how == "clean" || how == "mask" {
        #expect(catchesTrap())
      }
    }
  }

  @Test("A tracer that ends with its breakpoint armed leaves it armed")
  func dies() throws {
    try withCalled { victim, address, tool in
      // Its requests: seize, interrupt, registers, DR0, DR7, cont. It ends before the next one.
      let result = tool.run(
        ["record", "\(victim.pid)", "--timeout", "30", "--", tracers + "/misuses", "die:6"]
          + ["\(victim.pid)", address])
      #expect(result.status == 137)
      let (_, _, timeline) = try RealCriu.lastRun(tool, of: victim.task)
      #expect(timeline.judgement.findings.map(\.kind) == [.leftArmed])
    }
  }
}
