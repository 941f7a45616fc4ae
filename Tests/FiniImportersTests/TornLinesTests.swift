import FiniModel
import Testing

@testable import FiniImporters

/// Lines of strace that are cut, torn, or set in the marks of mail and web pages.
@Suite("Torn and marked lines of strace")
struct TornLinesTests {
  /// What a whole file tells.
  private func sights(_ text: String) -> (sights: [Sight], summary: InputSummary) {
    var reader = InputReader(format: .strace, name: "-", task: TaskID(0))
    var found: [Sight] = []
    var cutter = LineCutter()
    cutter.take(Array(text.utf8)) { reader.read($0) { found.append($0) } }
    cutter.end { reader.read($0) { found.append($0) } }
    found += reader.end()
    return (found, reader.summary)
  }

  private func format(_ text: String) -> LineFormat? {
    LineFormat.recognize(text.split(separator: "\n").map { TextLine(String($0)) })
  }

  @Test(
    "A wait that is cut off is open, whatever ends the file",
    arguments: [
      "wait4(611,\n", "wait4(611, ", "wait4(611, 0x7ffd12, __WALL", "waitid(P_PID, 611, {si_si\n",
    ])
  func cutWait(text: String) {
    for log in [text, "strace: Process 610 attached\n" + text] {
      guard case .openWait(let target)? = sights(log).sights.last?.thing else {
        Issue.record("\(log)")
        continue
      }
      #expect(target == TaskID(611))
      #expect(format(log) == .strace)
    }
  }

  @Test(
    "A request that is cut off has not returned",
    arguments: [
      "ptrace(PTRACE_SEIZE, 612", "ptrace(PTRACE_SEIZE, 612,",
      "ptrace(PTRACE_SEIZE, 612, NULL, PTRACE_O_TRA",
      "ptrace(PTRACE_SEIZE, 612, NULL, PTRACE_O_TRACEEXEC)",
      "ptrace(PTRACE_SEIZE, 612, NULL, 0 <unfinished ...>",
      "ptrace(PTRACE_SEIZE, 612, NULL, PTRACE_O_TRACEEXEC) = ?",
    ])
  func cutRequest(line: String) {
    for log in [line, line + "\n"] {
      guard case .request(let call, let task)? = sights(log).sights.last?.thing else {
        Issue.record("\(log)")
        continue
      }
      #expect(call.request == .seize)
      #expect(task == TaskID(612))
      #expect(call.result == StraceCall.notReturned)
      #expect(format(log) == .strace)
    }
  }

  @Test("A request whose name is cut is a line that was not understood")
  func cutName() {
    guard
      case .note(.unparsed(let line), _)? = sights("getpid() = 3\nptrace(PTRACE_SEI\n").sights.last?
        .thing
    else {
      Issue.record("lost")
      return
    }
    #expect(line == 2)
  }

  @Test(
    "A call is torn over lines by a terminal, by a mail, by output between",
    arguments: [
      "wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIG\nTRAP}], __WALL, NULL) = 613\n",
      "wait4(-1, [{WIFSTOPPED(s) &&\nWSTOPSIG(s) == SIGTRAP}],\n__WALL, NULL) = 613\n",
      "wait4(-1, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}], __WALL, NULL)\n = 613\n",
    ])
  func tornWait(text: String) {
    let found = sights(text + "getpid() = 1\n")
    #expect(found.sights.count == 1)
    guard case .wait(let call)? = found.sights.first?.thing else {
      Issue.record("\(found)")
      return
    }
    #expect(call.status == 0x57f)
    #expect(call.result == 613)
    #expect(found.sights.first?.line == 1)
    #expect(found.summary.unparsed == 0)
  }

  @Test("A request that other output tears has its result")
  func tornRequest() {
    let text =
      "ptrace(PTRACE_SEIZE, 614, 0, 0 [wait(0x137f) = 615] WIFSTOPPED,sig=SIGSTOP\n) = -1 EIO (Input/output error)\n"
    guard case .request(let call, let task)? = sights(text).sights.first?.thing else {
      Issue.record("no request")
      return
    }
    #expect(call.error == Errno(rawValue: 5))
    #expect(task == TaskID(614))
  }

  @Test("What follows a cut call and is none of it is not lost")
  func notTheRest() {
    let found = sights(
      "ptrace(PTRACE_CONT, 616, NULL\nhello\nptrace(PTRACE_DETACH, 616, NULL, 0) = 0\n")
    var unparsed: [UInt32] = []
    var requests: [PtraceRequest] = []
    for sight in found.sights {
      if case .note(.unparsed(let line), _) = sight.thing { unparsed.append(line) }
      if case .request(let call, _) = sight.thing { requests.append(call.request) }
    }
    #expect(unparsed.sorted() == [1, 2])
    #expect(requests == [.detach])
  }

  @Test(
    "Marks around a call",
    arguments: [
      "-620 **ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)**",
      "> 620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
      "> > 620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
      "* `620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)`",
      "- 620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
      "+620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
      "| 620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted) |",
      "17: 620 ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
      "\u{1b}[1m620\u{1b}[0m ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)\r",
      "`ptrace(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)`",
      "**ptrace**(PTRACE_SEIZE, 621, NULL, 0) = -1 EPERM (Operation not permitted)",
    ])
  func marks(line: String) {
    let found = sights(line + "\n")
    guard case .request(let call, let task)? = found.sights.first?.thing else {
      Issue.record("\(line)")
      return
    }
    #expect(call.error == .notPermitted)
    #expect(task == TaskID(621))
    #expect(found.sights.first?.tracer.rawValue == (line.contains("620") ? 620 : 0))
    #expect(format(line) == .strace)
  }

  @Test("A page's entities are the characters that they stand for")
  func entities() {
    let found = sights(
      """
      630 wait4(-1,  &lt;unfinished ...&gt;
      631 getpid() = 631
      630 &lt;... wait4 resumed&gt;[{WIFSTOPPED(s) &amp;&amp; WSTOPSIG(s) == SIGTRAP}], 0, NULL) = 632

      """)
    guard case .wait(let call)? = found.sights.first?.thing else {
      Issue.record("\(found)")
      return
    }
    #expect(call.status == 0x57f && call.result == 632)
    #expect(found.summary.unparsed == 0)
  }

  @Test("exit_group tells the end of a program whose end strace does not tell")
  func exitGroup() {
    guard
      case .tracerEnded(.exited(let code))? = sights("640 exit_group(3) = ?\n").sights.last?.thing
    else {
      Issue.record("no end")
      return
    }
    #expect(code == 3)
    let whole = sights("640 exit_group(3) = ?\n640 +++ exited with 3 +++\n").sights
    #expect(whole.count == 1)
  }

  @Test("A tracer that was killed in a request leaves the request open")
  func killedInRequest() {
    let found = sights(
      "650 ptrace(PTRACE_SEIZE, 651, NULL, 0 <unfinished ...>\n650 +++ killed by SIGKILL +++\n"
    ).sights
    guard found.count == 2, case .request(let call, let task) = found[0].thing,
      case .tracerEnded = found[1].thing
    else {
      Issue.record("\(found)")
      return
    }
    #expect(call.result == StraceCall.notReturned)
    #expect(task == TaskID(651))
  }
}
