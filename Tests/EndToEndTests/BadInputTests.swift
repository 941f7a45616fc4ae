import FiniTestSupport
import Foundation
import Testing

/// Each bad input gets one line with cause and remedy, its exit status, and an untouched victim.
@Suite(.serialized)
struct BadInputTests {
  private func expectOneLine(
    _ result: Tool.Result, status: Int32, _ words: String...,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.err)", sourceLocation: location)
    #expect(result.out == "", sourceLocation: location)
    #expect(result.errLines.count == 1, "\(result.err)", sourceLocation: location)
    for word in words {
      #expect(result.err.contains(word), "\(result.err)", sourceLocation: location)
    }
  }

  @Test("A pid that is not a number, or does not exist")
  func noSuchPid() throws {
    let tool = try Tool()
    expectOneLine(tool.run("record", "abc"), status: 64, "\"abc\"", "ps")
    expectOneLine(tool.run("record", "0"), status: 64, "not a process number")
    expectOneLine(tool.run("record", "99999999999"), status: 64)
    expectOneLine(tool.run("record", "4194305"), status: 69, "no process 4194305")
    expectOneLine(tool.run("record", "12\u{1b}[31m"), status: 64)
    #expect(!tool.run("record", "12\u{1b}[31m").err.contains("\u{1b}"))
    #expect(!FileManager.default.fileExists(atPath: tool.database), "no file for nothing")
  }

  @Test("A kernel thread, a zombie, an ancestor")
  func untouchable() throws {
    let tool = try Tool()
    expectOneLine(tool.run("record", "2"), status: 69, "kernel thread", "kthreadd")
    expectOneLine(
      tool.run("record", "\(Doors.ownProcess)"), status: 69, "started fini-trace")
    try Doors.withFork(.zombie) { child in
      try OtherTask(pid: child).settle(in: ["Z"])
      expectOneLine(
        tool.run("record", "\(child)"), status: 69, "zombie", "parent \(Doors.ownProcess)")
    }
  }

  @Test("The tool itself")
  func itself() throws {
    let tool = try Tool()
    let run = tool.run(program: "/bin/sh", ["-c", "exec \"$0\" record $$", Tool.path])
    expectOneLine(run, status: 69, "fini-trace itself")
  }

  @Test("A victim that another tracer has: its name, and nothing is touched")
  func traced() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      try Doors.withOtherTracer(of: victim.pid) { tracer in
        expectOneLine(
          tool.run("record", "\(victim.pid)"), status: 69, "traced by \(tracer)", "one tracer")
        #expect(victim.status("TracerPid") == "\(tracer)")
      }
    }
  }

  @Test("A victim of another user, without the right to trace it")
  func notPermitted() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let folder = tool.folder
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
      // The build may be in a folder that other users can't enter; a copy can be run.
      let copy = folder + "/fini-trace"
      try FileManager.default.copyItem(atPath: Tool.path, toPath: copy)
      let run = tool.run(
        program: "setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", copy, "record", "\(victim.pid)"])
      expectOneLine(run, status: 69, "not permitted", "user 0", "65534", "CAP_SYS_PTRACE")
      victim.say("x")
      #expect(victim.nextLine() == "line x")
    }
  }

  @Test("An output that can't be used leaves the victim untouched and the file as it was")
  func badOutput() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let pid = "\(victim.pid)"
      let place = tool.folder + "/"
      expectOneLine(tool.run("record", pid, "-o", tool.folder), status: 66, "folder")
      expectOneLine(tool.run("record", pid, "-o", place + "no/such.db"), status: 66)
      try FileManager.default.createSymbolicLink(
        atPath: place + "link.db", withDestinationPath: place + "target.db")
      expectOneLine(tool.run("record", pid, "-o", place + "link.db"), status: 69, "symbolic link")
      #expect(!FileManager.default.fileExists(atPath: place + "target.db"))
      let garbage = String(repeating: "no database ", count: 500)
      try garbage.write(toFile: place + "garbage.db", atomically: true, encoding: .utf8)
      expectOneLine(tool.run("record", pid, "-o", place + "garbage.db"), status: 66)
      #expect(readWhole(place + "garbage.db") == garbage)
      _ = tool.run(
        program: "sqlite3", [place + "other.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)"])
      expectOneLine(tool.run("record", pid, "-o", place + "other.db"), status: 66)
      let other = tool.run(
        program: "sqlite3", [place + "other.db", "SELECT * FROM t; PRAGMA journal_mode"])
      #expect(other.out == "1\ndelete\n", "not even its journal mode is changed")
      #expect(tool.run("record", pid).status == 0)
      _ = tool.run(program: "sqlite3", [tool.database, "PRAGMA user_version = 999"])
      expectOneLine(tool.run("record", pid), status: 69, "newer")
      expectOneLine(tool.run("list"), status: 69, "newer")
      _ = tool.run(program: "sqlite3", [tool.database, "PRAGMA user_version = 1"])
      _ = tool.run(program: "truncate", ["-s", "10000", tool.database])
      expectOneLine(tool.run("record", pid), status: 66)
      #expect(victim.status("TracerPid") == "0")
    }
  }

  @Test("A task that a run has not")
  func noSuchTask() throws {
    let tool = try Tool()
    let log = House.root + "/Tests/Fixtures/good.strace.gz"
    #expect(tool.run("import", log).status == 0)
    for command in ["show", "check", "explain"] {
      expectOneLine(
        tool.run(command, "--task", "1"), status: 66, "task 1 was not traced in run 1")
    }
    expectOneLine(tool.run("show", "--task", "1", "--task", "2"), status: 66, "task 1")
    try withVictim("blocked-in-read") { victim in
      let own = try Tool()
      #expect(own.run("record", "\(victim.pid)").status == 0)
      for command in ["show", "check", "explain"] {
        expectOneLine(
          own.run(command, "--task", "1"), status: 66, "run 1 is of task \(victim.pid) alone")
      }
      #expect(own.run("show", "--task", "\(victim.pid)").status == 0)
    }
  }

  @Test("Ctrl-C of a watch that saw no tracer")
  func interruptedWatch() throws {
    try withVictim("blocked-in-read") { victim in
      let tool = try Tool()
      let (run, _) = try tool.interrupted(
        ["record", "\(victim.pid)", "--watch"], when: "the watch"
      ) { readWhole(tool.folder + "/.err").contains("watching") }
      #expect(run.status == 130 && run.err.contains("was not traced: interrupted"), "\(run.err)")
    }
  }

  @Test("A file or a run that does not exist")
  func nothingToRead() throws {
    let tool = try Tool()
    for command in [["list"], ["show"], ["check"], ["compare", "1", "2"], ["sql", "SELECT 1"]] {
      expectOneLine(tool.run(command), status: 66, "fini-trace.db")
    }
    try withVictim("blocked-in-read") { victim in
      #expect(tool.run("record", "\(victim.pid)").status == 0)
    }
    expectOneLine(tool.run("show", "7"), status: 66, "7", "1")
    expectOneLine(tool.run("check", "7"), status: 66, "7")
    expectOneLine(tool.run("show", "--around", "9999"), status: 66, "no event 9999")
    expectOneLine(tool.run("show", "--phase", "lunch"), status: 64, "lunch", "sigreturn")
    expectOneLine(tool.run("show", "--kind", "lunch"), status: 64, "lunch", "poke")
    expectOneLine(tool.run("compare", "1"), status: 64, "two runs")
    expectOneLine(tool.run("sql", "DELETE FROM event"), status: 64)
    expectOneLine(tool.run("sql", "ATTACH 'x.db' AS x"), status: 64)
    expectOneLine(tool.run("sql", "SELECT x FROM nowhere"), status: 64, "nowhere")
    #expect(tool.run("check").status == 0, "nothing of this changed the file")
  }
}
