import FiniModel
import Testing

@testable import FiniImporters

/// Lines of a log that are not one message each, that belong to an error after them, or that others wrote.
@Suite("Lines around CRIU's messages")
struct LogContextTests {
  struct Told: Equatable {
    var line: UInt32
    var severity: LogRecord.Severity
    var fact: LogFact
    var task: Int32
    var text: String
  }

  private func told(_ lines: String...) -> [Told] {
    var reader = InputReader(format: .criuLog, name: "-", task: TaskID(0))
    var sights: [Sight] = []
    for (index, line) in lines.enumerated() {
      reader.read(TextLine(line, number: UInt32(index + 1))) { sights.append($0) }
    }
    sights += reader.end()
    let summary = reader.summary
    #expect(summary.used + summary.passed + summary.unparsed == lines.count)
    return sights.compactMap {
      guard case .note(.log(let record), let task) = $0.thing else { return nil }
      return Told(
        line: record.line, severity: record.severity, fact: record.fact, task: task.rawValue,
        text: $0.text ?? "")
    }
  }

  @Test("libcompel's levels are levels")
  func compel() {
    let found = told(
      "\tLC3: SEIZE 660: success", "\tLC3: nothing that is known", "\tLC4: 660 was stopped",
      "\tLC1: the moon is full", "\tLC2: half of it")
    #expect(found.map { $0.fact } == [.isSeized, .stoppedAtExit, .text, .text])
    #expect(
      found.map { $0.severity }
        == [.other, .other, .error, .warning].map { $0 as LogRecord.Severity })
    #expect(found.last?.task == 660)
    #expect(LineFormat.recognize([TextLine("LC4: Fetched ack: 2 2 0")]) == .criuLog)
  }

  @Test("What the parasite's buffer cut is one message")
  func torn() {
    var found = told(
      "(00.01)pie: 671: Error (criu/pie/restorer.c:1): Thread pid mismatch 6>",
      "(00.01)pie: 671: 71/670",
      "(00.02) Error (criu/cr-restore.c:2): Restoring FAILED.")
    #expect(found.count == 2)
    #expect(found[0].text.hasSuffix("Thread pid mismatch 671/670"))
    #expect(found[0].severity == .error && found[0].line == 1)
    // The digits before the cut stand in both lines.
    found = told(
      "(00.01)pie: 671: Error (a.c:1): Thread pid mismatch 6>", "(00.01)pie: 671: 671/670")
    #expect(
      found.map { $0.text } == ["(00.01)pie: 671: Error (a.c:1): Thread pid mismatch 671/670"])
    // Another message follows: the line is as it is.
    found = told("pie: 671: Error (a.c:1): what is cut>", "pie: 671: Error (a.c:2): another")
    #expect(found.map { $0.text.suffix(7) } == ["is cut>", "another"])
    #expect(told("pie: 671: Error (a.c:1): what is cut>").count == 1)
  }

  @Test("Messages on one line")
  func joined() {
    let found = told(
      "x: Error (criu/a.c:1): Can't fork for 9: File exists pie: 680: Error (criu/b.c:2): Thread pid mismatch 680/681 "
        + "(00.012345)   680: Error (criu/c.c:3): the third (of five) Error (criu/d.c:4): Restoring FAILED."
    )
    #expect(
      found.map { LogMessage($0.text).text } == [
        "Can't fork for 9: File exists", "Thread pid mismatch 680/681", "the third (of five)",
        "Restoring FAILED.",
      ])
    #expect(found.map { LogMessage($0.text).task?.rawValue } == [nil, 680, 680, nil])
    #expect(
      found.map { $0.severity }
        == [.error, .error, .error, .error].map { $0 as LogRecord.Severity })
    #expect(found.last?.fact == .failed)
    // A bracket in a message begins none.
    #expect(told("(00.010000) Error (criu/a.c:1): Can't open (12) (1.5) Error: none").count == 1)
  }

  @Test("The line before an error is kept, and those of its module")
  func before() {
    let found = told(
      "(00.01) fds: something", "(00.02) epoll: one", "(00.03) epoll: two",
      "(00.04) Error (criu/cr-dump.c:1): Dump eventpoll (pid: 690) failed with -1",
      "(00.05) Error (criu/cr-dump.c:2): Dumping FAILED.")
    #expect(found.map { $0.line } == [2, 3, 4, 5])
    #expect(
      found.map { $0.severity } == [.info, .info, .error, .error].map { $0 as LogRecord.Severity })
    // Only what stands directly before it.
    #expect(
      told("(00.02) epoll: one", "(00.03) SEIZE 690: success", "(00.04) Error (a.c:1): x").map {
        $0.line
      } == [2, 3])
    #expect(
      told("(00.02) a: 1", "(00.03) b: 2", "(00.04) Error (a.c:1): x").map { $0.line } == [2, 3])
    #expect(told("(00.02) Warn  (a.c:1): x").count == 1)
  }

  @Test("The freezer's states are told once each, and how far an infection came")
  func progress() {
    let found = told(
      "(00.01) Running on demo Linux 5.4.0-1.el8.aarch64 #1 SMP", "(00.02) freezer.state=THAWED",
      "(00.03) freezer.state=FREEZING", "(00.04) freezer.state=FREEZING",
      "(00.05) freezer.state=FREEZING",
      "(00.06) freezer.state=FROZEN",
      "(00.07) Putting parasite blob into 0x7f0000000000->0x7e0000000000",
      "(00.08) Putting tsock into pid 691", "(00.09) Parasite 691 has been switched to daemon mode")
    #expect(found.map { $0.line } == [1, 2, 3, 6, 7, 8, 9])
    #expect(found.allSatisfy { $0.severity == .info && $0.fact == .text })
    #expect(found.last?.task == 691)
  }

  @Test("Before version 3 a log does not say what CRIU waits for")
  func old() {
    let found = told(
      "(00.01) 692 is going to execute the syscall 15",
      "(00.02) 692 is going to execute the syscall 11")
    #expect(
      found.map { $0.fact } == [
        .willExecute(number: 15, required: 15), .willExecute(number: 11, required: 15),
      ])
    #expect(
      told("(00.01) 692 is going to execute the syscall 173").map { $0.fact }
        == [.willExecute(number: 173, required: 173)])
    #expect(
      told(
        "(00.01) 692 (native) is going to execute the syscall 18446744073709551615, required is 15"
      )
      .map { $0.fact } == [.willExecute(number: .max, required: 15)])
  }

  @Test("The kernel's lines are about the task that they name")
  func kernel() {
    let found = told(
      "[  41.100000] demo[693] bad frame in rt_sigreturn frame:00007f9211000000 ip:7f0000001000 sp:7f9211000040",
      "[  41.2] demo[694]: segfault at 38 ip 00007f sp 00007f error 4",
      "Out of memory: Killed process 695 (demo)")
    #expect(found.map { $0.task } == [693, 694, 695])
    #expect(found.map { $0.fact } == [.frameRefused, .text, .text])
  }

  @Test(
    "A few words alone are a log",
    arguments: [
      ("CRIU needs to have the CAP_SYS_ADMIN or the CAP_CHECKPOINT_RESTORE capability: ", .error),
      ("Error: `/usr/bin/crun checkpoint demo` failed: exit status 1", .info),
      (
        "time=\"2026-01-02\" level=error msg=\"criu failed: type NOTIFY errno 0\\nlog file: /run/x/dump.log\"",
        .info
      ),
      ("criu failed: type NOTIFY errno 3", .info), ("Error (criu/x.c:1): none", .error),
      ("jdk.crac.impl.CheckpointOpenFileException: /tmp/x", .info),
    ] as [(String, LogRecord.Severity)])
  func words(line: String, severity: LogRecord.Severity) {
    #expect(LineFormat.recognize([TextLine(line)]) == .criuLog)
    #expect(told(line).map { $0.severity } == [severity])
  }

  @Test("Ordinary text is no log")
  func ordinary() {
    #expect(
      told("(00.01) SEIZE 7: success", "# --- criu never logs again: it failed").map { $0.line }
        == [1])
    for line in [
      "Dear all, criu does not work,", "# --- criu never logs again", "Dear all, it does not work.",
      "int main(void)", "{\"a\": [1, 2]}",
      // Words of every day that LXC, CRIU 2, CRaC and libcriu have, too.
      "Restoring backup failed.", "Checkpointing model failed.", "4711: Debug: it runs",
      "The connection was not closed by the application.",
      "invalid value \"x\" for flag -y: parse error", "the old criu is worth -52",
    ] {
      #expect(LineFormat.recognize([TextLine(line)]) == nil, "\(line)")
    }
  }
}
