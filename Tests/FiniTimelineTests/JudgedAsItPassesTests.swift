import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// A run is judged by events that pass one after the other, and none of them is kept.
@Suite struct JudgedAsItPassesTests {
  private static let sources: [Source] = [.bpf, .ptraceObserver, .strace, .perf, .ftrace]

  /// A cure; a cure that ends early at each of its events; a cure beside a loss at each of them.
  private static func variants(of events: [Event]) -> [[Event]] {
    var all = [events]
    for count in events.indices.dropFirst() {
      all.append(Array(events[..<count]))
      var lossy = events
      let event = events[count]
      lossy[count] = Event(
        sequence: event.sequence, source: event.source, entered: event.entered, left: event.left,
        tracer: event.tracer, tracee: event.tracee, payload: .gap(lost: 3))
      all.append(lossy)
    }
    return all
  }

  private func expectTheSame(_ events: [Event], source: Source) {
    let timeline = Timeline(reading: events)
    var judge = RunJudge(of: timeline.subject, source: source)
    for event in events { judge.observe(event) }
    let outcome = judge.outcome()
    // The timeline takes the moments of the evidence from its events.
    #expect(outcome.judged == timeline.judged)
    let proving = Set(outcome.judged.judgement.evidence.map { $0.event })
    #expect(Set(outcome.judged.moments.keys) == proving)
    #expect(outcome.strategySeen == timeline.strategySeen)
    guard RunJudge.findsSubject(in: source) else { return }
    var each = RunJudge(ofEachTask: source)
    for event in events { each.observe(event) }
    #expect(each.outcome().judged == timeline.judged && each.outcome().subject == timeline.subject)
  }

  @Test("Our own cure", arguments: FiniStrategy.allCases)
  func own(strategy: FiniStrategy) {
    for events in JudgedAsItPassesTests.variants(of: EventScript.landed(strategy).events) {
      expectTheSame(events, source: .engine)
    }
  }

  @Test("Another tracer's", arguments: sources)
  func foreign(source: Source) {
    for events in JudgedAsItPassesTests.variants(of: EventScript.cured(by: source).events) {
      expectTheSame(events, source: source)
    }
  }

  // MARK: Memory

  /// How many values something is made of, those of its arrays, sets and dictionaries included.
  private static func size(of value: Any) -> Int {
    Mirror(reflecting: value).children.reduce(1) { $0 + size(of: $1.value) }
  }

  /// A tracer that reads much of a task before fini: how many values are kept in the end, and what it comes to.
  private static func judge(events count: Int) -> (size: Int, landed: Bool?, calls: Int) {
    var begin = EventScript(.strace)
    begin.take()
    var loop = EventScript(.strace)
    loop.readRegisters(EventScript.saved)
    loop.peek(EventScript.blob.rawValue, 0x90)
    var end = EventScript(.strace)
    end.inject()
    end.serve()
    end.approach()
    end.passSigreturn()
    end.unmapAndLetGo()

    var judge = RunJudge(ofEachTask: .strace)
    var sequence: UInt32 = 0
    func pass(_ events: [Event]) {
      for event in events {
        sequence += 1
        judge.observe(
          Event(
            sequence: sequence, source: event.source, entered: event.entered, left: event.left,
            tracer: event.tracer, tracee: event.tracee, payload: event.payload))
      }
    }
    pass(begin.events)
    while Int(sequence) < count { pass(loop.events) }
    pass(end.events)
    let outcome = judge.outcome()
    return (size(of: judge), outcome.judged.judgement.landed, outcome.judged.costs.calls)
  }

  @Test("What is kept of a million events is what is kept of ten thousand")
  func memory() {
    let few = JudgedAsItPassesTests.judge(events: 10_000)
    let many = JudgedAsItPassesTests.judge(events: 1_000_000)
    #expect(few.landed == true && many.landed == true)
    #expect(many.calls > 700_000 && few.calls < 11_000)
    // A note more or less.
    #expect(abs(many.size - few.size) < 1000)
    #expect(many.size < 10_000)
  }
}
