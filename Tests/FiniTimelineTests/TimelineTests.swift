import FiniEventScripts
import FiniModel
import FiniProof
import FiniTimeline
import Testing

@Suite struct TimelineTests {
  @Test("Fini with a breakpoint takes 14 calls and 4 stops")
  func breakpointWindow() throws {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    let fini = try #require(timeline.costs.fini)
    #expect(fini.calls == 14)
    #expect(fini.stops == 4)
    #expect(timeline.event(fini.first)?.kind == .interrupt)
    // 10 calls of 2 us, 4 waits of 30 us, 17 pauses of 1 us: between 14 calls, 3 stops that
    // are not the last, and FINI.
    #expect(fini.duration == 157_000)
  }

  @Test(
    "What fini takes depends on the strategy",
    arguments: [
      (FiniStrategy.breakpoint, 14, 4), (.breakpointAfter, 9, 2), (.syscall, 22, 9),
      (.direct, 8, 2),
    ])
  func windows(_ strategy: FiniStrategy, _ calls: Int, _ stops: Int) throws {
    let fini = try #require(Timeline(reading: EventScript.landed(strategy).events).costs.fini)
    #expect(fini.calls == calls)
    #expect(fini.stops == stops)
  }

  @Test("A fini that was not completed has no window")
  func noWindow() {
    let events = EventScript.landed(.breakpoint).events
    let exit = events.machine.ledger.sigreturnExit ?? 0
    for count in 0..<Int(exit) {
      #expect(Timeline(reading: events.prefix(count)).costs.fini == nil)
    }
  }

  @Test("Announced phases agree with those that are found", arguments: FiniStrategy.allCases)
  func announcedPhases(_ strategy: FiniStrategy) {
    // As a recorder does it: the announcement comes right before the first event of the phase.
    var machine = PhaseMachine()
    var events: [Event] = []
    var announced: [(Phase, UInt32)] = []
    for var event in EventScript.landed(strategy).events {
      if let phase = machine.observe(event) {
        var marker = event
        marker.sequence = UInt32(events.count + 1)
        marker.payload = .phase(phase)
        events.append(marker)
        announced.append((phase, marker.sequence + 1))
      }
      event.sequence = UInt32(events.count + 1)
      events.append(event)
    }
    let found = Timeline(reading: events).phases
    #expect(found.map { $0.phase } == announced.map { $0.0 })
    #expect(found.map { $0.first } == announced.map { $0.1 })
    // And without them the same phases come out.
    let bare = Timeline(reading: EventScript.landed(strategy).events).phases
    #expect(bare.map { $0.phase } == found.map { $0.phase })
    #expect(bare.map { $0.calls } == found.map { $0.calls })
  }

  @Test("Phases hold every call and stop once")
  func phaseSums() {
    let timeline = Timeline(reading: EventScript.landed(.syscall).events)
    #expect(timeline.phases.reduce(0) { $0 + $1.calls } == timeline.costs.calls)
    #expect(timeline.phases.reduce(0) { $0 + $1.stops } == timeline.costs.stops)
    #expect(timeline.phases.allSatisfy { $0.duration >= 0 })
    var steps = RunSteps(of: timeline.subject, phases: timeline.phases, source: .engine)
    for event in timeline.events { steps.observe(event) }
    #expect(steps.kinds.map { $0.phase } == timeline.phases.map { $0.phase })
    #expect(steps.kinds.map { $0.kinds[.stop] ?? 0 } == timeline.phases.map { $0.stops })
  }

  @Test("The task is frozen from the return of its first wait to the return of the detach")
  func frozen() throws {
    let events = EventScript.landed(.breakpoint).events
    let timeline = Timeline(reading: events)
    let wait = try #require(events.first { $0.kind == .wait })
    let detach = try #require(events.first { $0.kind == .detach })
    #expect(timeline.costs.frozen == detach.left - wait.left)
    #expect(Timeline(reading: events.dropLast()).costs.frozen == nil)
  }

  @Test("Each stop has its wait, what led to it, and what was read in between")
  func pairs() throws {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    for pair in timeline.stops {
      let wait = try #require(pair.wait.flatMap { timeline.event($0) })
      let cause = try #require(pair.cause.flatMap { timeline.event($0) })
      #expect(wait.kind == .wait)
      #expect(cause.sequence < wait.sequence && wait.sequence < pair.stop)
      #expect(timeline.causes[wait.sequence] == cause.sequence)
      #expect(pair.ran == 31_000)
      for look in pair.looks { #expect(wait.sequence < look && look < pair.stop) }
    }
    let hit = try #require(timeline.facts.hit)
    let pair = try #require(timeline.stops.first { $0.stop == hit })
    #expect(pair.cause.flatMap { timeline.event($0) }?.kind == .cont)
    #expect(pair.looks.compactMap { timeline.event($0)?.kind } == [.signalInfoRead])
  }

  @Test("A breakpoint is armed from one write of DR7 to the next")
  func armed() throws {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    let facts = timeline.facts
    let span = try #require(timeline.breakpoints.first)
    #expect(timeline.breakpoints.count == 1)
    #expect(span.address == EventScript.sigreturn)
    #expect(span.armed == facts.armed)
    #expect(span.disarmed == facts.disarmed)
    #expect(span.hits == [facts.hit].compactMap { $0 })
    #expect(timeline.passage.armedBreakpoint(after: span.armed - 1) == nil)
    #expect(timeline.passage.armedBreakpoint(after: span.armed) == span)
    #expect(timeline.passage.armedBreakpoint(after: try #require(span.disarmed)) == nil)
  }

  @Test("An address in the blob is named by its place there")
  func addresses() {
    let timeline = Timeline(reading: EventScript.landed(.breakpoint).events)
    #expect(timeline.addresses.name(EventScript.sigreturn) == "blob+0x3a0")
    #expect(timeline.addresses.name(EventScript.blob) == "blob+0x0")
    #expect(timeline.addresses.name(RemoteAddress(0x40_1234)) == "0x401234")
    let end = EventScript.blob + Int(EventScript.blobSize)
    #expect(timeline.addresses.name(end) == end.description)
  }

  @Test("A remote mmap that failed is no blob")
  func failedMmap() {
    var script = EventScript()
    script.request(.seize)
    script.remoteCall(9, length: 0x8000, result: UInt64(bitPattern: -12))
    #expect(Timeline(reading: script.events).addresses.blob == nil)
  }

  @Test("Of two remote mappings the one that holds the sigreturn instruction is the blob")
  func secondMapping() {
    var script = EventScript()
    script.remoteCall(9, length: 0x1000, result: 0x5000)
    script.remoteCall(9, length: EventScript.blobSize, result: EventScript.blob.rawValue)
    script.rpc(.ready, .acknowledged, value: EventScript.sigreturn.rawValue)
    #expect(Timeline(reading: script.events).addresses.blob?.start == EventScript.blob)
  }

  @Test("The final registers are the saved ones, or those that were written last")
  func registers() {
    for strategy in FiniStrategy.allCases {
      let timeline = Timeline(reading: EventScript.landed(strategy).events)
      #expect(timeline.savedRegisters == EventScript.saved)
      // As they were saved, or as rt_sigreturn leaves them.
      #expect(
        timeline.finalRegisters == EventScript.saved
          || timeline.finalRegisters?.isRestored(from: EventScript.saved) == true)
    }
    var wrong = EventScript.saved
    wrong[.r12] = 0
    let script = EventScript.infected {
      $0.fini(.breakpoint)
      $0.writeRegisters(wrong)
    }
    #expect(Timeline(reading: script.events).finalRegisters == wrong)
  }

  @Test("Events of other tasks keep their place and are not judged")
  func otherTasks() {
    var script = EventScript()
    script.tracee = TaskID(5000)
    script.request(.seize)
    script.request(.detach)
    script.tracee = TaskID(4711)
    script.infect()
    script.tracee = TaskID(4712)
    script.request(.interrupt)
    script.interruptStop()
    script.request(.detach)
    script.tracee = TaskID(4711)
    script.fini(.breakpoint)
    script.unmapAndDetach()
    let timeline = Timeline(reading: script.events)
    let alone = Timeline(reading: EventScript.landed(.breakpoint).events)
    #expect(timeline.subject == TaskID(4711))
    #expect(timeline.judgement.verdict == .landed)
    #expect(timeline.costs.calls == alone.costs.calls)
    #expect(timeline.phases.map { $0.phase } == Phase.allCases)
    #expect(timeline.events.count == script.events.count)
  }

  @Test("A run without events has a timeline all the same")
  func empty() {
    let timeline = Timeline(reading: [])
    #expect(timeline.subject == nil)
    #expect(timeline.judgement.verdict == .neverReached)
    #expect(timeline.costs == Costs())
    #expect(TimelineFilter().events(of: timeline).isEmpty)
  }
}
