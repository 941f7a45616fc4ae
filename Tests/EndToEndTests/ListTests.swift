import FiniTestSupport
import Foundation
import Testing

/// `list` reports what is stored with the runs.
@Suite(.serialized)
struct ListTests {
  @Test("It says what check says, and reads no event")
  func readsRows() throws {
    try withVictim("idle-threads", ["4"]) { victim in
      let tool = try Tool()
      let pid = "\(victim.pid)"
      #expect(tool.run("record", pid).status == 0)
      #expect(tool.run("record", pid, "--strategy", "direct").status == 0)
      #expect(tool.run("record", pid, "--tree").status == 0)
      for log in ["good", "lost-breakpoint"] {
        let log = House.root + "/Tests/Fixtures/\(log).strace.gz"
        #expect(tool.run("import", log).err.contains("lines"))
      }
      // JudgedOnceTests compare what an observed run stores with its timeline.
      let list = tool.run("list", "--json")
      #expect(list.status == 0 && list.outLines.count == 5, "\(list.err)")
      for (index, line) in list.outLines.enumerated() {
        let check = tool.run("check", "\(index + 1)", "--json")
        let listed = try object(line)
        let checked = try object(try #require(check.outLines.first))
        for key in ["verdict", "pid", "comm"] where checked[key] != nil {
          #expect("\(listed[key] ?? "")" == "\(checked[key] ?? "")", "run \(index + 1), \(key)")
        }
        #expect(listed["frozen_ns"] is Int || index >= 3, "run \(index + 1)")
      }
      let table = tool.run("list")
      _ = tool.sqlite("DELETE FROM register_change; DELETE FROM event")
      #expect(tool.sqlite("SELECT count(*) FROM event") == [["0"]])
      #expect(tool.run("list", "--json").out == list.out)
      #expect(tool.run("list").out == table.out)
    }
  }

  private func object(_ line: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(object as? [String: Any])
  }
}
