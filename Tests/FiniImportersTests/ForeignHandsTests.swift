import FiniModel
import Foundation
import Testing

@testable import FiniImporters

/// Logs as users send them: with stamps, quotations and colours that are not the tracer's, cut, and
/// of other versions.
@Suite("Logs from other hands")
struct ForeignHandsTests {
  private func facts(_ lines: String...) -> [LogFact] {
    var reader = InputReader(format: .criuLog, name: "-", task: TaskID(0))
    var found: [LogFact] = []
    for line in lines {
      reader.read(TextLine(line)) {
        if case .note(.log(let record), _) = $0.thing { found.append(record.fact) }
      }
    }
    return found
  }

  private func calls(_ lines: String...) -> [Sight] {
    var reader = InputReader(format: .strace, name: "-", task: TaskID(0))
    var found: [Sight] = []
    for (index, line) in lines.enumerated() {
      reader.read(TextLine(line, number: UInt32(index + 1))) { found.append($0) }
    }
    return found
  }

  private func wait(_ line: String) -> WaitCall? {
    guard case .wait(let call)? = calls(line).first?.thing else { return nil }
    return call
  }

  @Test(
    "CRIU's line is found after a prefix of another program",
    arguments: [
      "(00.02) Error (compel/src/lib/infect.c:1): Task 7 is in unexpected state: 137f",
      "> (00.02) Error (compel/src/lib/infect.c:1): Task 7 is in unexpected state: 137f",
      "    (00.02) Error (compel/src/lib/infect.c:1): Task 7 is in unexpected state: 137f\r",
      "Error (infect.c:1): Task 7 is in unexpected state: 137f",
      "time=\"2024-05-01T10:00:00Z\" level=error msg=\"(00.02) Error (a.c:1): Task 7 is in unexpected state: 137f\"",
      "time=\"2024-05-01T10:00:00Z\" level=warning msg=\"718:(00.02) Error (a.c:1): Task 7 is in unexpected state: 137f\"",
      "May 01 10:00:00 host podman[12]: (00.02) Error (a.c:1): Task 7 is in unexpected state: 137f",
      "21:42:21   [OUT] (10.02) Error (criu/a.c:1): Task 7 is in unexpected state: 137f",
      "b'(00.02) Error (a.c:1): Task 7 is in unexpected state: 137f'",
      "# ./dir/dump.log-(00.02) Error (a.c:1): Task 7 is in unexpected state: 137f",
      "\u{1b}[31m(00.02) \u{1b}[1mError\u{1b}[0m (a.c:1): Task 7 is in unexpected state: 137f\u{1b}[0m",
      "level=error msg=\"Error (a.c:1): Task 7 is in unexpected state: 137f\"",
    ])
  func prefixes(line: String) {
    let shown = line.hasSuffix("\r") ? String(line.dropLast()) : line
    #expect(facts(shown) == [.unexpectedState(status: 0x137f)])
    #expect(LineFormat.recognize([TextLine(shown).plain]) == .criuLog)
  }

  @Test(
    "Messages of restore and of other versions",
    arguments: [
      (
        "(00.06) Error (criu/cr-restore.c:1): 49 killed by signal 11: Segmentation fault",
        .parasiteCrashed(signal: .segmentation)
      ),
      ("(00.06) Error (criu/cr-restore.c:1): 15 exited, status=1", .exitedWith(code: 1)),
      (
        "(00.06) Error (criu/cr-restore.c:1736): Can't attach to 50: Operation not permitted",
        .seizeRefused(error: .notPermitted)
      ),
      ("(00.06) Error (criu/seize.c:275): zombie found while seizing", .isZombie),
      (
        "(00.06) Error (ptrace.c:1): SEIZE 9: Unseizable non-zombie found, state t, err -1",
        .cannotBeSeized(state: UInt8(ascii: "t"))
      ),
      (
        "(00.06) Error (compel/src/lib/infect.c:537): Can't run parasite at 2: No such process",
        .notInjected
      ),
      (
        "(00.06) Error (infect.c:315): Can't set xstate for 52: Invalid argument",
        .floatingPointRefused(error: .invalidArgument)
      ),
      ("(00.036179) pie: 828: Switched to the restorer 828", .restoreBegins),
      ("(00.698)pie: 5: vdso: nothing that is known", nil),
      ("(00.01) Dumping GP/FPU registers for 32", nil),
    ] as [(String, LogFact?)])
  func messages(line: String, fact: LogFact?) {
    #expect(facts(line) == (fact.map { [$0] } ?? []))
  }

  @Test(
    "strace's stamps of every kind, and those that others put before them",
    arguments: [
      ("Nov 26 11:20:01.5 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 40_801_500_000_000),
      ("2024-03-05T11:20:01.5+0100 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 40_801_500_000_000),
      ("26. November 11:20:01,5 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 40_801_500_000_000),
      ("2024年3月5日 11:20:01.5 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 40_801_500_000_000),
      ("11:20:01 PM ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 84_001_000_000_000),
      ("> 11:20:01.5 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 40_801_500_000_000),
      ("    1795462940.5 ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 1_795_462_940_500_000_000),
      ("21:17:01.089 (+     0.000056) ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 76_621_089_000_000),
      ("    ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0),
      ("step 3 | ptrace(PTRACE_CONT, 7, NULL, 0) = 0", 0),
    ] as [(String, Int64)])
  func stamps(line: String, time: Int64) {
    let found = calls(line)
    guard case .request(let call, let task)? = found.first?.thing else {
      Issue.record("\(line): \(found)")
      return
    }
    #expect(call.request == .cont)
    #expect(task == TaskID(7))
    #expect(found.first?.entered == time)
  }

  @Test("Ordinary text, stacks and messages are no calls")
  func noCalls() {
    for line in [
      " > /usr/lib/x86_64-linux-gnu/libc.so.6(ptrace+0x52) [0x11ab32]",
      "strace: Process 12 attached",
    ] {
      #expect(calls(line).isEmpty, "\(line)")
    }
    // It mentions calls, and has neither a result nor a sign of one.
    #expect(
      LineFormat.recognize([TextLine("then wait4() failed and ptrace(2) says nothing")]) == nil)
  }

  @Test(
    "Lines of other programs about ptrace and checkpoints are a log",
    arguments: [
      "strace: attach: ptrace(PTRACE_ATTACH, 7): Operation not permitted`",
      "attach: ptrace(PTRACE_ATTACH, ...): Operation not permitted",
      "strace: test_ptrace_get_syscall_info: PTRACE_TRACEME: Operation not permitted",
      "warning: process 7 is already traced by process 8", "ptrace: No such process.",
      "info: 7 is already being traced by process 8, detach that first.",
      "Program terminated with signal SIGABRT, Aborted.", "Core was generated by `criu swrk 3'.",
      "x 20200101000000.100 ERROR    lxc_criu - criu.c:do_dump:11 - dump failed with 1",
      "desc = checkpoint/restore support not available)", "flag provided but not defined: -x",
      "=========== Test zdtm/static/env00 PASS ===========",
    ])
  func otherPrograms(line: String) {
    #expect(LineFormat.recognize([TextLine("some text before it"), TextLine(line)]) == .criuLog)
  }

  @Test(
    "Ordinary text is no log, whatever it is about",
    arguments: [
      "The word Error stands here, and nothing failed.", "Test 7 PASS", "test suite: 3 FAIL",
      "One process can't attach to another that is traced already.",
      "A core was generated by criu, and the program terminated.",
      "Errors: see the table", "ptrace: a system call", "This checkpoint is closed at night.",
    ])
  func ordinaryText(line: String) {
    #expect(LineFormat.recognize([TextLine("A text."), TextLine(line)]) == nil)
  }

  @Test(
    "Wait statuses of versions 4 to 7",
    arguments: [
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP} | 0x800000]", 0x80057f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16]", 0x80057f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|0x80 /* PTRACE_EVENT_STOP */<<16]", 0x80057f),
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}]", 0x857f),
      ("[WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP]", 0x57f), ("[0x57f]", 0x57f),
      ("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]", 0x8b),
      // A part that is not known makes the whole status unknown.
      ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_NEW<<16]", nil),
      ("0x7ffd1234", nil),
    ] as [(String, UInt32?)])
  func statuses(text: String, status: UInt32?) {
    #expect(wait("wait4(7, \(text), __WALL, NULL) = 7")?.status == status)
  }

  @Test("Names after numbers are skipped")
  func annotations() {
    let found = calls("21<criu> 10:00:00 ptrace(PTRACE_DETACH, 7</bin/a>b,c>, NULL, SIGSTOP) = 0")
    guard case .request(let call, let task)? = found.first?.thing else {
      Issue.record("\(found)")
      return
    }
    #expect(task == TaskID(7))
    #expect(call.data == 19)
    #expect(found.first?.tracer == TaskID(21))
    #expect(
      wait("wait4(7<x>, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 7<x>")?.status == 0x100)
  }

  @Test("Calls in pieces: begun before the log, without a number, and never returned")
  func pieces() {
    // The beginning is not in the log.
    let end = calls(
      "12 <... wait4 resumed>[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL) = 31")
    guard case .wait(let call)? = end.first?.thing else {
      Issue.record("\(end)")
      return
    }
    #expect(call.status == 0x137f && call.result == 31)
    // With one task left strace writes no number.
    let alone = calls(
      "[pid 12] wait4(31,  <unfinished ...>",
      "<... wait4 resumed>[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL) = 31")
    guard case .wait(let last)? = alone.last?.thing else {
      Issue.record("\(alone)")
      return
    }
    #expect(last.target == TaskID(31) && last.status == 0x137f)
    // The end is lost: the call is kept as a line that was not understood.
    let lost = calls("12 wait4(31,  <unfinished ...>", "12 ptrace(PTRACE_CONT, 31, NULL, 0) = 0")
    #expect(lost.count == 2)
    guard case .note(.unparsed(let line), _)? = lost.first?.thing else {
      Issue.record("\(lost)")
      return
    }
    #expect(line == 1)
  }

  @Test("The log's own lines in what strace saw written, and beside it")
  func written() {
    let found = calls(
      "10:00:00 write(4, \"(00.02) Error (a.c:1): Task 7 is in unexpected state: 137f\\n\", 60) = 60",
      "10:00:00 write(4, \"(00.02) Error (a.c:1): Task 7 is in unexpected state: 13\"..., 60) = 60",
      "(00.03) Error (criu/cr-dump.c:1): Dumping FAILED.",
      "10:00:00 write(1, \"hello\", 5) = 5")
    let facts = found.compactMap { sight -> LogFact? in
      guard case .note(.log(let record), _) = sight.thing else { return nil }
      return record.fact
    }
    // A message that was cut short is an error, and its number is not taken for the whole number.
    #expect(facts == [.unexpectedState(status: 0x137f), .text, .failed])
  }

  @Test("perf and the trace file: waits in pieces, raw calls, senders and losses")
  func perf() {
    var reader = PerfReader()
    func things(_ outcome: LineOutcome) -> [Sight.Thing] { (outcome.all ?? []).map { $0.thing } }
    _ = reader.readTrace(
      TextLine("   1.442 (         ): rr/22 wait4(upid: 25 (rr:x), options: 0x40000000) ..."))
    var found = things(
      reader.readTrace(
        TextLine("   1.442 ( 0.023 ms): rr/22  ... [continued]: wait4()) = 25 (rr:x)")))
    guard case .wait(let wait)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(wait.target == TaskID(25) && wait.result == 25 && wait.options == 0x4000_0000)
    found = things(
      reader.readTrace(
        TextLine(
          "   1.468 ( 3.413 ms): rr/22 ptrace(request: SETREGSET, pid: 25 (a, b), addr: 0x1) = 0")))
    guard case .request(let call, let task)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(call.request == .setRegisterSet && task == TaskID(25) && call.address == 1)
    _ = reader.readTracepoint(
      TextLine("  pt  7 [000] 1.325695: raw_syscalls:sys_enter: NR 101 (4206, 3e1, 0, 1, 0, 0)"))
    found = things(
      reader.readTracepoint(TextLine("  pt  7 [000] 1.325709: raw_syscalls:sys_exit: NR 101 = -1")))
    guard case .request(let raw, let tracee)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(raw.request == .seize && tracee == TaskID(993) && raw.data == 1)
    #expect(raw.error == .notPermitted)
    found = things(
      reader.readTracepoint(
        TextLine(
          "  pt-7 [000] d..2. 1.9: signal_generate: sig=10 errno=0 code=0 comm=v pid=993 grp=1 res=0"
        )))
    guard case .note(.signal(let signal), _)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(signal.info.sender == TaskID(7))
    for line in ["CPU:1 [LOST 12 EVENTS]", "LOST 12 events!"] {
      guard case .note(.gap(let lost), _)? = things(reader.readTracepoint(TextLine(line))).first
      else {
        Issue.record("\(line)")
        continue
      }
      #expect(lost == 12)
    }
  }

  @Test("An event that two inputs report happened once")
  func toldTwice() throws {
    let folder = NSTemporaryDirectory() + "fini-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let error = "(00.000040) Error (a.c:1): Task 7 is in unexpected state: 137f"
    let texts = [
      """
      1795462940.000010 ptrace(PTRACE_INTERRUPT, 7) = 0
      1795462940.000020 wait4(7, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], __WALL, NULL) = 7
      1795462940.000040 write(4, "\(error)\\n", 60) = 60
      1795462940.000050 ptrace(PTRACE_DETACH, 7, NULL, 0) = 0
      """,
      """
       criu-12 [000] d..1. 100.000010: sys_ptrace(request: 4207, pid: 7, addr: 0, data: 0)
       criu-12 [000] d..1. 100.000011: sys_ptrace -> 0x0
       bash-99 [001] d..2. 100.000015: signal_generate: sig=19 errno=0 code=0 comm=x pid=7 grp=1 res=0
       criu-12 [000] d..1. 100.000050: sys_ptrace(request: 11, pid: 7, addr: 0, data: 0)
       criu-12 [000] d..1. 100.000051: sys_ptrace -> 0x0
      """,
      "(00.000010) Waiting for 7 to trap\n\(error)\n(00.000050)     Unseizing 7 into 1\n",
    ]
    var names: [String] = []
    for (index, text) in texts.enumerated() {
      names.append("\(folder)/\(index)")
      try text.write(toFile: names[index], atomically: true, encoding: .utf8)
    }
    let run = try ImportRun(names)
    var kinds: [EventKind] = []
    var sender: TaskID?
    while try run.step({ event, _ in
      kinds.append(event.kind)
      if case .signal(let record) = event.payload { sender = record.info.sender }
    }) {}
    #expect(kinds.filter { $0 == .interrupt }.count == 1)
    #expect(kinds.filter { $0 == .detach }.count == 1)
    #expect(kinds.filter { $0 == .log }.count == 3)
    #expect(sender == TaskID(99))
    // The signal of one input comes before the stop of the other.
    let signal = try #require(kinds.firstIndex(of: .signal))
    #expect(signal < (try #require(kinds.firstIndex(of: .stop))))
    #expect(run.summaries.map { $0.unparsed } == [0, 0, 0])
  }
}
