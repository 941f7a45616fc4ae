import FiniModel
import FiniProof
import FiniStore
import FiniTestSupport
import FiniTimeline
import Testing

@Suite("What is seen of a tracer that is traced agrees with other sources", .serialized)
struct TracedAgreementTests {
  private static let tool = House.products + "/fini-trace"

  private func start(_ path: String, _ words: [String] = []) throws -> LiveProcess {
    let victim = try LiveProcess(path: path, words: [path] + words)
    let said = victim.nextLine(within: 10_000)
    #expect(said?.hasPrefix("ready") == true)
    return victim
  }

  /// Runs a program to its end.
  private func run(_ words: [String]) throws -> Int32? {
    let quiet = ["sh", "-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh"]
    return try LiveProcess(path: "/bin/sh", words: quiet + words).waitForEnd(within: 60_000)
  }

  private func record(
    _ victim: LiveProcess, by observer: String, into database: String, _ command: [String]
  ) throws -> [Event] {
    let status = try run(
      [Self.tool, "record", "\(victim.pid)", "--observer", observer, "-o", database, "--"]
        + command)
    #expect(status == 0)
    let file = try TraceFile.openForReading(database)
    #expect(try file.run(.last).source == (observer == "bpf" ? .bpf : .ptraceObserver))
    return try file.events(of: try file.run(.last).number)
  }

  @Test(
    "Every call of a cure, in order, with what it read and wrote", arguments: FiniStrategy.allCases)
  func calls(_ strategy: FiniStrategy) throws {
    let folder = try Folder()
    // One whose rt_sigreturn may be run: a sleep has a restart to lose.
    let victim = try start(try House.victims.get() + "/busy")
    defer { victim.end() }
    let own = folder.path + "/own.db"
    // Its guard would be the command, and the recorder its child.
    let events = try record(
      victim, by: "ptrace", into: folder.path + "/seen.db",
      [Self.tool, "record", "\(victim.pid)", "--strategy", strategy.name, "--unguarded", "-o", own])
    let told = try TraceFile.openForReading(own).events(of: 1).filter { $0.tracee == victim.task }
    let seen = events.filter { $0.tracee == victim.task }
    #expect(seen.compactMap(\.callWords) == told.compactMap(\.callWords))
    func classes(_ events: [Event]) -> [StopClass] {
      events.compactMap { if case .stop(let stop) = $0.payload { stop.stopClass } else { nil } }
    }
    #expect(classes(seen) == classes(told))
    #expect(!classes(seen).isEmpty)
    #expect(events.map(\.sequence) == Array(1...UInt32(events.count)))
    let judgement = Timeline(reading: events, subject: victim.task).judgement
    #expect(judgement.verdict == .landed, "\(judgement.summary)")
    #expect(judgement.caught == Self.ways[strategy])
    #expect(judgement.findings.isEmpty, "\(judgement.findings)")
  }

  private static let ways: [FiniStrategy: FiniStrategy] = [
    .breakpoint: .breakpoint, .breakpointAfter: .breakpointAfter, .syscall: .syscall,
    .direct: .direct,
  ]

  /// How often each request was made on a task.
  private func counts(_ events: [Event], on task: TaskID) -> [String: Int] {
    var counts: [String: Int] = [:]
    for event in events where event.tracee == task {
      if case .request(let call) = event.payload {
        counts[call.request.description, default: 0] += 1
      }
    }
    return counts
  }

  @Test("gdb's requests are those that strace sees of such a run, and that BPF sees")
  func debugger() throws {
    let folder = try Folder()
    let place = House.root + "/.build/tracers"
    let made = House.run(
      "make", ["-s", "-C", House.root + "/Tests/Tracers", "OUT=" + place, place + "/called"])
    try #require(made.status == 0, "\(made.output)")
    func debugger(_ victim: LiveProcess) -> [String] {
      ["gdb", "-q", "-batch", "-nx", "-p", "\(victim.pid)"]
        + ["-x", House.root + "/Tests/Tracers/breakpoint.gdb", place + "/called"]
    }
    let log = folder.path + "/log"
    let witnessed = try start(place + "/called")
    defer { witnessed.end() }
    #expect(try run(["strace", "-o", log, "-e", "trace=ptrace"] + debugger(witnessed)) == 0)
    var expected: [String: Int] = [:]
    for line in readWhole(log).split(separator: "\n") {
      let words = line.split(whereSeparator: { "(, )=|".contains($0) })
      guard words.count > 2, words[0] == "ptrace", words[2] == "\(witnessed.pid)" else { continue }
      expected[String(words[1]), default: 0] += 1
    }
    #expect(expected["PTRACE_POKEUSER", default: 0] > 1, "\(expected)")
    for observer in Watching.isPermitted ? ["ptrace", "bpf"] : ["ptrace"] {
      let victim = try start(place + "/called")
      defer { victim.end() }
      let events = try record(
        victim, by: observer, into: folder.path + "/\(observer).db", debugger(victim))
      #expect(counts(events, on: victim.task) == expected, "\(observer)")
      let hits = events.filter {
        if case .stop(let stop) = $0.payload { stop.stopClass == .breakpoint } else { false }
      }
      #expect(hits.count == 1, "\(observer)")
      #expect(victim.ask("calls")?.hasPrefix("calls ") == true)
    }
  }
}
