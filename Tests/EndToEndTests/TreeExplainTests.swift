import FiniTestSupport
import Foundation
import Testing

/// `explain` of a run of a tree, on real processes.
@Suite(.serialized)
struct TreeExplainTests {
  private func first(_ out: String) -> String {
    out.components(separatedBy: "\n\n")[0].split(separator: "\n").joined(separator: " ")
  }

  @Test("A tree of which one task is traced by another: named, and the answer is that of check")
  func traced() throws {
    try withVictim("process-tree", ["3", "3"]) { victim in
      let tool = try Tool()
      #expect(tool.run("record", "\(victim.pid)", "--tree").status == 0)
      let good = tool.run("explain")
      #expect(good.status == 0, "\(good.out)")
      #expect(
        first(good.out).hasPrefix("Nothing wrong: 4 of 4 tasks cured and let go."), "\(good.out)")

      let child = try #require(victim.children.first)
      let other = try LiveProcess(
        path: "/usr/bin/strace", words: ["strace", "-o", "/dev/null", "-p", "\(child)"])
      defer { other.end() }
      try eventually("strace holds it", seeing: { statusField(of: child, "TracerPid") }) {
        $0 == "\(other.pid)"
      }
      #expect(tool.run("record", "\(victim.pid)", "--tree").status == 1)
      let run = tool.run("explain")
      #expect(run.status == 2)
      #expect(tool.run("check").status == 2)
      #expect(
        first(run.out).hasPrefix(
          "1 of 4 tasks not cured: \(child) is traced by \(other.pid) (strace)"), "\(run.out)")
      #expect(tool.run("explain", "--json").out.contains(#""outcome":"refused""#))

      let one = tool.run("explain", "--task", "\(victim.pid)")
      #expect(one.status == 0)
      #expect(
        first(one.out).hasPrefix("Nothing wrong: task \(victim.pid) was caught"), "\(one.out)")
      let none = tool.run("explain", "--task", "\(child)")
      #expect(none.status == 2)
      #expect(none.err.contains("has no events of task \(child)"))
      #expect(tool.run("explain", "--task", "1").err.contains("no task 1"))
    }
  }
}
