import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

@Suite struct ComparisonTests {
  private let comparison = Comparison(
    Timeline(reading: EventScript.landed(.breakpoint).events),
    Timeline(reading: EventScript.landed(.syscall).events), labels: ("1", "2"))

  private func row(_ measure: Comparison.Measure) -> Comparison.Row? {
    rows(comparison).first { $0.measure == measure }
  }

  private func rows(_ comparison: Comparison) -> [Comparison.Row] {
    comparison.totals + comparison.phases.flatMap { $0.rows } + comparison.kinds
  }

  @Test("Fini alone is compared in calls and stops")
  func finiWindow() {
    #expect(row(.finiCalls)?.values == [14, 22])
    #expect(row(.finiCalls)?.difference == 8)
    #expect(row(.finiStops)?.values == [4, 9])
  }

  @Test("Requests are compared phase by phase")
  func kinds() {
    #expect(row(.kind(.fini, .poke))?.values == [3, 0])
    #expect(row(.kind(.infect, .step))?.difference == 0)
    #expect(row(.kind(.infect, .step))?.differs == false)
    #expect(row(.kind(.seize, .detach)) == nil)
  }

  @Test("A phase that one run lacks has no value there")
  func missingPhase() {
    let comparison = Comparison(
      Timeline(reading: EventScript.landed(.breakpoint).events),
      Timeline(reading: EventScript.landed(.direct).events))
    let row = comparison.phases.first { $0.phase == .sigreturn }?.calls
    #expect(row?.values[1] == nil)
    #expect(row?.difference == nil)
    #expect(row?.differs == true)
  }

  @Test("A run compared with itself does not differ, whatever its numbers and addresses")
  func same() {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    var other = EventScript()
    other.tracee = TaskID(99)
    other.infect()
    other.fini(.breakpoint)
    other.unmapAndDetach()
    let comparison = Comparison(timeline, Timeline(reading: other.events))
    for row in rows(comparison) { #expect(!row.differs) }
    #expect(comparison.areEqual && comparison.longest == nil)
    #expect(parting(EventScript.landed(.breakpoint), other) == nil)
  }

  @Test("A run of several tasks has their sums, and says how many they are")
  func several() throws {
    let one = Timeline(reading: EventScript.landed(.breakpoint).events)
    var several = ComparedRun(number: "2", strategy: nil, source: .engine, verdict: .landed)
    for _ in 0..<3 {
      several.add(one.judged)
      var steps = RunSteps(of: one.subject, phases: one.phases, source: .engine)
      for event in one.events { steps.observe(event) }
      several.add(steps)
    }
    let comparison = Comparison([ComparedRun(one, label: "one"), several])
    #expect(comparison.labels == ["one", "2 engine"])
    #expect(comparison.totals.first?.measure == .tasks)
    #expect(comparison.totals.first?.values == [1, 3])
    for row in rows(comparison) {
      #expect(row.values[1] == row.values[0].map { $0 * 3 }, "\(row.measure.name)")
    }
    #expect(comparison.totals.first { $0.measure == .finiStops }?.values == [4, 12])
  }

  @Test("Between runs of one task each the number of tasks is not told")
  func single() { #expect(!comparison.totals.contains { $0.measure == .tasks }) }

  // MARK: The time

  @Test("The longer run is named, and the phase that most of it is in")
  func longest() throws {
    // Of the scripts: 0.380 and 0.549 ms; fini alone takes 0.210 ms longer, sigreturn 0.041 less.
    let longest = try #require(comparison.longest)
    #expect(longest.run == 1 && longest.shortest == 0 && longest.isFrozen)
    #expect(longest.difference == 169_000)
    #expect(longest.phase == .fini && longest.ofPhase == 210_000 && longest.bothHavePhase)
    #expect(comparison.phasesBySize.prefix(2).map { $0.phase } == [.fini, .sigreturn])
    #expect(comparison.phasesBySize.count == 9 && !comparison.areEqual)
  }

  @Test("A phase goes on until the next begins, whatever the tracer does elsewhere")
  func betweenPhases() throws {
    let plain = EventScript.landed(.breakpoint)
    var slow = EventScript()
    slow.infect()
    // It dumps the memory of another task, say.
    slow.tracee = TaskID(99)
    slow.request(.getRegisters)
    slow.wait(0, takes: 5000)
    slow.tracee = TaskID(4711)
    slow.fini(.breakpoint)
    slow.unmapAndDetach()
    let comparison = Comparison(
      Timeline(reading: plain.events), Timeline(reading: slow.events, subject: TaskID(4711)))
    let longest = try #require(comparison.longest)
    // 5000 us, 2 of the other request, and 1 after each of them.
    #expect(longest.run == 1 && longest.difference == 5_004_000)
    #expect(longest.phase == .commands && longest.ofPhase == 5_004_000)
    #expect(comparison.phasesBySize.first?.phase == .commands)
  }

  /// A run of which only this is known, in milliseconds.
  private func run(_ phases: [(Phase, Int64, Int64)], frozen: Int64?) -> ComparedRun {
    func moment(_ time: Int64) -> Instant { Instant(nanoseconds: UInt64(time * 1_000_000)) }
    var judged = JudgedTask(judgement: Judgement(verdict: .landed))
    judged.costs.frozen = frozen.map { $0 * 1_000_000 }
    judged.phases = phases.enumerated().map { index, phase in
      PhaseSpan(
        phase: phase.0, first: UInt32(index + 1), last: UInt32(index + 1),
        entered: moment(phase.1), left: moment(phase.2), calls: 1)
    }
    var run = ComparedRun(number: "1", strategy: nil, source: .engine, verdict: .landed)
    run.add(judged)
    return run
  }

  @Test("What the task waits for its first stop, and does after the last call, is not frozen")
  func ends() throws {
    let comparison = Comparison([
      run([(.seize, 0, 100), (.prepare, 100, 104), (.detach, 105, 110)], frozen: 10),
      // It took long to stop, and its end is seen, long after.
      run([(.seize, 0, 600), (.prepare, 600, 605), (.detach, 607, 9000)], frozen: 12),
    ])
    let durations = comparison.phases.map { $0.duration.values.map { ($0 ?? -1) / 1_000_000 } }
    #expect(durations == [[100, 600], [5, 7], [5, 5]])
    let longest = try #require(comparison.longest)
    #expect(longest.difference == 2_000_000)
    // Where the stop was told after it was waited for: it was frozen for the last 40 of 50 ms.
    let late = Comparison([
      run([(.seize, 0, 14), (.prepare, 14, 20), (.detach, 20, 50)], frozen: 40),
      run([(.seize, 0, 14), (.prepare, 14, 20), (.detach, 20, 50)], frozen: 36),
    ])
    #expect(late.longest?.phase == .seize && late.longest?.ofPhase == 4_000_000)
    #expect(longest.phase == .prepare && longest.ofPhase == 2_000_000)
  }

  @Test("Where one never let go, the phases together tell which took longer")
  func neverLetGo() throws {
    let comparison = Comparison([
      run([(.seize, 0, 1), (.prepare, 2, 90)], frozen: nil),
      run([(.seize, 0, 1), (.prepare, 2, 5), (.detach, 6, 7)], frozen: 6),
    ])
    let longest = try #require(comparison.longest)
    #expect(longest.run == 0 && !longest.isFrozen && longest.difference == 83_000_000)
    #expect(longest.phase == .prepare && longest.ofPhase == 84_000_000)
    // Lines without times.
    let timeless = run([(.seize, 0, 0), (.prepare, 0, 0), (.detach, 0, 0)], frozen: 0)
    let unknown = Comparison([timeless, run([(.seize, 0, 1), (.detach, 1, 2)], frozen: 1)])
    #expect(unknown.longest == nil && unknown.phases[0].duration.values == [nil, 1_000_000])
    #expect(
      Comparison([run([], frozen: nil), run([(.seize, 0, 1)], frozen: 1)]).longest == nil)
  }

  // MARK: Where they part

  private func parting(
    _ first: EventScript, _ second: EventScript, asked: (() -> Void)? = nil
  ) -> Divergence? {
    let steps = [first, second].map { script in
      let timeline = Timeline(reading: script.events)
      var steps = RunSteps(of: timeline.subject, phases: timeline.phases, source: .engine)
      for event in script.events { steps.observe(event) }
      return steps
    }
    var (one, other) = (first.events.makeIterator(), second.events.makeIterator())
    return ComparedRuns.Parting(steps[0], steps[1]) { search in
      search.divergence(
        {
          asked?()
          return one.next()
        }, { other.next() })
    }.divergence
  }

  @Test("They part at the first step that only one of them has, which is found without reading on")
  func part() throws {
    let script = EventScript.landed(.breakpoint)
    var asked = 0
    let found = try #require(parting(script, EventScript.landed(.syscall)) { asked += 1 })
    // Both interrupt; then DR0 is poked, or the command is sent and the task runs to a system call.
    #expect(found.phase == .fini)
    #expect(found.first?.kind == .poke && found.second?.kind == .syscall)
    #expect(found.firstNext == nil && found.secondNext == nil)
    let place = try #require(found.first?.sequence)
    #expect(asked == Int(place) && asked < script.events.count)
  }

  @Test("A run that does nothing more in a phase is told with what it does next")
  func nothingMore() throws {
    func script(_ more: Int) -> EventScript {
      var script = EventScript()
      script.infect()
      for _ in 0..<more { script.request(.getRegisters) }
      script.fini(.breakpoint)
      script.unmapAndDetach()
      return script
    }
    let found = try #require(parting(script(1), script(2)))
    #expect(found.phase == .commands && found.common == 1)
    #expect(found.first == nil && found.second?.kind == .registersRead)
    #expect(found.firstNext?.phase == .fini && found.firstNext?.event.kind == .interrupt)
    #expect(found.secondNext == nil)
    // The other way round, and where the phase has no step at all.
    let none = try #require(parting(script(1), script(0)))
    #expect(none.common == 0 && none.first?.kind == .registersRead && none.second == nil)
    #expect(none.secondNext == nil)
  }

  @Test("What comes next is looked for after the last time that the phase was entered")
  func enteredTwice() throws {
    func script(_ requests: [PtraceRequest], phases first: [(Phase, UInt32)]) -> (
      EventScript, RunSteps
    ) {
      var script = EventScript()
      for request in requests { script.request(request) }
      let phases = first.map {
        PhaseSpan(phase: $0.0, beginning: script.events[Int($0.1) - 1])
      }
      var steps = RunSteps(of: script.tracee, phases: phases, source: .engine)
      for event in script.events { steps.observe(event) }
      return (script, steps)
    }
    let (short, shortSteps) = script(
      [.getRegisters, .cont, .getRegisters, .detach],
      phases: [(.commands, 1), (.fini, 2), (.commands, 3), (.fini, 4)])
    let (long, longSteps) = script(
      [.getRegisters, .cont, .getRegisters, .interrupt, .detach],
      phases: [(.commands, 1), (.fini, 2), (.commands, 3), (.fini, 5)])
    var (one, other) = (short.events.makeIterator(), long.events.makeIterator())
    let found = try #require(
      ComparedRuns.Parting(shortSteps, longSteps) {
        $0.divergence({ one.next() }, { other.next() })
      }.divergence)
    #expect(found.phase == .commands && found.common == 2 && found.second?.sequence == 4)
    #expect(found.firstNext?.event.kind == .detach)
  }

  @Test("What is kept of a run's steps does not grow with them")
  func memory() {
    func size(of value: Any) -> Int {
      Mirror(reflecting: value).children.reduce(1) { $0 + size(of: $1.value) }
    }
    func steps(_ count: Int) -> Int {
      var script = EventScript()
      script.infect()
      for _ in 0..<count { script.peek(EventScript.blob.rawValue, 0x90) }
      script.fini(.breakpoint)
      let timeline = Timeline(reading: script.events)
      var steps = RunSteps(of: timeline.subject, phases: timeline.phases, source: .engine)
      for event in script.events { steps.observe(event) }
      return size(of: steps)
    }
    #expect(steps(20_000) - steps(200) < 100)
  }
}
