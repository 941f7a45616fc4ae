import FiniTestSupport
import Foundation
import Testing

/// Logs that tell by a line what went wrong, written for this test: the first sentence and the exit status.
@Suite(.serialized)
struct ToldErrorsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var log: String
    var words: String
    var status: Int32
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "the kernel ended the tracer for want of memory",
      log: "[77.1] Memory cgroup out of memory: Killed process 612 (criu) total-vm:9kB\n",
      words: "out-of-memory killer ended criu (612)", status: 1),
    Case(
      name: "criu check, with errors that it survived",
      log: "Error (criu/util.c:645): exited, status=1\nLooks good.\n", words: "Nothing wrong",
      status: 0),
    Case(
      name: "a helper program, and no task",
      log: "(00.100000)      1: Error (criu/util.c:643): exited, status=4\n"
        + "(00.100100) Error (criu/cr-restore.c:2320): Restoring FAILED.\n",
      words: "helper program", status: 1),
    Case(
      name: "the freezer",
      log: "(00.000100) freezer.state=FREEZING\n(09.900000) freezer.state=FREEZING\n"
        + "(10.000100) Error (criu/cr-dump.c:1467): Timeout reached. Try to interrupt: 0\n",
      words: "did not come to FROZEN", status: 1),
    Case(
      name: "the wrapper's word alone",
      log: "Error: `/usr/bin/runc checkpoint c1` failed: exit status 1\n",
      words: "could not be checkpointed", status: 1),
    Case(
      name: "what was restored is killed after the error",
      log:
        "(00.1)     55: Error (criu/files-reg.c:2143): Can't open file x/y on restore: No such file or directory\n"
        + "(00.2) Error (criu/cr-restore.c:1498): 55 killed by signal 9: Killed\n"
        + "(00.3) Error (criu/cr-restore.c:2536): Restoring FAILED.\n",
      words: "x/y", status: 1),
    Case(
      name: "rt_sigreturn was left, and the rest is not there",
      log: "(00.010000) 61 is going to execute the syscall 15\n(00.010100) 61 was stopped\n",
      words: "can't tell how it ended", status: 2),
  ]

  @Test("The first sentence", arguments: cases)
  func first(_ found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let run = tool.run("explain")
    let first = run.out.components(separatedBy: "\n\n")[0].split(separator: "\n")
      .joined(separator: " ")
    #expect(run.status == found.status, "\(run.out)")
    #expect(first.lowercased().contains(found.words.lowercased()), "\(first)")
  }
}
