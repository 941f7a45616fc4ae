import FiniTestSupport
import Foundation
import Testing

/// Dumps by a real criu that fail: what is told of them does not depend on the observer.
@Suite(.serialized, .enabled(if: RealCriu.isThere))
struct FailedDumpTests {
  /// The first sentence of `explain`, and its exit status.
  private func first(_ tool: Tool, _ arguments: String...) -> String {
    let run = tool.run(["explain"] + arguments)
    let words = run.out.components(separatedBy: "\n\n")[0].split(separator: "\n")
    return "\(run.status) " + words.joined(separator: " ").components(separatedBy: ". ")[0]
  }

  /// Records a dump, imports its log, and imports it joined with an strace of another one.
  private func expect(
    _ words: String, _ victim: LiveProcess, _ tool: Tool, pid: String? = nil,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    var command = RealCriu.dumpCommand(victim, tool)
    if let pid { command = command.map { $0 == "\(victim.pid)" ? pid : $0 } }
    let log = tool.folder + "/images/dump.log"
    let live = tool.run(["record", "--timeout", "30", "--"] + command)
    #expect(live.status == 1, "\(live.err)", sourceLocation: place)
    let told = first(tool)
    #expect(told.hasPrefix("1 ") && told.contains(words), "\(told)", sourceLocation: place)
    let alone = tool.folder + "/alone.db"
    #expect(tool.run("import", log, "-o", alone).status == 0, sourceLocation: place)
    #expect(first(tool, "-o", alone) == told, sourceLocation: place)
    let strace = tool.folder + "/strace"
    let traced = tool.run(
      program: "strace", ["-v", "-s", "1024", "-ttt", "-o", strace] + command)
    #expect(traced.status == 1, "\(traced.err)", sourceLocation: place)
    let both = tool.folder + "/both.db"
    let joined = tool.run("import", strace, log, "-o", both)
    #expect(joined.status == 0, "\(joined.err)", sourceLocation: place)
    #expect(first(tool, "-o", both) == told, sourceLocation: place)
  }

  @Test("A unix socket of a process outside of the dump")
  func socket() throws {
    let path = NSTemporaryDirectory() + "fini-\(UUID().uuidString.prefix(8))"
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
    try withVictim("holds-socket", ["listen", path]) { _ in
      try RealCriu.withVictim(["holds-socket", "connect", path]) { victim, tool in
        try expect("unix socket", victim, tool)
      }
    }
  }

  @Test("A process that is not there")
  func noProcess() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      // Above the greatest number that a process can have.
      try expect("4194305 was gone", victim, tool, pid: "4194305")
    }
  }
}
