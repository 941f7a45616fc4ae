import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

/// `fini-trace watch` at work, for tracers of one name: other tests trace at the same time.
final class FlightCrew {
  let tool: Tool
  /// The name of the tracer, which no other process has.
  let name: String
  private let watcher: LiveProcess
  private let messages: String

  /// A small tracer of Tests/Tracers.
  private static let flits = Result {
    let place = House.root + "/.build/tracers"
    let made = House.run(
      "make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + place, place + "/flits"])
    guard made.status == 0 else { throw TestSupportError.setUp(made.output) }
    return place + "/flits"
  }

  init(_ options: [String] = [], tracers: [String]? = nil, in tool: Tool? = nil) throws {
    let tool = try tool ?? Tool()
    self.tool = tool
    name = "fl" + String(UInt32.random(in: .min ... .max), radix: 36)
    messages = tool.folder + "/" + name + ".err"
    try FileManager.default.copyItem(
      atPath: try FlightCrew.flits.get(), toPath: tool.folder + "/" + name)
    let names = (tracers ?? [name]).flatMap { ["--tracer", $0] }
    let words = ["watch", "-o", tool.database, "--quiet-after", "1"] + names + options
    let script = "err=$1; shift; exec \"$0\" \"$@\" 2>\"$err\""
    watcher = try LiveProcess(
      path: "/bin/sh", words: ["sh", "-c", script, Tool.path, messages] + words)
    try eventually("a watcher", within: 20_000, seeing: { said }) {
      $0.contains("Ctrl-C ends it") || options.contains("--quiet")
    }
    if options.contains("--quiet") {
      try eventually("its lock", seeing: { readWhole(tool.database + ".watch") }) { !$0.isEmpty }
      usleep(300_000)
    }
  }

  var pid: Int32 { watcher.pid }
  var said: String { readWhole(messages) }
  var lines: [String] { said.split(separator: "\n").map(String.init) }

  /// Runs the small tracer to its end.
  func flit(_ words: String...) -> Int32 {
    tool.run(program: tool.folder + "/" + name, words).status
  }

  /// Waits until so many sessions have been told of.
  func await(_ count: Int, within time: Int = 20_000) throws {
    try eventually("\(count) sessions", within: time, seeing: { said }) {
      $0.split(separator: "\n").count { $0.contains("fini-trace: run ") } >= count
    }
  }

  /// Ends it; its status.
  func end(_ signal: Int32 = 2) -> Int32? {
    watcher.signal(signal)
    return watcher.waitForEnd(within: 30_000)
  }
}

@Suite("The flight recorder records every tracer", .serialized, .enabled(if: bpfIsPermitted))
struct FlightTests {
  @Test(
    "A tracer that seizes and one that is asked by its child: a run each, with all their calls and stops"
  )
  func ways() throws {
    let crew = try FlightCrew()
    #expect(crew.flit("seize", "3", "50") == 0)
    #expect(crew.flit("me", "3", "50") == 0)
    try crew.await(2)
    #expect(crew.end() == 130, "\(crew.said)")
    let tool = crew.tool
    #expect(
      tool.sqlite("SELECT command_line FROM run ORDER BY number")
        == [["\(tool.folder)/\(crew.name) seize 3 50"], ["\(tool.folder)/\(crew.name) me 3 50"]])
    #expect(
      tool.sqlite(
        "SELECT t.name FROM run r JOIN task t ON t.run = r.number AND t.number = 0 ORDER BY 1")
        == [[crew.name], [crew.name]])
    // 4 interrupts, 3 to go on; the child's own request, 3 to go on.
    let calls = """
      SELECT run, request, count(*) FROM timeline WHERE request IS NOT NULL
      GROUP BY run, request ORDER BY run, request
      """
    #expect(
      tool.sqlite(calls) == [
        ["1", "PTRACE_CONT", "3"], ["1", "PTRACE_DETACH", "1"], ["1", "PTRACE_INTERRUPT", "4"],
        ["1", "PTRACE_SEIZE", "1"], ["2", "PTRACE_CONT", "3"], ["2", "PTRACE_DETACH", "1"],
        ["2", "PTRACE_TRACEME", "1"],
      ])
    // The first stop of a child that asks is reported by a wait that began before its tracer was known.
    #expect(
      tool.sqlite("SELECT run, count(*) FROM stops GROUP BY run") == [["1", "4"], ["2", "4"]])
    #expect(tool.sqlite("SELECT sum(lost), count(*) FROM run WHERE state = 2") == [["0", "2"]])
    #expect(tool.run("explain", "1").status != 66)
    #expect(crew.lines.count { $0.contains("(") && $0.contains(crew.name) } >= 2, "\(crew.said)")
    #expect(!FileManager.default.fileExists(atPath: tool.database + ".watch"))
  }

  @Test("Forty at once, and a tracer of another name is not recorded")
  func many() throws {
    let crew = try FlightCrew()
    #expect(crew.flit("many", "40", "seize", "2", "5") == 0)
    try withVictim("blocked-in-read") { victim in
      let other = try Tool()
      #expect(other.run("record", "\(victim.pid)", "-o", other.folder + "/own.db").status == 0)
    }
    try crew.await(40)
    #expect(crew.end(15) == 143)
    let tool = crew.tool
    #expect(tool.sqlite("SELECT count(*), sum(lost) FROM run WHERE state = 2") == [["40", "0"]])
    #expect(
      tool.sqlite(
        "SELECT DISTINCT count(*) FROM timeline WHERE request = 'PTRACE_CONT' GROUP BY run")
        == [["2"]])
  }

  @Test("Our own record is a tracer like any other: its verdict is the one that it tells itself")
  func own() throws {
    let crew = try FlightCrew(tracers: ["fini-trace"])
    try withVictim("blocked-in-read") { victim in
      let other = try Tool()
      #expect(other.run("record", "\(victim.pid)", "-o", other.folder + "/own.db").status == 0)
      try eventually("its run", within: 20_000, seeing: { crew.said }) {
        $0.contains("landed")
      }
      #expect(crew.end() == 130)
      let runs = crew.tool.sqlite(
        "SELECT number FROM run WHERE verdict = 1 AND command_line LIKE '%\(other.folder)%'")
      #expect(runs.count >= 1, "\(crew.said)")
    }
  }

  @Test("A session that holds a task when the recorder is interrupted is ended with what is there")
  func interrupted() throws {
    let crew = try FlightCrew()
    let tracer = try LiveProcess(
      path: crew.tool.folder + "/" + crew.name, words: [crew.name, "seize", "100", "200"])
    defer { tracer.end() }
    try eventually(
      "its events", within: 20_000, seeing: { crew.tool.sqlite("SELECT count(*) FROM event") }
    ) {
      ($0.first?.first.flatMap { Int($0) } ?? 0) > 4
    }
    #expect(crew.end() == 130)
    #expect(
      crew.tool.sqlite("SELECT state, substr(exit_summary, 1, 11) FROM run") == [
        ["2", "interrupted"]
      ])
    #expect(crew.tool.run("show").status == 0)
  }

  @Test(
    "Killed: no more than the last second is lost, and the next one marks the run as unfinished")
  func killed() throws {
    let tool = try Tool()
    let crew = try FlightCrew(in: tool)
    let tracer = try LiveProcess(
      path: tool.folder + "/" + crew.name, words: [crew.name, "seize", "1000", "10"])
    defer { tracer.end() }
    usleep(3_000_000)
    _ = crew.end(9)
    let kept = tool.sqlite("SELECT count(*) FROM event").first?.first.flatMap { Int($0) } ?? 0
    // Two seconds at 100 rounds a second or fewer, of four events or more each.
    #expect(kept > 200, "\(kept) events")
    let next = try FlightCrew(in: tool)
    #expect(tool.sqlite("SELECT DISTINCT state FROM run") == [["3"]])
    #expect(next.end() == 130)
  }

  @Test("A second one is refused in one line with the pid; a record into the same file works")
  func second() throws {
    let crew = try FlightCrew()
    let tool = crew.tool
    let refused = tool.run("watch")
    #expect(refused.status == 69)
    #expect(
      refused.errLines.count == 1 && refused.err.contains("process \(crew.pid)"), "\(refused.err)")
    #expect(crew.flit("seize", "1") == 0)
    try withVictim("blocked-in-read") { victim in
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
    try crew.await(1)
    #expect(crew.end() == 130)
    #expect(tool.sqlite("SELECT count(*) FROM run WHERE state = 2") == [["2"]])
  }

  @Test("--quiet says nothing")
  func quiet() throws {
    let crew = try FlightCrew(["--quiet"])
    #expect(crew.flit("seize", "1") == 0)
    try eventually("its run", within: 20_000, seeing: { crew.tool.sqlite("SELECT state FROM run") })
    {
      $0 == [["2"]]
    }
    #expect(crew.end() == 130)
    #expect(crew.said == "")
  }

  @Test("A cap: those beyond it are counted, each once, and told")
  func cap() throws {
    let crew = try FlightCrew(["--most-open", "3"])
    #expect(crew.flit("many", "10", "seize", "5", "200") == 0)
    try crew.await(3)
    usleep(1_500_000)
    #expect(crew.end() == 130)
    let recorded =
      crew.tool.sqlite("SELECT count(*) FROM run").first?.first.flatMap { Int($0) } ?? 0
    #expect(crew.said.contains("\(10 - recorded) sessions were not recorded"), "\(crew.said)")
  }

  @Test("gdb and strace", arguments: ["gdb", "strace"])
  func others(_ name: String) throws {
    let tool = try Tool()
    // Under a name of its own: others may use it now.
    let path = name == "gdb" ? "/usr/bin/gdb" : "/usr/bin/strace"
    let alias = name + String(UInt16.random(in: .min ... .max), radix: 36)
    try FileManager.default.copyItem(atPath: path, toPath: tool.folder + "/" + alias)
    let crew = try FlightCrew(tracers: [alias], in: tool)
    let words =
      name == "gdb"
      ? ["-q", "-nx", "-batch", "-ex", "run", "/bin/true"] : ["-o", "/dev/null", "/bin/true"]
    #expect(tool.run(program: tool.folder + "/" + alias, words).status == 0)
    try crew.await(1)
    #expect(crew.end() == 130)
    #expect(crew.lines.count { $0.contains("\(alias) (") } >= 1, "\(crew.said)")
    let command = tool.sqlite(
      "SELECT command_line, event_count > 5, lost FROM run ORDER BY event_count DESC")
    #expect(command.first?[0].hasSuffix("/bin/true") == true, "\(command)")
    #expect(command.first?.suffix(2) == ["1", "0"], "\(command)")
  }

  @Test("What is typed wrong", arguments: ["2", "2GB", "30d,1d", "1MiB", "0GiB", ",", "30days"])
  func words(_ keep: String) throws {
    let tool = try Tool()
    let run = tool.run("watch", "--keep", keep)
    #expect(run.status == 64 && run.errLines.count == 1, "\(run.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.database))
  }
}
