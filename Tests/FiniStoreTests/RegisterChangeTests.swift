import FiniModel
import FiniStore
import Testing

@Suite("What the registers were is found from the middle of a run")
struct RegisterChangeTests {
  /// Registers that are read 3,000 times, of two tasks in turn; most words never change.
  private static func events() -> [Event] {
    (1...3000).map { number in
      var registers = Registers()
      registers[.rip] = 0x40_0000 + UInt64(number)
      registers[.rax] = UInt64(number / 700)
      registers[.fsBase] = number % 2 == 0 ? 0x7f00_1000 : 0x7f00_2000
      let plain = plainEvent(UInt32(number))
      return Event(
        sequence: plain.sequence, source: plain.source, entered: plain.entered, left: plain.left,
        tracer: plain.tracer, tracee: TaskID(number % 2 == 0 ? 4711 : 4712),
        payload: .request(
          RequestCall(request: .getRegisters, result: 0, detail: .registers(registers))))
    }
  }

  private func recorded(_ scratch: Scratch) throws -> TraceFile {
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    for (index, event) in RegisterChangeTests.events().enumerated() {
      recorder.record(event)
      if index % 200 == 199 { try recorder.flush() }
    }
    try recorder.finish(end())
    return file
  }

  @Test("From any event on they are those that were recorded", arguments: [1, 2, 999, 2500, 3000])
  func anywhere(first: UInt32) throws {
    let scratch = try Scratch()
    let file = try recorded(scratch)
    let pages = EventPages(file, of: 1, first...UInt32.max)
    var found: [Event] = []
    while true {
      let page = try pages.page(of: 100)
      if page.isEmpty { break }
      #expect(page.count <= 100)
      found += page
    }
    #expect(found == Array(RegisterChangeTests.events()[Int(first - 1)...]))
  }

  @Test("A whole set of a task comes at least once in 1,024 changes")
  func wholeSets() throws {
    let scratch = try Scratch()
    _ = try recorded(scratch)
    // 1,500 changes of each task: the first one, and one after 1,024 others.
    let whole = "SELECT count(*) FROM register_change WHERE mask = (1 << 27) - 1"
    #expect(try sqlite3(scratch.path(), whole) == "4")
    #expect(try sqlite3(scratch.path(), "SELECT count(*) FROM register_change") == "3000")
  }

  @Test("What was first at a moment is found by halving")
  func moment() throws {
    let scratch = try Scratch()
    let file = try recorded(scratch)
    // Event n is entered at 5 s + n us and returns 0.7 us later.
    let second = Instant(rawValue: 5_000_000_000)
    #expect(try file.firstEvent(of: 1, returnedBy: second) == 1)
    #expect(try file.firstEvent(of: 1, returnedBy: second.advanced(by: 1_500_700)) == 1500)
    #expect(try file.firstEvent(of: 1, returnedBy: second.advanced(by: 1_500_701)) == 1501)
    #expect(try file.firstEvent(of: 1, returnedBy: second.advanced(by: 3_000_700)) == 3000)
    #expect(try file.firstEvent(of: 1, returnedBy: second.advanced(by: 3_000_701)) == nil)
    #expect(try file.firstEvent(of: 2, returnedBy: second) == nil)
  }
}
