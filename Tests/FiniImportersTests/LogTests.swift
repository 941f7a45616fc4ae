import FiniModel
import Testing

@testable import FiniImporters

@Suite("Lines of other logs")
struct LogTests {
  private func fact(_ line: String) -> (fact: LogFact, task: Int32, severity: LogRecord.Severity)? {
    var reader = CRIULogReader()
    guard let sights = reader.read(TextLine(line)).all,
      case .note(.log(let record), let task)? = sights.first?.thing
    else { return nil }
    return (record.fact, task.rawValue, record.severity)
  }

  // Messages as CRIU 1.4 to 4.2 word them.
  @Test(
    "What CRIU's messages say",
    arguments: [
      (
        "(00.058443) Error (compel/src/lib/infect.c:1443): Task 48 is in unexpected state: b7f",
        LogFact.unexpectedState(status: 0xb7f), 48
      ),
      (
        "(00.058517) Error (compel/src/lib/infect.c:1451): Task stopped with 11: Segmentation fault",
        .stoppedWith(signal: .segmentation), 0
      ),
      (
        "(00.176610) 9 (native) is going to execute the syscall 3, required is 15",
        .willExecute(number: 3, required: 15), 9
      ),
      (
        "(00.011300) Warn  (compel/src/lib/infect.c:131): Unable to interrupt task: 146 (Operation not permitted)",
        .seizeRefused(error: .notPermitted), 146
      ),
      (
        "(00.010909) Error (compel/src/lib/infect.c:261): Unseizable non-zombie 146 found, state t, err -1/10",
        .cannotBeSeized(state: UInt8(ascii: "t")), 146
      ),
      (
        "(00.006299) Error (compel/src/lib/infect.c:322): Can't dump the 80 thread with a pending SIGTRAP.",
        .trapPending, 80
      ),
      (
        "(00.064759) ** delivering signal 5 si_code=32773",
        .stopBySignal(signal: .trap, code: 32773), 0
      ),
      (
        "(00.279198) Error (criu/parasite-syscall.c:95): 15222 was stopped by 4 unexpectedly",
        .stoppedUnexpectedly(signal: .illegalInstruction), 15222
      ),
      (
        "(00.370913) Error (compel/src/lib/infect.c:633): Unable to connect a transport socket: Permission denied",
        .connectRefused(error: .accessDenied), 0
      ),
      ("(00.068343) Sent msg to daemon 3 0 0", .commandSent(command: 3), 0),
      (
        "pie: 7: 7: new_sp=0x7f8742349c48 ip 0x55c5b90a849a",
        .leaving(
          stackPointer: RemoteAddress(0x7f87_4234_9c48),
          programCounter: RemoteAddress(0x55c5_b90a_849a)), 7
      ),
      ("(00.180634) Dumping finished successfully", .finished, 0),
      (
        "(00.388752) Error (compel/src/lib/infect.c:341): Unable to detach from 2489: No such process",
        .detachRefused(error: .noSuchProcess), 2489
      ),
      ("\tLC4: 27818 was trapped", .trapped, 27818),
    ] as [(String, LogFact, Int32)])
  func criu(line: String, expected: LogFact, task: Int32) {
    let found = fact(line)
    #expect(found?.fact == expected, "\(line)")
    #expect(found?.task == task, "\(line)")
  }

  @Test("Unknown errors are kept, other unknown lines are not")
  func unknown() {
    #expect(fact("(00.1) Error (x.c:1): the moon is full")?.severity == .error)
    #expect(fact("(00.000001) 0x7f21f2cc4000-0x7f21f2cc7000 (12K) prot 0x3") == nil)
  }

  @Test("Every fact goes through the file's numbers and back")
  func facts() {
    for code in UInt8(1)...60 {
      var row = EventRow()
      row.kind = EventKind.log.rawValue
      row.source = 5
      row.detail = code
      row.value = 0x0000_0005_0000_000b
      row.extra = 3
      guard case .log(let record)? = Event(row)?.payload, record.fact != .text else { continue }
      let event = Event(
        sequence: 0, source: .criuLog, entered: Instant(rawValue: 0), left: Instant(rawValue: 0),
        tracer: TaskID(0), tracee: TaskID(0), payload: .log(record))
      #expect(EventRow(event).detail == code)
      #expect(Event(EventRow(event)) == event)
      #expect(!record.fact.name.isEmpty)
    }
  }

  @Test("perf trace, with a call that is continued")
  func perfTrace() {
    var reader = PerfReader()
    var calls: [(RequestCall, Int64?)] = []
    for line in [
      "    10.459 ( 0.004 ms): criu/8896 ptrace(request: 16900, pid: 6943, addr: 0x402, data: 281474881317224) = 0",
      "    10.467 (         ): criu/8896 ptrace(request: 16901, pid: 6943, addr: 0x402, data: 281474881317208) ...",
      "    10.467 (64.515 ms): criu/8896  ... [continued]: ptrace())                                           = 0",
      "    74.997 ( 0.003 ms): criu/8896 ptrace(request: 16903, pid: 6944)                                     = -1 ESRCH",
    ] {
      guard let sights = reader.readTrace(TextLine(line)).all else { continue }
      for sight in sights {
        if case .request(let call, _) = sight.thing { calls.append((call, sight.duration)) }
      }
    }
    #expect(calls.map { $0.0.request } == [.getRegisterSet, .setRegisterSet, .interrupt])
    #expect(calls.map { $0.1 } == [4000, 64_515_000, 3000])
    #expect(calls[2].0.error == .noSuchProcess)
  }

  @Test("perf script and the trace file")
  func tracepoints() {
    let script =
      "         py-spy 31006 [001] 44492463.265317: syscalls:sys_enter_ptrace: request: 0x00000011, pid: 0x00004fef, addr: 0x00000000, data: 0x00000000"
    #expect(LineFormat.recognize([TextLine(script)]) == .perfScript)
    let trace = [
      "            criu-8896    [001] d..1.   123.456789: sys_ptrace(request: 4206, pid: 1b1f, addr: 0, data: 0)",
      "            criu-8896    [001] d..1.   123.456799: sys_ptrace -> 0x0",
      "            bash-77      [000] d..2.   123.456899: signal_generate: sig=19 errno=0 code=0 comm=x pid=6943 grp=1 res=0",
    ]
    #expect(LineFormat.recognize(trace.map { TextLine($0) }) == .ftrace)
    var reader = PerfReader()
    var things: [Sight.Thing] = []
    for line in trace {
      if let sights = reader.readTracepoint(TextLine(line)).all {
        things += sights.map { $0.thing }
      }
    }
    guard things.count == 2, case .request(let call, let task) = things[0],
      case .note(.signal(let record), let target) = things[1]
    else {
      Issue.record("\(things)")
      return
    }
    #expect(call.request == .seize)
    #expect(task == TaskID(6943))
    #expect(record.info.signal == .stop)
    #expect(target == TaskID(6943))
  }
}
