import FiniModel
import FiniStore
import Testing

@Suite("What a recording weighs")
struct FootprintTests {
  /// Pages of all that grows with events, by SQLite's own count, and the events in them. What every
  /// file has, the schema, the name tables and what the columns hold, is left out; an index that is added is not.
  private func weigh(_ path: String) throws -> (bytes: Int, events: Int) {
    let bytes = try sqlite3(
      path,
      "SELECT sum(pgsize) FROM dbstat WHERE name NOT LIKE '%\\_name' ESCAPE '\\' "
        + "AND name NOT IN ('sqlite_schema', 'meaning')")
    let events = try sqlite3(path, "SELECT count(*) FROM event")
    return (try #require(Int(bytes)), try #require(Int(events)))
  }

  @Test("An event of a big run takes at most 80 bytes, indexes and registers included")
  func bigRun() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    var time = start().started.rawValue
    var sequence: UInt32 = 1
    for cure in 1...300 {
      let sample = SampleCure(
        seed: UInt64(cure), tracer: tracer.task, tracee: TaskID(4711 + Int32(cure % 20)),
        started: time, firstSequence: sequence)
      for event in sample.events { recorder.record(event) }
      try recorder.flush()
      time = sample.ended + 1_000_000
      sequence += UInt32(sample.events.count)
    }
    try recorder.finish(end())
    let weight = try weigh(scratch.path())
    #expect(weight.events == Int(sequence) - 1)
    let each = Double(weight.bytes) / Double(weight.events)
    print("big run: \(each) bytes an event, \(weight.events) events")
    #expect(each <= 80)
  }

  @Test("An event of many short runs takes at most 80 bytes, with what each was judged to be")
  func manyRuns() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    for cure in 1...100 {
      let recorder = try file.beginRun(start(), journalCapacity: 256)
      let sample = SampleCure(
        seed: UInt64(cure), tracer: tracer.task, tracee: tracee.task,
        started: start().started.rawValue)
      for event in sample.events { recorder.record(event) }
      var end = end()
      end.judged?.judgement.findings = []
      try recorder.finish(end)
    }
    let weight = try weigh(scratch.path())
    let each = Double(weight.bytes) / Double(weight.events)
    print("many runs: \(each) bytes an event, \(weight.events / 100) events a run")
    #expect(each <= 80)
  }
}
