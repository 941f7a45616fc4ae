import FiniTestSupport
import Foundation
import Testing

/// `check` and `explain` of the same log: what one calls harm the other does not call good.
@Suite(.serialized)
struct AgreeTests {
  /// A tracer that patches a word of a task, and puts it back or not.
  private static func patched(_ task: Int, isPutBack: Bool) -> String {
    """
    90 ptrace(PTRACE_ATTACH, \(task)) = 0
    90 wait4(\(task), [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = \(task)
    90 ptrace(PTRACE_PEEKTEXT, \(task), 0x401000, [0x55]) = 0
    90 ptrace(PTRACE_POKETEXT, \(task), 0x401000, 0xcc) = 0
    \(isPutBack ? "90 ptrace(PTRACE_POKETEXT, \(task), 0x401000, 0x55) = 0" : "90 getpid() = 90")
    90 ptrace(PTRACE_DETACH, \(task), NULL, 0) = 0

    """
  }

  private static let end = "90 +++ exited with 0 +++\n"

  @Test(
    "Harm to one of two tasks, whichever the run is about",
    arguments: [
      ([true, true], 0, 2), ([false, true], 1, 1), ([true, false], 1, 1), ([false, false], 1, 1),
    ] as [([Bool], Int32, Int32)])
  func harm(_ areRight: [Bool], _ explained: Int32, _ checked: Int32) throws {
    let tool = try Tool()
    let log =
      Self.patched(91, isPutBack: areRight[0]) + Self.patched(92, isPutBack: areRight[1]) + Self.end
    try log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let explain = tool.run("explain")
    #expect(explain.status == explained, "\(explain.out)")
    let check = tool.run("check")
    #expect(check.status == checked, "\(check.out)")
    #expect(check.out.contains("not written back") == areRight.contains(false), "\(check.out)")
    // Stored with the run, and not judged again.
    #expect(
      tool.sqlite("SELECT count(*) FROM finding") == [["\(areRight.count { !$0 })"]])
  }
}
