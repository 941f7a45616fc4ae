import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// A run that is cut into passages shows what it shows whole, and no passage is long.
@Suite struct PassageTests {
  private func passages(_ events: [Event], of subject: TaskID?, length: Int) -> [Passage] {
    var reader = PassageReader(of: subject, length: length)
    var found = events.compactMap { reader.observe($0) }
    if let rest = reader.end() { found.append(rest) }
    return found
  }

  private static let scripts =
    FiniStrategy.allCases.map { EventScript.landed($0).events }
    + [Source.bpf, .ptraceObserver, .strace].map { EventScript.cured(by: $0).events }

  @Test("Stops, remote calls and events are those of the whole", arguments: scripts, [1, 2, 7, 40])
  func same(events: [Event], length: Int) {
    let whole = Timeline(reading: events)
    let cut = passages(events, of: whole.subject, length: length)
    #expect(cut.flatMap { $0.events } == events)
    #expect(cut.flatMap { $0.stops } == whole.stops)
    #expect(cut.flatMap { $0.remoteCalls } == whole.remoteCalls)
    if length == 1 { #expect(cut.count > 10) }
    // A breakpoint that is armed over a cut is known after it.
    for passage in cut {
      for event in passage.events {
        let armed = passage.armedBreakpoint(after: event.sequence)
        #expect(
          armed?.address == whole.passage.armedBreakpoint(after: event.sequence)?.address)
      }
    }
  }

  @Test("A tracer that goes on without an end is cut all the same")
  func endless() {
    // PTRACE_SYSCALL, its wait, its stop, and what the stop is for: strace does this and nothing else.
    let cured = EventScript.cured(by: .strace).events
    let subject = Timeline(reading: cured).subject
    let loop = cured.filter { event in
      guard event.tracee == subject else { return false }
      if case .request(let call) = event.payload { return call.request == .syscall }
      return event.kind == .wait || event.kind == .stop
    }
    #expect(loop.count >= 3)
    var events: [Event] = []
    for round in 0..<2000 {
      let event = loop[round % loop.count]
      events.append(
        Event(
          sequence: UInt32(round + 1), source: event.source, entered: event.entered,
          left: event.left, tracer: event.tracer, tracee: event.tracee, payload: event.payload))
    }
    let cut = passages(events, of: subject, length: 100)
    #expect(cut.count > 15)
    #expect(cut.allSatisfy { $0.events.count < 200 })
  }

  @Test("What can't be cut is cut at the limit")
  func limit() {
    let one = EventScript.landed(.breakpoint).events.first { $0.kind == .interrupt }
    guard let one else { return #expect(Bool(false), "a cure interrupts its task") }
    var reader = PassageReader(of: one.tracee, length: 10, limit: 50)
    var lengths: [Int] = []
    for number in 1...200 {
      let event = Event(
        sequence: UInt32(number), source: one.source, entered: one.entered, left: one.left,
        tracer: one.tracer, tracee: one.tracee, payload: one.payload)
      if let passage = reader.observe(event) { lengths.append(passage.events.count) }
    }
    #expect(lengths == [50, 50, 50, 50])
  }
}
