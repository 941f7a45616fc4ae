import FiniEventScripts
import FiniModel
import FiniProof
import Testing

@testable import FiniTimeline

/// A run of any length is explained by a number of events that has a limit.
@Suite struct RunDigestTests {
  private func event(_ sequence: Int, _ task: Int32, _ payload: Event.Payload) -> Event {
    Event(
      sequence: UInt32(sequence), source: .strace, entered: Instant(nanoseconds: UInt64(sequence)),
      left: Instant(nanoseconds: UInt64(sequence)), tracer: TaskID(1), tracee: TaskID(task),
      payload: payload)
  }

  private func cont(_ signal: UInt64 = 0, result: Int64 = 0) -> Event.Payload {
    .request(RequestCall(request: .cont, data: signal, result: result))
  }

  private func log(_ severity: LogRecord.Severity, _ fact: LogFact = .text) -> Event.Payload {
    .log(LogRecord(line: 1, severity: severity, fact: fact))
  }

  @Test("Up to the limit all are kept, with their words")
  func whole() {
    var digest = RunDigest(limit: 1024)
    for number in 1...1024 {
      #expect(!digest.isFull)
      digest.observe(event(number, 5, log(.info)), "line \(number)")
    }
    #expect(digest.isFull)
    #expect(digest.items.map(\.event.sequence) == Array(1...1024))
    #expect(digest.items.map(\.text) == (1...1024).map { "line \($0)" })
  }

  @Test(
    "Of what is repeated the first and the last 64 stay; ends, errors and what stands beside them too"
  )
  func repeated() {
    var digest = RunDigest(limit: 4096)
    let count = 100_000
    for number in 1...count {
      switch number {
      case 50_000: digest.observe(event(number, 5, .ended(.exited(code: 3))), nil)
      case 50_100: digest.observe(event(number, 5, .gap(lost: 7)), nil)
      case 50_200: digest.observe(event(number, 5, cont(9)), nil)
      case 50_300: digest.observe(event(number, 5, cont(result: -3)), nil)
      case 60_000: digest.observe(event(number, 5, log(.error)), "error")
      case _ where number.isMultiple(of: 2): digest.observe(event(number, 5, cont()), nil)
      default: digest.observe(event(number, 5, log(.info)), "line")
      }
      #expect(digest.count <= 4096)
    }
    #expect(digest.seen == count)
    // Two shapes, each of every second event; the five others; and the lines beside the error.
    var expected = Set(1...128).union(99_873...100_000)
    expected.formUnion([50_000, 50_100, 50_200, 50_300, 60_000])
    expected.formUnion(stride(from: 59_985, through: 60_015, by: 2))
    #expect(digest.items.map { Int($0.event.sequence) } == expected.sorted())
    #expect(digest.items.first { $0.event.sequence == 60_000 }?.text == "error")
  }

  @Test(
    "No more than the limit are ever kept, however many tasks there are", arguments: [1024, 5000])
  func bound(limit: Int) {
    var digest = RunDigest(limit: limit)
    var most = 0
    let tasks: Int32 = 20_000
    var number = 0
    for task in 1...tasks {
      for payload: Event.Payload in [
        .request(RequestCall(request: .seize)), cont(), cont(result: -3), log(.error),
        .ended(.exited(code: 0)),
      ] {
        number += 1
        digest.observe(event(number, task, payload), "words")
        most = max(most, digest.count)
      }
    }
    #expect(most <= limit)
    let items = digest.items
    #expect(items.count <= limit && items.count > limit / 8)
    #expect(items.first?.event.sequence == 1)
    #expect(items.last.map { Int($0.event.sequence) } == number)
  }

  @Test("The call that took longest stays")
  func slowest() {
    var digest = RunDigest(limit: 1024)
    for number in 1...10_000 {
      var event = event(number, 5, cont())
      if number == 5000 { event.left = event.left.advanced(by: 1_000_000) }
      digest.observe(event, nil)
    }
    #expect(digest.items.contains { $0.event.sequence == 5000 })
  }

  // MARK: What is told

  /// Explains by all events, and by a digest that passes over as soon as it can.
  private func expectTheSame(_ events: [Event], passesOver: Bool, _ name: String) {
    let timeline = Timeline(reading: events)
    let whole = Explanation(of: timeline)
    var explainer = RunExplainer(
      Timeline.source(of: events) ?? .engine, of: timeline.subject,
      digest: RunDigest(limit: 4096, whole: 1))
    for event in events { explainer.observe(event, text: nil) }
    let told = explainer.explanation(start: timeline.start, judgement: timeline.judgement)
    #expect((told.passedOver > 0) == passesOver, "\(name)")
    var found = told.found
    found.passedOver = 0
    #expect(found == whole.found, "\(name)")
    guard let source = Timeline.source(of: events) else { return }
    // While it is judged nobody knows the task that it is about.
    var judge = RunJudge(ofEachTask: source)
    var beside = RunExplainer(besideJudgeOf: source, digest: RunDigest(limit: 4096, whole: 1))
    for event in events {
      judge.observe(event)
      beside.observe(event, text: nil)
    }
    let outcome = judge.outcome()
    let same = beside.explanation(
      beside: judge, of: outcome.subject, start: timeline.start,
      judgement: outcome.judged.judgement)
    #expect(same?.found == told.found, "\(name)")
  }

  @Test("A cure that ends early at each of its events", arguments: [Source.bpf, .strace, .ftrace])
  func cures(source: Source) {
    let events = EventScript.cured(by: source).events
    for count in 2...events.count {
      expectTheSame(Array(events[..<count]), passesOver: false, "\(source) \(count)")
    }
  }

  /// A tracer that follows the system calls of a program, lets go and ends.
  private func following(_ rounds: Int, _ end: (inout EventScript) -> Void) -> [Event] {
    var script = EventScript(.strace)
    script.take()
    for _ in 0..<rounds {
      script.request(.syscall)
      script.stop(.syscallStop, status: 0x857f)
    }
    end(&script)
    return script.events
  }

  @Test(
    "A program whose calls are followed a thousand times: let go, killed, left, or its tracer died")
  func storm() {
    let ends: [(String, (inout EventScript) -> Void)] = [
      (
        "let go",
        {
          $0.request(.detach); $0.endTracer(.exited(code: 0))
        }
      ),
      (
        "killed",
        {
          $0.request(.cont); $0.add(.ended(.killed(.kill, dumpedCore: false)))
        }
      ),
      (
        "refused",
        {
          $0.request(.getRegisters, result: -3); $0.endTracer(.exited(code: 1))
        }
      ),
      ("tracer killed", { $0.endTracer(.killed(.kill, dumpedCore: false)) }),
      ("unfinished", { _ in }),
    ]
    for (name, end) in ends {
      expectTheSame(following(1000, end), passesOver: true, name)
    }
  }

  @Test(
    "A tracer that is refused very often: the first and the last of it are told, and it is bounded")
  func refused() {
    var history = TracerHistory()
    for number in 1...100_000 {
      history.observe(event(number, 5, cont(result: -3)))
      history.passOverMiddle(beyond: 64)
      #expect(history.refusals.count <= 3 * 64)
    }
    #expect(history.refusals.first?.event.sequence == 1)
    #expect(history.refusals.last?.event.sequence == 100_000)
    #expect(history.calls == 100_000)
  }
}
