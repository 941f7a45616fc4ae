import FiniTestSupport
import Foundation
import Testing

/// Tiny logs with one fault each, and what a person says of them. They are in a folder beside this project.
@Suite(.serialized, .enabled(if: SmallCases.exist, "needs ../shared/cases/small"))
struct SmallCasesTests {
  @Test("The first sentence has what counts, and the statuses agree", arguments: SmallCases.all)
  func first(_ found: SmallCases.Case) throws {
    let tool = try Tool()
    let imported = tool.run("import", SmallCases.path(found.name))
    #expect(imported.status == 0, "\(imported.err)")
    let run = tool.run("explain")
    #expect(run.status == found.status, "\(run.out)")
    let first = run.out.components(separatedBy: "\n\n")[0].split(separator: "\n").joined(
      separator: " ")
    #expect(first.contains(found.words), "\(first)")
    let check = tool.run("check", "--json")
    #expect(check.out.contains("\"verdict\":\"\(found.verdict)\""), "\(check.out.prefix(200))")
  }
}

enum SmallCases {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var words: String
    var verdict: String
    var status: Int32
    var testDescription: String { name }
  }

  static let folder = House.root + "/../shared/cases/small/"
  static var exist: Bool { FileManager.default.fileExists(atPath: folder + "ANSWERS.md") }
  static func path(_ name: String) -> String { folder + name + ".log" }

  static let all: [Case] = [
    ("a1-restore-killed-after-error", "session 6900", "undetermined", 1),
    ("b1-criu-assertion", "assertion of its own at criu/rst-malloc.c:130", "undetermined", 1),
    ("b2-restore-crash-label", "ended by SIGSEGV while it was restored", "undetermined", 1),
    ("c1-cut-wait", "waits for task 7201", "undetermined", 2),
    ("c3-cut-seize", "PTRACE_SEIZE of task 7202 had not returned", "never-reached", 2),
    ("c4-failed-getregset", "refused: EINVAL", "never-reached", 1),
    ("c6-bold-call", "7205 could not be seized (EPERM)", "never-reached", 2),
    ("d1-segv-loop", "comes again each time that task 7301", "never-reached", 1),
    ("e1-arm64-sigreturn", "7401 on the way through rt_sigreturn", "unfinished", 2),
    ("f1-restore-tail-complete", "Nothing wrong", "landed", 0),
    ("h01-victim-killed-in-fini", "9101 was killed by SIGKILL in fini", "lost", 1),
    ("h02-seize-refused-on-frozen-path", "9111 could not be seized (EPERM)", "never-reached", 1),
    ("h03-side-task-refused-tracer-went-on", "since task 9120 left the parasite", "unfinished", 2),
    ("h04-no-stop-before-own-alarm", "9130 could not be stopped within 10", "never-reached", 1),
    ("h05-old-log-without-required", "9140 left by rt_sigreturn as it should", "landed", 2),
    ("h06-signal-10-in-daemon-mode", "parasite crashed in task 9150", "never-reached", 1),
    ("h07-app-trace-without-tracer", "killed by SIGTRAP", "undetermined", 1),
    ("h08-landed-but-left-armed", "let go with the breakpoint armed", "landed", 1),
    ("h09-stop-eaten-in-fini", "SIGSTOP was taken from task 9180", "never-reached", 1),
    ("h10-log-says-trapped-only", "Nothing wrong", "landed", 0),
    ("h13-kernel-bad-frame", "restore task 9210", "undetermined", 1),
    ("i1-pie-wrapped", "7701 where 7695 was wanted", "undetermined", 1),
    ("j3-vanished-only", "log ends after", "unfinished", 2),
    ("k1-generic-error-epoll", "Epoll 21 of process 7901", "undetermined", 1),
    ("l1-freezer-never-frozen", "did not come to FROZEN", "never-reached", 1),
    ("l2-not-in-frozen-cgroup", "8002 was never seized (ECHILD)", "never-reached", 1),
    ("m1-other-error-after-good-infection", "established TCP connection", "never-reached", 1),
    ("m2-pid-exists", "8102 can't be restored", "undetermined", 1),
    ("m6-tail-only", "it begins at 473", "undetermined", 1),
    ("n1-own-tree", "itself below the process", "never-reached", 1),
    ("p1-seccomp-einval", "Linux 4.3", "never-reached", 1),
    ("r1-cap-needed", "CAP_CHECKPOINT_RESTORE", "undetermined", 1),
    ("s1-hang-while-infecting", "Putting tsock into pid 8401", "unfinished", 2),
    ("u1-signal127", "by a signal that the log does not name", "undetermined", 1),
    ("v1-error-without-failed", "srv/demo.log", "undetermined", 1),
  ].map { Case(name: $0.0, words: $0.1, verdict: $0.2, status: $0.3) }
}
