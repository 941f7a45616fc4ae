import FiniTestSupport
import Foundation
import Testing

/// Logs from real users, with the answers that a person gave. They are in a folder beside this
/// project.
@Suite(.serialized, .enabled(if: Cases.exist, "needs ../shared/cases"))
struct CasesTests {
  @Test("The verdict on fini", arguments: Cases.verdicts)
  func verdict(files: [String], verdict: String) throws {
    let tool = try Tool()
    let run = tool.run(["import", "--json"] + files.map { Cases.path($0) })
    #expect(run.status == 0, "\(run.err)")
    #expect(run.out.contains("\"verdict\":\"\(verdict)\""), "\(run.out.prefix(400))")
  }

  @Test("What happened, and how sure that is", arguments: Cases.causes)
  func cause(files: [String], cause: String, isCertain: Bool, status: Int32) throws {
    let tool = try Tool()
    #expect(tool.run(["import"] + files.map { Cases.path($0) }).status == 0)
    let run = tool.run("explain", "--json")
    #expect(run.status == status, "\(run.out)")
    // The first cause is the one that explains the most.
    let certainty = isCertain ? "yes" : "possible"
    let expected = "\"diagnoses\":[{\"cause\":\"\(cause)\",\"certainty\":\"\(certainty)\""
    #expect(cause.isEmpty || run.out.contains(expected), "\(run.out.prefix(600))")
  }

  @Test("A refused detach after the error is no cause of its own")
  func consequence() throws {
    let tool = try Tool()
    let name = "local-15-pending-sigtrap"
    #expect(
      tool.run("import", Cases.path(name + ".strace"), Cases.path(name + ".dump.log")).status == 0)
    let run = tool.run("explain")
    #expect(run.out.contains("follows from it"))
    #expect(run.out.contains("Unable to detach"))
    let causes = tool.run("explain", "--json").out.components(separatedBy: "\"cause\":")
    #expect(causes.count == 2)
  }

  @Test(
    "The first difference between two runs",
    arguments: [
      ("local-good-env00-bp", "local-21-sigusr1-in-fini-ok", "the same steps in every phase", 0),
      (
        "local-good-env00-bp", "local-03-sigstop-in-fini-kills-victim",
        "stop: signal-delivery of SIGSTOP", 1
      ),
      ("local-good-env00-bp", "local-good-env00-nobp", "poke DR0 = blob+0x3ba0", 0),
      ("local-good-env00-bp", "local-07-sigcont-during-infect", "they part in infect", 2),
    ] as [(String, String, String, Int32)])
  func divergence(first: String, second: String, words: String, status: Int32) throws {
    let tool = try Tool()
    for name in [first, second] {
      #expect(tool.run("import", Cases.path(name + ".strace")).status == 0)
    }
    let run = tool.run("compare", "1", "2")
    #expect(run.status == status)
    #expect(run.out.contains(words), "\(run.out.suffix(400))")
    #expect(
      tool.run("compare", "1", "2", "--json").outLines.last?.contains("\"divergence\"") == true)
  }

  @Test("awk counts as many ptrace and wait4 lines as there are events", arguments: Cases.straces)
  func awk(name: String) throws {
    let tool = try Tool()
    #expect(tool.run("import", Cases.path(name)).status == 0)
    let counted = House.run(
      "awk",
      [
        // A line that was cut off has no result.
        "/ (ptrace)\\(/ && / = / { p++ } / wait4\\(/ && / = / { w++ } END { print p+0, w+0 }",
        Cases.path(name),
      ])
    let rows = tool.sqlite("SELECT sum(kind < 30), sum(kind = 30), sum(kind = 37) FROM event")
    #expect("\(rows[0][0]) \(rows[0][1])\n" == counted.output)
    #expect(rows[0][2] == "0")
  }
}

enum Cases {
  static let folder = House.root + "/../shared/cases/"
  static var exist: Bool { FileManager.default.fileExists(atPath: folder + "README.md") }
  static func path(_ name: String) -> String { folder + name }

  static let straces = [
    "local-01-bp-missed-hang", "local-03-sigstop-in-fini-kills-victim",
    "local-05-sigtrap-taken-for-breakpoint", "local-07-sigcont-during-infect",
    "local-15-pending-sigtrap", "local-16-already-ptraced", "local-21-sigusr1-in-fini-ok",
    "local-good-compat32", "local-good-compel-infect-bp", "local-good-env00-bp",
    "local-good-env00-nobp",
  ].map { $0 + ".strace" }

  /// The answers in the README of the cases.
  static let verdicts: [([String], String)] = {
    var all: [([String], String)] = []
    for (name, verdict) in [
      ("local-good-env00-bp", "landed"), ("local-good-env00-nobp", "landed"),
      ("local-good-compat32", "landed"), ("local-21-sigusr1-in-fini-ok", "landed"),
      ("local-01-bp-missed-hang", "missed"),
      ("local-03-sigstop-in-fini-kills-victim", "intervened"),
      ("local-05-sigtrap-taken-for-breakpoint", "intervened"),
      ("local-07-sigcont-during-infect", "never-reached"),
      ("local-15-pending-sigtrap", "never-reached"),
      ("local-16-already-ptraced", "never-reached"),
    ] {
      all.append(([name + ".strace"], verdict))
      all.append(([name + ".strace", name + ".dump.log"], verdict))
      // A log alone can't tell a hang from a killed tracer.
      all.append(([name + ".dump.log"], verdict == "missed" ? "unfinished" : verdict))
    }
    all.append((["local-11-criu-killed-bp-armed.dump.log"], "unfinished"))
    all.append((["local-good-compel-infect-bp.strace"], "landed"))
    all.append((["local-good-compel-infect-bp.out"], "landed"))
    all.append((["issue-398-ia32-sigsegv-in-fini.log"], "intervened"))
    return all
  }()

  static let causes: [([String], String, Bool, Int32)] = [
    (["local-good-env00-bp.strace"], "", true, 0),
    (["local-good-env00-bp.strace", "local-good-env00-bp.dump.log"], "", true, 0),
    (["local-good-env00-bp.dump.log"], "", true, 0),
    (["local-good-env00-nobp.dump.log"], "breakpoints-off", true, 0),
    (["local-good-compel-infect-bp.strace"], "", true, 0),
    (["local-good-compat32.strace"], "", true, 0),
    (["local-21-sigusr1-in-fini-ok.strace"], "", true, 0),
    (["local-01-bp-missed-hang.strace"], "breakpoint-missed", true, 1),
    (["local-01-bp-missed-hang.dump.log"], "breakpoint-missed", false, 2),
    (["local-03-sigstop-in-fini-kills-victim.strace"], "stop-signal-in-fini", true, 1),
    (["local-03-sigstop-in-fini-kills-victim.dump.log"], "stop-signal-in-fini", true, 1),
    (["local-05-sigtrap-taken-for-breakpoint.strace"], "false-breakpoint", true, 1),
    (["local-05-sigtrap-taken-for-breakpoint.dump.log"], "false-breakpoint", true, 1),
    (["local-07-sigcont-during-infect.strace"], "interrupted-call", true, 1),
    (["local-07-sigcont-during-infect.dump.log"], "interrupted-call", true, 1),
    (["local-15-pending-sigtrap.dump.log"], "pending-trap", true, 1),
    (["local-15-pending-sigtrap.strace"], "pending-trap", false, 1),
    (["local-16-already-ptraced.dump.log"], "already-traced", true, 1),
    (["local-16-already-ptraced.strace"], "already-traced", false, 1),
    (["issue-162-dump-hang-wait4.log"], "breakpoint-missed", false, 2),
    (["issue-398-ia32-sigsegv-in-fini.log"], "parasite-crashed", true, 1),
    (["issue-552-apparmor-denies-connect.log"], "connect-denied", true, 1),
    (["issue-2641-sigill-in-parasite-arm64.log"], "parasite-crashed", true, 1),
    (["issue-2905-arm-hw-break-slow.log"], "slow-step", true, 1),
    (["pyspy-390-left-suspended-perf.log"], "", false, 2),
  ]
}
