import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

@Suite("What was recorded elsewhere is kept")
struct ImportWriterTests {
  private func event(_ sequence: UInt32, _ payload: Event.Payload) -> Event {
    let time = Instant(rawValue: UInt64(sequence) * 1000)
    return Event(
      sequence: sequence, source: .strace, entered: time, left: time, tracer: TaskID(1),
      tracee: TaskID(2), payload: payload)
  }

  private func start() -> RunStart {
    RunStart(
      source: .strace, commandLine: "import",
      tracer: TaskIdentity(task: TaskID(1), startTicks: nil, name: ""),
      tracee: TaskIdentity(task: TaskID(2), startTicks: nil, name: ""), toolVersion: "0",
      kernelRelease: "", started: Instant(rawValue: 0), startedRealtime: 0)
  }

  private var events: [Event] {
    var registers = Registers()
    registers[.rax] = 7
    return [
      event(1, .request(RequestCall(request: .seize))),
      event(2, .request(RequestCall(request: .getRegisterSet, detail: .registers(registers)))),
      event(
        3,
        .request(
          RequestCall(
            request: .getRegisterSet,
            detail: .someRegisters(KnownRegisters(registers, known: 1 << 10))))),
      event(4, .log(LogRecord(line: 9, severity: .error, fact: .trapPending))),
      event(5, .unparsed(line: 10)),
    ]
  }

  @Test("Events, their lines and the inputs come back, and sqlite3 reads them in words")
  func roundTrip() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let writer = try file.beginImport(start())
    let texts = ["a line\u{1b}[31m", "what?"]
    try writer.add(
      events.map { event in
        ImportWriter.Item(
          event: event, text: event.sequence > 3 ? (0, texts[Int(event.sequence) - 4]) : nil)
      })
    let input = ImportWriter.Input(
      name: "x.strace", format: "strace", lines: 10, used: 4, passed: 5, unparsed: 1, offset: 0,
      anchor: nil)
    try writer.finish(
      RunEnd(exitSummary: "", finished: Instant(rawValue: 9000), finishedRealtime: 0),
      inputs: [input])
    #expect(try Array(file.events(of: writer.run)) == events)
    #expect(try file.inputs(of: writer.run) == [input])
    #expect(try file.texts(of: writer.run) == [4: texts[0], 5: texts[1]])
    #expect(
      try sqlite3(scratch.path(), "SELECT input, line, kind, severity, fact FROM log_lines")
        == "x.strace|9|log|error|trap-pending\nx.strace|10|unparsed||")
  }

  @Test("An import that breaks off leaves an unfinished run")
  func unfinished() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    do {
      let writer = try file.beginImport(start())
      try writer.add([ImportWriter.Item(event: events[0])])
    }
    #expect(try file.runs().map { $0.state } == [.unfinished])
  }

  /// A recorder binds each row by itself, and what is in the file must not tell which of them wrote it.
  @Test(
    "Each kind of event, and random ones, have the rows that a recorder gives them",
    arguments: 1...4)
  func rows(seed: UInt64) throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    var generator = SeededGenerator(seed: seed)
    var events = Sample.everyPayload
    let first = events.count + 1
    events += (first...(first + 500)).map { Sample.random(UInt32($0), using: &generator) }
    let recorder = try file.beginRun(start())
    for event in events { recorder.record(event) }
    try recorder.finish(end())
    let writer = try file.beginImport(start())
    // Two batches: what is remembered of tasks and registers goes on.
    try writer.add(events[..<300].map { ImportWriter.Item(event: $0) })
    try writer.add(events[300...].map { ImportWriter.Item(event: $0) })
    try writer.finish(end(), inputs: [])
    #expect(try file.events(of: 2) == events)
    for (table, columns) in [("event", 25), ("register_change", 4), ("task", 6)] {
      let names = try sqlite3(
        scratch.path(),
        "SELECT group_concat(name) FROM pragma_table_info('\(table)') WHERE name <> 'run'")
      #expect(names.split(separator: ",").count == columns - 1)
      let rows = "SELECT \(names) FROM \(table) WHERE run"
      #expect(
        try sqlite3(
          scratch.path(),
          """
          SELECT count(*) FROM (\(rows) = 1 EXCEPT \(rows) = 2);
          SELECT count(*) FROM (\(rows) = 2 EXCEPT \(rows) = 1);
          """) == "0\n0")
    }
  }

  @Test("A number that an event has already is an error, and nothing is kept from its batch on")
  func twice() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let writer = try file.beginImport(start())
    let items = events[..<3].map { ImportWriter.Item(event: $0) }
    try writer.add(items)
    try writer.add(Array(items[2...]))
    #expect(throws: StoreError.self) { try writer.settle() }
    #expect(try file.events(of: writer.run).map(\.sequence) == [1, 2, 3])
  }
}
