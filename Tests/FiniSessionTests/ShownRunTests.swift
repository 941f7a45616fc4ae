import FiniModel
import FiniRender
import FiniSession
import FiniStore
import FiniTestSupport
import FiniTimeline
import Foundation
import Testing

/// A part of a run is shown without the rest of it, and looks as it does in the whole.
@Suite(.serialized)
struct ShownRunTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "fini-shown-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    try body(folder)
  }

  private func text(_ run: ShownRun, _ filter: TimelineFilter, asJSON: Bool, all: Bool) throws
    -> String
  {
    var text = ""
    var report = TimelineReport(
      run.outline, header: run.header, asJSON: asJSON, style: TextStyle(showsEveryEvent: all))
    report.begin(to: &text)
    try run.forEachPassage(matching: filter) { report.add($0, of: $1, to: &text) }
    report.end(to: &text)
    return text
  }

  /// Everything, and a part by each condition.
  private func filters(of timeline: Timeline) -> [TimelineFilter] {
    let count = timeline.events.last?.sequence ?? 0
    let middle = timeline.events[timeline.events.count / 2]
    let at = timeline.offset(of: middle)
    return [
      TimelineFilter(),
      TimelineFilter(phases: [.fini]), TimelineFilter(phases: [.infect, .detach]),
      TimelineFilter(kinds: [.stop, .wait]),
      TimelineFilter(around: middle.sequence), TimelineFilter(around: count, context: 3),
      TimelineFilter(kinds: [.stop], around: middle.sequence, context: 4),
      TimelineFilter(sinceMilliseconds: Double(at) / 1e6),
      TimelineFilter(untilMilliseconds: Double(at) / 1e6),
      TimelineFilter(
        phases: [.fini, .sigreturn], sinceMilliseconds: 0, untilMilliseconds: Double(at) / 1e6),
    ]
  }

  @Test("From the file and from all events it is the same", arguments: JudgedOnceTests.logs)
  func same(log: String) throws {
    try withFolder { folder in
      let path = folder + "/runs.db"
      _ = try Importing([log], format: nil, recordingTo: path).run(progress: { _ in })
      let file = try TraceFile.openForReading(path)
      let run = try file.run(.last)
      let loaded = try LoadedRun(run, in: file)
      let whole = ShownRun(loaded)
      for filter in filters(of: loaded.timeline) {
        let part = try ShownRun(run, in: file, showing: filter)
        for (asJSON, all) in [(false, false), (false, true), (true, false)] {
          let expected = try text(whole, filter, asJSON: asJSON, all: all)
          let found = try text(part, filter, asJSON: asJSON, all: all)
          #expect(found == expected, "\(log) \(filter)")
        }
      }
    }
  }

  // MARK: Length

  /// A tracer that looks at a task again and again, with the registers that change each time.
  private func makeLog(_ path: String, rounds: Int) throws {
    var lines = "100 1000.000000 ptrace(PTRACE_SEIZE, 200, NULL, 0) = 0\n"
    lines += "100 1000.000010 ptrace(PTRACE_INTERRUPT, 200) = 0\n"
    lines +=
      "100 1000.000020 wait4(200, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP} | 128 << 8], __WALL, NULL) = 200\n"
    for round in 0..<rounds {
      let time = 1001 + Double(round) / 1000
      lines +=
        "100 \(String(format: "%.6f", time)) ptrace(PTRACE_PEEKDATA, 200, 0x\(String(4096 + 8 * round, radix: 16)), [0x7]) = 0\n"
    }
    lines +=
      "100 9000.000000 ptrace(PTRACE_DETACH, 200, NULL, 0) = 0\n100 9000.1 +++ exited with 0 +++\n"
    try lines.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test("What is read grows with what is shown, not with the run")
  func flat() throws {
    var counts: [Int: [Int]] = [:]
    for rounds in [5000, 20_000] {
      try withFolder { folder in
        try makeLog(folder + "/log", rounds: rounds)
        _ = try Importing([folder + "/log"], format: nil, recordingTo: folder + "/runs.db")
          .run(progress: { _ in })
        let file = try TraceFile.openForReading(folder + "/runs.db")
        let run = try file.run(.last)
        #expect(run.eventCount > rounds)
        let filters = [
          TimelineFilter(around: UInt32(rounds / 2)), TimelineFilter(phases: [.detach]),
          TimelineFilter(sinceMilliseconds: 3000, untilMilliseconds: 3002),
          TimelineFilter(kinds: [.peek], around: UInt32(rounds / 2)),
        ]
        counts[rounds] = try filters.map { filter in
          let before = TraceFile.eventsRead
          let shown = try text(
            try ShownRun(run, in: file, showing: filter), filter, asJSON: false, all: false)
          #expect(shown.split(separator: "\n").count > 3)
          return TraceFile.eventsRead - before
        }
      }
    }
    let (short, long) = (try #require(counts[5000]), try #require(counts[20_000]))
    for (few, many) in zip(short, long) {
      #expect(few > 0 && few < 4500)
      #expect(many <= few + 16, "\(short) \(long)")
    }
  }
}
