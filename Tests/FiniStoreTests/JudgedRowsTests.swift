import FiniModel
import FiniStore
import FiniTestSupport
import Testing

/// What events prove is stored as it was judged.
@Suite("A judgement comes back as it was stored")
struct JudgedRowsTests {
  /// One with every part that a judgement can have, each number another one.
  static func whole(_ verdict: Verdict = .intervened) -> JudgedTask {
    let moment = { (after: UInt64) in Instant(rawValue: 5_000_000_000 + after) }
    let trap = SignalInfo(
      signal: .trap, code: .trapHardwareBreakpoint, address: RemoteAddress(0xffff_ffff_8000_0001))
    let user = SignalInfo(
      signal: .user1, code: .queue, sender: TaskID(4801), senderUser: 4_294_967_295, value: .max)
    var costs = Costs()
    costs.calls = 31
    costs.stops = 32
    costs.signals = 33
    costs.frozen = 34_000
    costs.fini = FiniWindow(first: 3, last: 8, calls: 35, stops: 36, duration: 37_000)
    var first = SignalHistory(.user1, seenAt: 4)
    first.learn(user)
    first.firstPending = 4
    first.deliveryStops = [5, 7]
    first.fate = .delivered
    first.fateEvent = 8
    return JudgedTask(
      judgement: Judgement(
        verdict: verdict, caught: .breakpointAfter,
        evidence: [
          Evidence(event: 3, reason: "it's the first"), Evidence(event: 5, reason: "two"),
          // One event may prove two things.
          Evidence(event: 5, reason: "three"),
        ],
        intervention: Intervention(
          stop: 5, stopClass: .signalDelivery, signal: .trap, info: trap, pendingSince: 4),
        findings: Cause.allCases.enumerated().map { place, kind in
          Finding(kind: kind, event: UInt32(100 - place), sentence: "finding \(place)")
        },
        summary: "in a line"),
      costs: costs,
      phases: [
        PhaseSpan(phase: .seize, first: 1, last: 2, entered: moment(10), left: moment(20)),
        PhaseSpan(
          phase: .fini, first: 3, last: 8, entered: moment(30), left: moment(90), calls: 6, stops: 7
        ),
      ],
      // The order of appearance is not that of the numbers.
      signals: [first, SignalHistory(.hangUp, seenAt: 4), SignalHistory(.trap, seenAt: 3)],
      moments: [3: moment(30), 5: moment(50)], events: 1...9,
      blob: RemoteRange(start: RemoteAddress(0x7f00_0000_1000), end: RemoteAddress(.max)),
      isLetGo: true)
  }

  static let few = JudgedTask(
    judgement: Judgement(verdict: .neverReached, summary: ""), isLetGo: false)

  @Test("A run's, with every part and with none", arguments: [whole(), few])
  func run(judged: JudgedTask) throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    let thread = TaskIdentity(task: TaskID(4712), startTicks: nil, name: "thread")
    try recorder.declare(task: thread)
    recorder.record(plainEvent(1))
    let tracees = [
      TraceeVerdict(task: TaskID(4712), verdict: .missed, hasFini: true, isProbe: false),
      TraceeVerdict(task: TaskID(4711), verdict: .lost, hasFini: false, isProbe: true),
    ]
    var end = RunEnd(
      judged: judged, subject: TaskID(4712), exitSummary: "", finished: start().started,
      finishedRealtime: 0)
    end.tracees = tracees
    try recorder.finish(end)
    let reader = try TraceFile.openForReading(scratch.path())
    #expect(try reader.judged(of: 1) == [2: judged])
    #expect(try reader.judged(of: 1, task: 1) == [:])
    #expect(try reader.tracees(of: 1) == tracees)
    let run = try reader.run(.last)
    #expect(run.subject == thread)
    #expect(run.verdict == judged.judgement.verdict && run.frozen == judged.costs.frozen)
    #expect(run.firstEntered == plainEvent(1).entered)
    #expect(try sqlite3(scratch.path(), "PRAGMA foreign_key_check") == "")
  }

  @Test("A task's of a tree; a second judgement takes the place of the first")
  func tree() throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    let cure = try recorder.beginCure(of: tracee, firstSequence: 1)
    let end = CureEnd(outcome: .cured, lastSequence: 9, summary: "")
    for judged in [JudgedRowsTests.few, JudgedRowsTests.whole(), JudgedRowsTests.few] {
      try recorder.endCure(of: cure.number, with: end, judged: judged)
      #expect(try file.judged(of: 1, task: cure.number) == [cure.number: judged])
      let row = try #require(try file.cures(of: 1).first)
      #expect(row.verdict == judged.judgement.verdict && row.frozen == judged.costs.frozen)
    }
    try recorder.finish(RunEnd(exitSummary: "", finished: start().started, finishedRealtime: 0))
    #expect(try file.judged(of: 1).count == 1)
  }

  @Test(
    "A judgement with a word that is not known is left out, and nothing traps",
    arguments: [
      "UPDATE finding SET kind = 'unheard-of' WHERE number = 2",
      "UPDATE judgement SET verdict = 99",
      "UPDATE phase SET phase = 99", "UPDATE phase SET entered_ns = 'soon'",
    ])
  func unknown(damage: String) throws {
    let scratch = try Scratch()
    let file = try TraceFile.openForRecording(scratch.path())
    let recorder = try file.beginRun(start())
    try recorder.finish(
      RunEnd(
        judged: JudgedRowsTests.whole(), exitSummary: "", finished: start().started,
        finishedRealtime: 0))
    #expect(try file.judged(of: 1).count == 1)
    _ = try sqlite3(scratch.path(), damage)
    #expect(try file.judged(of: 1) == [:])
  }
}
