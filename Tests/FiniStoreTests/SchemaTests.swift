import FiniModel
import FiniSchema
import FiniStore
import Testing

@Suite("The schema is a contract")
struct SchemaTests {
  /// A name table and what the model says it should hold.
  struct Names: CustomTestStringConvertible, Sendable {
    var table: String
    var rows: [Int64: String]
    var testDescription: String { table }

    init(_ table: String, _ rows: [(some BinaryInteger, String)]) {
      self.table = table
      self.rows = Dictionary(uniqueKeysWithValues: rows.map { (Int64($0.0), $0.1) })
    }
  }

  static let names: [Names] = [
    Names("state_name", RunSummary.State.allCases.map { ($0.rawValue, $0.name) }),
    Names("source_name", Source.allCases.map { ($0.rawValue, $0.name) }),
    Names("kind_name", EventKind.allCases.map { ($0.rawValue, $0.name) }),
    Names("stop_class_name", StopClass.all.map { ($0.code, $0.name) }),
    Names("signal_name", (1...64).map { ($0, Signal(rawValue: $0).description) }),
    Names("request_name", PtraceRequest.names),
    Names(
      "error_name",
      (1...200).filter { !Errno(rawValue: $0).description.hasPrefix("errno") }
        .map { ($0, Errno(rawValue: $0).description) }),
    Names("phase_name", Phase.allCases.map { ($0.rawValue, $0.name) }),
    Names("strategy_name", FiniStrategy.allCases.map { ($0.rawValue, $0.name) }),
    Names("verdict_name", Verdict.allCases.map { ($0.rawValue, $0.name) }),
    Names("outcome_name", CureOutcome.allCases.map { ($0.rawValue, $0.name) }),
    Names("fate_name", SignalRecord.Fate.allCases.map { ($0.rawValue, $0.name) }),
    Names("passage_name", SigreturnRecord.Passage.allCases.map { ($0.rawValue, $0.name) }),
    Names("command_name", RPCRecord.Command.allCases.map { ($0.rawValue, $0.name) }),
    Names("direction_name", RPCRecord.Direction.allCases.map { ($0.rawValue, $0.name) }),
    Names("item_name", PutBack.Item.allCases.map { ($0.rawValue, $0.name) }),
    Names("reason_name", Fallback.Reason.allCases.map { ($0.rawValue, $0.name) }),
    Names("awaited_name", Missed.Awaited.allCases.map { ($0.rawValue, $0.name) }),
    Names("abi_name", SystemCallABI.allCases.map { ($0.rawValue, $0.name) }),
    Names("severity_name", LogRecord.Severity.allCases.map { ($0.rawValue, $0.name) }),
    Names("fact_name", LogFact.all.map { ($0.code, $0.name) }),
    Names("register_name", Registers.Name.allCases.map { ($0.rawValue, $0.text) }),
  ]

  /// A file with one cure and one run of every payload.
  static func recorded(_ scratch: Scratch) throws -> String {
    let file = try TraceFile.openForRecording(scratch.path())
    for events in [
      SampleCure(
        seed: 1, tracer: tracer.task, tracee: tracee.task, started: start().started.rawValue
      ).events, Sample.everyPayload,
    ] {
      let recorder = try file.beginRun(start())
      let cure = try recorder.beginCure(of: tracee, firstSequence: 1)
      for event in events { recorder.record(event) }
      try recorder.endCure(
        of: cure.number, with: CureEnd(outcome: .cured, lastSequence: .max, summary: ""))
      try recorder.finish(end())
    }
    return scratch.path()
  }

  @Test("The name tables in the file say what the model says", arguments: names)
  func nameTables(names: Names) throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let found = try file.readOnlyQuery("SELECT number, name FROM \(names.table)")
    var rows: [Int64: String] = [:]
    for row in found.rows {
      if case .integer(let number) = row[0], case .text(let name) = row[1] { rows[number] = name }
    }
    #expect(rows == names.rows)
  }

  @Test("Every name table is held to the model")
  func allNameTables() throws {
    let scratch = try Scratch()
    _ = try TraceFile.openForRecording(scratch.path())
    let tables = try sqlite3(
      scratch.path(), "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%_name'")
    // memory_name names numbers that the model keeps to itself; the timeline test reads them.
    #expect(
      Set(tables.split(separator: "\n").map(String.init))
        == Set(SchemaTests.names.map(\.table) + ["memory_name"]))
  }

  @Test("The file says whose it is and which format it has, and no table is STRICT")
  func identity() throws {
    let scratch = try Scratch()
    _ = try TraceFile.openForRecording(scratch.path())
    #expect(try sqlite3(scratch.path(), "PRAGMA application_id") == "\(Schema.applicationID)")
    #expect(try sqlite3(scratch.path(), "PRAGMA user_version") == "\(Schema.version)")
    #expect(
      try sqlite3(
        scratch.path(),
        "SELECT count(*), sum(strict) FROM pragma_table_list WHERE type = 'table' "
          + "AND name NOT LIKE 'sqlite%'") == "43|0")
  }

  @Test("sqlite3 reads every view and finds nothing wrong with the file")
  func views() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    #expect(try sqlite3(path, "PRAGMA integrity_check") == "ok")
    #expect(try sqlite3(path, "PRAGMA foreign_key_check") == "")
    let views = try sqlite3(path, "SELECT name FROM sqlite_schema WHERE type = 'view'")
    let expected: Set<String> = [
      "timeline", "stops", "signals", "pokes", "breakpoints", "phases", "verdicts", "costs",
      "frozen", "register_value", "registers", "task_verdicts", "task_costs",
      "log_lines", "phase_begin", "proofs", "run_start",
    ]
    #expect(Set(views.split(separator: "\n").map(String.init)) == expected)
    #expect(Set(SchemaReference.views.map(\.name)) == expected)
    for view in SchemaReference.views {
      #expect(view.line.hasSuffix(".") && view.name.count + view.line.count <= 76, "\(view)")
    }
    // A recording of a cure has no lines of a log; see ImportWriterTests.
    for view in expected.subtracting(["log_lines"]) {
      let count = try sqlite3(path, "SELECT count(*) > 0 FROM \(view)")
      #expect(count == "1", "\(view)")
    }
  }

  @Test("The views speak in names")
  func viewContents() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    func ask(_ sql: String) throws -> String { try sqlite3(path, sql) }
    #expect(try ask("SELECT count(*) FROM timeline") == (try ask("SELECT count(*) FROM event")))
    #expect(try ask("SELECT count(*) FROM timeline WHERE kind IS NULL OR tracee IS NULL") == "0")
    #expect(
      try ask(
        "SELECT group_concat(what, ', ') FROM breakpoints WHERE run = 1")
        == "address written, status written, armed, hit, disarmed")
    #expect(
      try ask("SELECT group_concat(coalesce(register, '-')) FROM breakpoints WHERE run = 1")
        == "DR0,DR6,DR7,-,DR7")
    #expect(
      try ask("SELECT group_concat(phase, ' ') FROM phases WHERE run = 1")
        == "seize prepare infect daemon commands fini sigreturn unmap detach")
    #expect(
      try ask("SELECT verdict, evidence, strategy_taken FROM verdicts WHERE run = 1")
        == "landed|[3,5,8]|breakpoint")
    #expect(
      try ask("SELECT group_concat(place) FROM pokes WHERE run = 1 ORDER BY sequence")
        == "DR0,DR6,DR7,DR7")
    #expect(
      try ask(
        "SELECT stop, signal, blocked FROM stops WHERE run = 1 AND phase = 'sigreturn' LIMIT 1")
        == "syscall-entry|SIGTRAP|0x7ffffffe7ffbfaef")
    #expect(
      try ask("SELECT DISTINCT fate FROM signals WHERE run = 2 ORDER BY fate")
        == SignalRecord.Fate.allCases.map(\.name).sorted().joined(separator: "\n"))
    #expect(
      try ask("SELECT request, error FROM timeline WHERE run = 2 AND error = 'ESRCH'")
        == "PTRACE_0xffffffffffffffff|ESRCH")
    #expect(
      try ask(
        "SELECT DISTINCT detail FROM timeline WHERE run = 2 AND request LIKE 'PTRACE_%' "
          + "AND detail IS NOT NULL ORDER BY sequence")
        == "registers\nextended-state\nsignal-set\nsiginfo\nsyscall-info\nrseq-area\nnot seen")
    #expect(
      try ask(
        "SELECT DISTINCT syscall, syscall_abi FROM stops WHERE run = 2 AND syscall IS NOT NULL "
          + "ORDER BY sequence") == "0xf|x86-64\n0xad|i386\n0x8b|arm64\n0x8b|")
    #expect(
      try ask(
        "SELECT DISTINCT status FROM timeline WHERE run = 2 AND kind = 'syscall-info' "
          + "AND status IS NOT NULL ORDER BY sequence") == "0xc000003e\n0x40000003")
    #expect(
      try ask("SELECT group_concat(detail) FROM timeline WHERE run = 2 AND kind = 'sigreturn'")
        == "entered,left")
    // One has a time of its own, and one has none.
    #expect(
      try ask("SELECT detail FROM timeline WHERE run = 2 AND kind = 'log'")
        == "unexpected-state\nunexpected-state")
    #expect(
      try ask("SELECT count(*), count(at_ms) FROM timeline WHERE run = 2 AND kind = 'log'")
        == "2|1")
  }

  @Test("The costs of a run are those that its events show")
  func costs() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    let events = SampleCure(
      seed: 1, tracer: tracer.task, tracee: tracee.task, started: start().started.rawValue
    ).events
    let calls = events.filter { $0.kind.isCall }.count
    let stops = events.filter { $0.kind == .stop }.count
    var frozen: Int64 = 0
    var since: Instant?
    for event in events {
      switch event.payload {
      case .stop: since = event.entered
      case .request(let call) where call.request.resumes:
        if let start = since { frozen += event.entered - start }
        since = nil
      default: break
      }
    }
    #expect(
      try sqlite3(path, "SELECT calls, stops, frozen_ns FROM costs WHERE run = 1 AND phase = 'all'")
        == "\(calls)|\(stops)|\(frozen)")
    #expect(
      try sqlite3(
        path,
        "SELECT sum(calls), sum(stops), sum(frozen_ns) FROM costs "
          + "WHERE run = 1 AND phase <> 'all'") == "\(calls)|\(stops)|\(frozen)")
  }

  @Test("The registers view rebuilds what was recorded, changed or not")
  func registersView() throws {
    let scratch = try Scratch()
    let path = try SchemaTests.recorded(scratch)
    for (run, events) in [
      (
        1,
        SampleCure(
          seed: 1, tracer: tracer.task, tracee: tracee.task, started: start().started.rawValue
        ).events
      ), (2, Sample.everyPayload),
    ] {
      var expected: [String] = []
      for event in events {
        guard let registers = event.registers else { continue }
        for name in Registers.Name.allCases {
          expected.append(
            "\(event.sequence)|\(name.text)|0x" + String(registers[name], radix: 16))
        }
      }
      let found = try sqlite3(
        path,
        "SELECT r.sequence, r.register, r.value FROM registers r JOIN register_name n "
          + "ON n.name = r.register WHERE r.run = \(run) ORDER BY r.sequence, n.number")
      #expect(found.split(separator: "\n").map(String.init) == expected)
    }
  }
}
