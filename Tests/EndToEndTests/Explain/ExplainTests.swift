import FiniTestSupport
import Foundation
import Testing

/// Small logs, written by hand. Each has one error.
@Suite(.serialized)
struct ExplainTests {
  /// A log, the cause that must come first, and how certain it is; `nil` if nothing is wrong.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var log: String
    var cause: String?
    var isCertain = true
    var testDescription: String { name }
  }

  static let cases = inFini + aroundFini + logsAlone

  @Test("The cause, and how sure it is", arguments: cases)
  func cause(of found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    let imported = tool.run("import", tool.folder + "/log")
    #expect(imported.status == 0, "\(imported.err)")
    #expect(imported.err.contains(" 0 not understood"), "\(imported.err)")
    let run = tool.run("explain", "--json")
    guard let cause = found.cause else {
      #expect(run.status == 0, "\(run.out)")
      #expect(run.out.contains("\"answer\":\"nothing-wrong\""))
      return
    }
    // If a tracer says that it failed, it has failed, whatever the cause.
    // That a tracer failed is seen by its end, too, whatever the cause.
    let isWrong =
      found.isCertain || found.log.contains("FAILED.")
      || found.log.contains("+++ exited with 1 +++")
    #expect(run.status == (isWrong ? 1 : 2), "\(run.out)")
    let certainty = found.isCertain ? "yes" : "possible"
    #expect(
      run.out.contains("\"diagnoses\":[{\"cause\":\"\(cause)\",\"certainty\":\"\(certainty)\""),
      "\(run.out.prefix(700))")
    #expect(!run.out.contains("the sun is dim"))
    if found.name == "SIGSEGV" {
      // The tracer did not read the registers: then the report says nothing about them.
      #expect(!run.out.contains("pc 0x"))
    }
    // A person has read this text.
    let text = tool.run("explain", "--width", "80")
    #expect(text.outLines.allSatisfy { $0.count <= 80 })
    #expect(text.outLines.first?.isEmpty == false)
  }

  /// A cure by tracing system calls; `strace -e trace=ptrace` shows no wait of it.
  private static let withoutWaits =
    infect.withoutWaits + """
      10:00:00.001000 ptrace(PTRACE_INTERRUPT, 7) = 0
      10:00:00.001001 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001002 ptrace(PTRACE_SYSCALL, 7, NULL, 0) = 0
      10:00:00.001003 ptrace(PTRACE_GETREGSET, 7, NT_PRSTATUS, {iov_base={r15=0, rax=0, orig_rax=0xffffffffffffffff, rip=0x1000}, iov_len=216}) = 0
      10:00:00.001004 ptrace(PTRACE_SETREGSET, 7, NT_PRSTATUS, {iov_base={r15=0, rax=0, orig_rax=0xffffffffffffffff, rip=0x1000}, iov_len=216}) = 0

      """

  @Test(
    "Without the waits the outcome is unknown, even if the log shows no failure",
    arguments: cases.filter { $0.cause == nil && $0.log.contains(" wait4(") }.map {
      Case(name: $0.name, log: $0.log.withoutWaits)
    } + [
      Case(name: "registers written", log: withoutWaits + detach + end),
      Case(name: "all that was done is a look", log: seize.withoutWaits + detach + end),
    ])
  func waitsAreNotShown(_ found: Case) throws {
    let tool = try Tool()
    try found.log.write(toFile: tool.folder + "/log", atomically: true, encoding: .utf8)
    #expect(tool.run("import", tool.folder + "/log").status == 0)
    let run = tool.run("explain", "--json")
    #expect(run.status == 2, "\(run.out)")
    #expect(tool.run("check").status == 2)
  }
}

extension String {
  /// The log as `strace -e trace=ptrace` writes it.
  fileprivate var withoutWaits: String {
    split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains(" wait4(") }
      .joined(separator: "\n")
  }
}
