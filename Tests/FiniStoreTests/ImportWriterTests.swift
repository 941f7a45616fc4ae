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
}
