import FiniModel
import FiniStore
import FiniTestSupport
import Foundation
import Testing

@Suite("Logs are put into a stored run")
struct JoinTests {
  private func event(_ sequence: UInt32, at time: UInt64, _ payload: Event.Payload) -> Event {
    Event(
      sequence: sequence, source: .strace, entered: Instant(rawValue: time),
      left: Instant(rawValue: time), tracer: TaskID(1), tracee: TaskID(2), payload: payload)
  }

  private func line(_ number: UInt32, at time: UInt64) -> ImportWriter.Item {
    ImportWriter.Item(
      event: event(
        number, at: time, .log(LogRecord(line: number, severity: .error, fact: .text))),
      text: (0, "line \(number)"))
  }

  private func registers(_ value: UInt64) -> Event.Payload {
    var registers = Registers()
    registers[.rax] = value
    return .request(RequestCall(request: .getRegisterSet, detail: .registers(registers)))
  }

  /// A run of five events, of which the third was told late.
  private func stored(in file: TraceFile) throws -> Int64 {
    let writer = try file.beginImport(
      RunStart(
        source: .strace, commandLine: "import",
        tracer: TaskIdentity(task: TaskID(1), startTicks: nil, name: ""),
        tracee: TaskIdentity(task: TaskID(2), startTicks: nil, name: ""), toolVersion: "0",
        kernelRelease: "", started: Instant(rawValue: 1000), startedRealtime: 0))
    try writer.add(
      [
        event(1, at: 1000, .request(RequestCall(request: .seize))),
        event(2, at: 2000, registers(5)), event(3, at: 1500, registers(6)),
        event(4, at: 3000, registers(7)), event(5, at: 4000, .gap(lost: 1)),
      ].map { ImportWriter.Item(event: $0) })
    try writer.finish(
      RunEnd(exitSummary: "", finished: Instant(rawValue: 5000), finishedRealtime: 0), inputs: [])
    return writer.run
  }

  /// Puts lines into it.
  private func join(_ batches: [[ImportWriter.Item]], in file: TraceFile, _ run: Int64) throws {
    var rest = batches[...]
    _ = try file.join(into: run, source: .strace) {
      rest.popFirst() ?? []
    } inputs: {
      [
        ImportWriter.Input(
          name: "dump.log", format: "criu-log", lines: 9, used: 9, passed: 0, unparsed: 0,
          offset: 0, anchor: nil)
      ]
    }
  }

  @Test("Each at its place by its time; registers and texts go along")
  func places() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let run = try stored(in: file)
    let times: [UInt64] = [500, 600, 1000, 1700, 2500, 2600, 9000, 9500]
    let lines = times.enumerated().map { line(UInt32($0 + 1), at: $1) }
    try join([Array(lines[0..<3]), Array(lines[3...])], in: file, run)
    let events = try file.events(of: run)
    #expect(events.map(\.sequence) == Array(1...13))
    let order = events.map { event -> String in
      if case .log(let record) = event.payload { return "line \(record.line)" }
      return event.registers.map { "rax \($0[.rax])" } ?? event.kind.name
    }
    // What was told late does not let a line go before it.
    #expect(
      order == [
        "line 1", "line 2", "seize", "line 3", "line 4", "rax 5", "rax 6", "line 5", "line 6",
        "rax 7", "gap", "line 7", "line 8",
      ])
    let texts = try file.texts(of: run)
    #expect(
      texts
        == Dictionary(
          uniqueKeysWithValues: order.enumerated().compactMap {
            $1.hasPrefix("line") ? (UInt32($0 + 1), $1) : nil
          }))
    #expect(try file.inputs(of: run).map(\.name) == ["dump.log"])
    // Once more: the lines that are there move as the rest.
    try join([[line(20, at: 550)]], in: file, run)
    #expect(try file.texts(of: run)[2] == "line 20")
    #expect(try file.texts(of: run)[3] == "line 2")
    #expect(try file.events(of: run).map(\.sequence) == Array(1...14))
    #expect(try file.run(.number(run)).state == .unfinished)
  }

  @Test("After an error the run is as it was")
  func undone() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let run = try stored(in: file)
    let before = try (file.events(of: run), file.run(.number(run)))
    struct Torn: Error {}
    var isFirst = true
    #expect(throws: StoreError.self) {
      try file.join(into: run, source: .criuLog) {
        guard isFirst else { throw Torn() }
        isFirst = false
        return [line(1, at: 1200)]
      } inputs: {
        []
      }
    }
    #expect(try file.events(of: run) == before.0)
    #expect(try file.run(.number(run)) == before.1)
  }
}
