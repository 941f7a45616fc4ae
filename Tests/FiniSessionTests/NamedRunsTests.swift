import FiniSession
import FiniStore
import Testing

/// What the words after show, check, explain, list, compare and sql name.
struct NamedRunsTests {
  private func read(
    _ words: [String], option: String? = nil, limit: Int = 1
  ) throws(NamedRuns.Mistake) -> NamedRuns {
    try NamedRuns(words, option: option, limit: limit) { $0 == "recording" || $0 == "7" }
  }

  @Test func `a run, a file, or both in either order`() throws {
    let none = try read([])
    #expect(none.file == nil && none.runs.isEmpty)
    let run = try read(["3"])
    #expect(run.file == nil && run.runs == [.number(3)])
    let last = try read(["last"])
    #expect(last.file == nil && last.runs == [.last])
    let file = try read(["failed.db"])
    #expect(file.file == "failed.db" && file.runs.isEmpty)
    let both = try read(["dir/failed", "3"])
    #expect(both.file == "dir/failed" && both.runs == [.number(3)])
    let turned = try read(["3", "failed.db"])
    #expect(turned.file == "failed.db" && turned.runs == [.number(3)])
  }

  @Test func `a word without a dot is a file if there is one, and a number is a run all the same`()
    throws
  {
    #expect(try read(["recording"]).file == "recording")
    #expect(try read(["7"]).runs == [.number(7)])
    #expect(try read(["./7"]).file == "./7")
  }

  @Test func `what is neither a run nor a file is a mistake, and so are two files or two runs`() {
    #expect(throws: NamedRuns.Mistake.neither("fnord")) { try read(["fnord"]) }
    #expect(throws: NamedRuns.Mistake.neither("0")) { try read(["0"]) }
    #expect(throws: NamedRuns.Mistake.neither("-1")) { try read(["-1"]) }
    #expect(throws: NamedRuns.Mistake.twoFiles("a.db", "b.db")) { try read(["a.db", "b.db"]) }
    #expect(throws: NamedRuns.Mistake.twoFiles("o.db", "b.db")) {
      try read(["b.db"], option: "o.db")
    }
    #expect(throws: NamedRuns.Mistake.tooMany(.number(2), limit: 1)) { try read(["1", "2"]) }
    #expect(throws: NamedRuns.Mistake.tooMany(.last, limit: 0)) { try read(["last"], limit: 0) }
  }

  @Test func `compare takes as many runs as are named`() throws {
    let named = try read(["a.db", "1", "last", "3"], limit: .max)
    #expect(named.file == "a.db" && named.runs == [.number(1), .last, .number(3)])
  }
}
