import FiniTestSupport
import Foundation
import Testing

/// Restores by a real criu, and checkpoints of a container, that fail.
@Suite(.serialized, .enabled(if: RealCriu.isThere))
struct FailedRestoreTests {
  private func expect(
    _ full: Told, _ pid: Int32, _ tool: Tool, _ place: SourceLocation = #_sourceLocation,
    beforehand: () throws -> Void = {}
  ) throws {
    let told = ToldThreeWays(tool: tool, log: tool.folder + "/images/restore.log", full: full)
    try told.expect(place) { words in
      try beforehand()
      return (
        try RealCriu.run(after: words, ["restore", "-d"], tool, log: "restore.log"), "\(pid)"
      )
    }
  }

  @Test("The number of the process is in use")
  func numberInUse() throws {
    try RealCriu.withVictim(["sleeping", "60"]) { victim, tool in
      let dump = ["dump", "-t", "\(victim.pid)", "--leave-running"]
      #expect(try RealCriu.run(after: ["env"], dump, tool).status == 0)
      try expect(
        Told(
          1,
          "Process N can't be restored: its number is in use by another process, thread or zombie",
          "restore-fork-pid-taken: certain"),
        victim.pid, tool)
    }
  }

  @Test("The program's file is not there any more")
  func fileMissing() throws {
    let folder = NSTemporaryDirectory() + "fini-\(UUID().uuidString.prefix(8))"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try files.removeItem(atPath: folder) } }
    let path = folder + "/sleeping"
    try files.copyItem(atPath: House.victims.get() + "/sleeping", toPath: path)
    try RealCriu.withVictim(["sleeping", "60"], in: folder) { victim, tool in
      #expect(try RealCriu.run(after: ["env"], ["dump", "-t", "\(victim.pid)"], tool).status == 0)
      #expect(victim.waitForEnd(within: 10_000) == 137)
      try files.removeItem(atPath: path)
      try expect(
        Told(
          1, "The file or directory \(path), which the program used, is not here",
          "restore-file-missing: certain"),
        victim.pid, tool,
        beforehand: {
          // What a restore leaves of its processes has the number for a while.
          try RealCriu.waitUntilGone([victim.pid])
        })
    }
  }

  @Test(
    "A checkpoint of a container with a TCP connection: recorded, by CRIU's log, and by podman's words with the log",
    .enabled(if: Container.canRun, "podman and runc are not installed, or can't run here"))
  func container() throws {
    try Container.with(["holds-socket", "itself"]) { container in
      let tool = container.tool
      let (result, found) = container.checkpoint()
      #expect(result.status == 125, "\(result.err)")
      let log = try #require(found, "\(result.err)")
      #expect(Told(tool, tool.database, victim: "0") == .connection)
      let alone = tool.folder + "/alone.db"
      #expect(tool.run("import", log, "-o", alone).status == 0)
      #expect(Told(tool, alone, victim: "0") == .connection)
      let words = tool.folder + "/podman.err"
      let own = result.errLines.filter { !$0.hasPrefix("fini-trace: ") }
      try (own.joined(separator: "\n") + "\n").write(
        toFile: words, atomically: true, encoding: .utf8)
      let both = tool.folder + "/both.db"
      #expect(tool.run("import", words, "-o", both).status == 0)
      let joined = tool.run("import", log, "--into", "last", "--anyway", "-o", both)
      #expect(joined.status == 0, "\(joined.err)")
      #expect(Told(tool, both, victim: "0") == .connection)
    }
  }
}
