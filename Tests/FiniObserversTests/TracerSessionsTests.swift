import FiniModel
import FiniProof
import Testing

@testable import FiniObservers

/// What the kernel would report of several tracers.
private struct SessionScript {
  var records: [KernelRecord] = []
  var clock: UInt64 = 1_000_000

  mutating func add(
    _ fact: KernelRecord.Fact, by task: Int32, of process: Int32? = nil, lost: UInt64 = 0
  ) {
    records.append(
      KernelRecord(
        task: TaskID(task), process: TaskID(process ?? task), entered: Instant(rawValue: clock),
        left: Instant(rawValue: clock + 1000), lost: lost, fact: fact))
    clock += 2000
  }

  mutating func request(
    _ request: PtraceRequest, of tracee: Int32, by task: Int32, process: Int32? = nil,
    result: Int64 = 0, lost: UInt64 = 0
  ) {
    add(
      .call(
        SeenCall(
          number: 101,
          arguments: [
            UInt64(bitPattern: request.rawValue), UInt64(UInt32(bitPattern: tracee)), 0, 0, 0,
          ], result: result, word: nil, memory: [])), by: task, of: process, lost: lost)
  }

  mutating func wait(_ tracee: Int32, _ status: UInt32, by task: Int32, lost: UInt64 = 0) {
    add(
      .call(
        SeenCall(
          number: 61, arguments: [.max, 0x7fff_0000, 0x4000_0000, 0, 0], result: Int64(tracee),
          word: UInt64(status), memory: [])), by: task, lost: lost)
  }

  mutating func signal(_ tracee: Int32, lost: UInt64 = 0) {
    add(.delivered(SignalInfo(signal: .user1, code: .user)), by: tracee, lost: lost)
  }

  mutating func end(_ task: Int32, of process: Int32? = nil, isTracer: Bool = true) {
    add(.ended(status: 0, isTracer: isTracer), by: task, of: process)
  }
}

/// What became of the sessions.
private struct Told {
  var tracers: [Int: TaskID] = [:]
  var names: [Int: String] = [:]
  var events: [Int: [Event]] = [:]
  var endings: [Int: TracerSessions.Ending] = [:]
  var lost: [Int: UInt64] = [:]
  var order: [String] = []
  var away: [TaskID] = []

  init(_ steps: [TracerSessions.Step]) {
    for step in steps {
      switch step {
      case .turnAway(let tracer, _): away.append(tracer)
      case .begin(let id, let tracer, _, let caller):
        tracers[id] = tracer
        names[id] = caller.name
        order.append("begin \(id)")
      case .add(let id, let new, _):
        events[id, default: []] += new
        order.append("add \(id)")
      case .end(let id, _, let ending, _, let missing, _):
        endings[id] = ending
        lost[id] = missing
        order.append("end \(id)")
      }
    }
  }

  func tracees(_ id: Int) -> Set<TaskID> { Set((events[id] ?? []).map(\.tracee)) }
  func gaps(_ id: Int) -> UInt64 {
    (events[id] ?? []).reduce(0) { if case .gap(let lost) = $1.payload { $0 + lost } else { $0 } }
  }
}

@Suite("Each tracer's work is a session of its own")
struct TracerSessionsTests {
  @Test("Two tracers at once: each has its own calls, and its tracees' own doings")
  func interleaved() {
    var script = SessionScript()
    script.add(.tracer(name: "one"), by: 10)
    script.request(.seize, of: 100, by: 10)
    script.add(.tracer(name: "two"), by: 20)
    script.request(.seize, of: 200, by: 20)
    script.signal(100)
    script.signal(200)
    script.request(.interrupt, of: 100, by: 10)
    script.wait(200, 0x80057f, by: 20)
    script.request(.detach, of: 200, by: 20)
    script.end(20)
    script.wait(100, 0x80057f, by: 10)
    script.request(.detach, of: 100, by: 10)
    // After it was let go, and before the session is over, it is still its affair.
    script.signal(100)
    script.end(10)
    var sessions = TracerSessions()
    let told = Told(sessions.take(script.records))
    #expect(told.tracers == [0: TaskID(10), 1: TaskID(20)])
    #expect(told.names == [0: "one", 1: "two"])
    #expect(told.endings == [0: .exited, 1: .exited])
    #expect(told.tracees(0) == [TaskID(100), TaskID(10)])
    #expect(told.tracees(1) == [TaskID(200), TaskID(20)])
    let requests = (told.events[0] ?? []).filter {
      if case .request = $0.payload { true } else { false }
    }
    #expect(requests.count == 3)
    #expect((told.events[0] ?? []).filter { $0.kind == .signal }.count == 2)
    #expect((told.events[1] ?? []).map(\.sequence) == Array(1...UInt32(told.events[1]?.count ?? 0)))
    #expect(sessions.openTracers.isEmpty)
  }

  @Test(
    "A child that asks to be traced belongs to the one that waits for it, from its first call on")
  func traceMe() {
    var script = SessionScript()
    script.request(.traceMe, of: 0, by: 100)
    script.signal(100)
    // Another child that nobody waits for is nobody's.
    script.request(.traceMe, of: 0, by: 300)
    script.add(.tracer(name: "gdb"), by: 10)
    script.wait(100, 0x057f, by: 10)
    script.request(.cont, of: 100, by: 10)
    script.wait(100, 0, by: 10)
    script.end(10)
    var sessions = TracerSessions()
    let told = Told(sessions.take(script.records))
    #expect(told.tracers == [0: TaskID(10)])
    #expect(told.tracees(0).subtracting([TaskID(10)]) == [TaskID(100)])
    let requests = (told.events[0] ?? []).compactMap { event in
      if case .request(let call) = event.payload { call.request } else { nil }
    }
    #expect(requests == [.traceMe, .cont])
    #expect(told.endings == [0: .exited])
  }

  @Test("A tracer that forks: what its child traces is the child's session")
  func forks() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    script.add(.forked(child: TaskID(11)), by: 10)
    script.request(.seize, of: 110, by: 11)
    script.request(.detach, of: 110, by: 11)
    script.end(11)
    // Of a tracee's child it is the tracer's.
    script.add(.forked(child: TaskID(101)), by: 100)
    script.signal(101)
    script.request(.detach, of: 100, by: 10)
    script.end(10)
    var sessions = TracerSessions()
    let told = Told(sessions.take(script.records))
    #expect(told.tracers == [0: TaskID(10), 1: TaskID(11)])
    #expect(told.tracees(1) == [TaskID(110), TaskID(11)])
    #expect(told.tracees(0).contains(TaskID(101)))
  }

  @Test("A session is over once nothing is held and nothing was asked for some seconds")
  func quiet() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    var sessions = TracerSessions(quiet: 1000)
    _ = sessions.take(script.records)
    // It holds one: that may last for days.
    let late = Instant(rawValue: script.clock + 1_000_000_000)
    #expect(sessions.look(at: late).isEmpty)
    script.records = []
    script.request(.detach, of: 100, by: 10)
    let first = Told(sessions.take(script.records))
    #expect(first.endings.isEmpty)
    let last = script.clock - 1000
    #expect(sessions.look(at: Instant(rawValue: last + 1000)).isEmpty)
    let over = Told(sessions.look(at: Instant(rawValue: last + 1001)))
    #expect(over.endings == [0: .quiet])
    script.records = []
    script.request(.seize, of: 100, by: 10)
    #expect(Told(sessions.take(script.records)).tracers == [1: TaskID(10)])
  }

  @Test("A number that is used again is another session, with and without an end that was seen")
  func reused() {
    var script = SessionScript()
    script.add(.tracer(name: "first"), by: 10)
    script.request(.seize, of: 100, by: 10)
    script.end(10)
    script.add(.tracer(name: "second"), by: 10)
    script.request(.seize, of: 100, by: 10)
    // Its end is lost.
    script.add(.tracer(name: "third"), by: 10)
    script.request(.seize, of: 100, by: 10)
    var sessions = TracerSessions()
    let told = Told(sessions.take(script.records))
    #expect(told.names == [0: "first", 1: "second", 2: "third"])
    #expect(told.endings == [0: .exited, 1: .exited])
    #expect(
      told.order.filter { !$0.hasPrefix("add") } == [
        "begin 0", "end 0", "begin 1", "end 1", "begin 2",
      ])
    #expect(sessions.openTracers == [TaskID(10)])
  }

  @Test("Threads: the session ends with the process, and what a thread held is let go with it")
  func threads() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 11, process: 10)
    // The first thread ends, and another one goes on.
    script.end(10)
    script.request(.interrupt, of: 100, by: 11, process: 10)
    script.end(11, of: 10)
    var sessions = TracerSessions()
    let told = Told(sessions.take(script.records))
    #expect(told.endings == [0: .exited])
    #expect(
      (told.events[0] ?? []).filter { if case .request = $0.payload { true } else { false } }.count
        == 2)
  }

  @Test("A loss is counted in every session that was open, and in no other")
  func losses() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    script.request(.seize, of: 200, by: 20)
    script.request(.seize, of: 300, by: 30)
    script.request(.detach, of: 300, by: 30)
    script.end(30)
    // Three are lost here, and told by a record of the first.
    script.request(.interrupt, of: 100, by: 10, lost: 3)
    script.request(.seize, of: 400, by: 40, lost: 3)
    script.add(.ended(status: 0, isTracer: true), by: 40, lost: 3)
    script.add(.ended(status: 0, isTracer: true), by: 10, lost: 3)
    var sessions = TracerSessions()
    var steps = sessions.take(script.records)
    // Two more without any record after them.
    steps += sessions.look(at: Instant(rawValue: script.clock), lost: 5)
    steps += sessions.end(TaskID(20), as: .interrupted, at: Instant(rawValue: script.clock))
    let told = Told(steps)
    #expect(told.lost == [0: 3, 1: 5, 2: 0, 3: 0])
    for id in 0..<4 { #expect(told.gaps(id) == told.lost[id]) }
  }

  @Test("A thousand at once, and those beyond the cap are counted, each once")
  func thousand() {
    var script = SessionScript()
    for round in 0..<3 {
      for number in Int32(0)..<1100 {
        let tracer = 10_000 + number
        switch round {
        case 0: script.request(.seize, of: 20_000 + number, by: tracer)
        case 1: script.request(.interrupt, of: 20_000 + number, by: tracer)
        default: script.end(tracer)
        }
      }
    }
    var sessions = TracerSessions(mostOpen: 1000)
    let told = Told(sessions.take(script.records))
    #expect(told.tracers.count == 1000)
    #expect(told.endings.count == 1000)
    #expect(told.away.count == 100)
    #expect(sessions.openTracers.isEmpty)
    #expect(
      told.events.values.allSatisfy { events in
        events.filter { if case .request = $0.payload { true } else { false } }.count == 2
      })
    // There is room again.
    script.records = []
    script.request(.seize, of: 5, by: 6)
    #expect(Told(sessions.take(script.records)).tracers.count == 1)
  }

  @Test("A tracer that is not wanted has no session until it runs another program")
  func ignored() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    var sessions = TracerSessions()
    #expect(Told(sessions.take(script.records)).tracers.count == 1)
    sessions.ignore(TaskID(10))
    script.records = []
    script.request(.interrupt, of: 100, by: 10)
    script.wait(100, 0x80057f, by: 10)
    script.signal(100)
    #expect(sessions.take(script.records).isEmpty)
    script.records = []
    script.add(.executed(before: TaskID(10)), by: 10)
    script.request(.seize, of: 100, by: 10)
    #expect(Told(sessions.take(script.records)).tracers == [1: TaskID(10)])
  }

  @Test("Those beyond the cap are turned away, each once")
  func turnedAway() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    script.request(.seize, of: 200, by: 20)
    script.request(.seize, of: 300, by: 30)
    script.request(.interrupt, of: 300, by: 30)
    var sessions = TracerSessions(mostOpen: 1)
    #expect(Told(sessions.take(script.records)).away == [TaskID(20), TaskID(30)])
  }

  @Test("What has ended is handed out once, to be taken from the kernel's maps")
  func gone() {
    var script = SessionScript()
    script.request(.seize, of: 100, by: 10)
    script.end(100, isTracer: false)
    let first = script.clock
    script.end(10)
    var sessions = TracerSessions()
    _ = sessions.take(script.records)
    #expect(sessions.takeGone(until: Instant(rawValue: first - 1000)) == [TaskID(100)])
    #expect(sessions.takeGone(until: Instant(rawValue: first + 100_000)) == [TaskID(10)])
    #expect(sessions.takeGone(until: Instant(rawValue: first + 100_000)).isEmpty)
  }
}
