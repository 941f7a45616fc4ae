import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("The wait", .serialized)
struct WaitTests {
  @Test("A stop that does not come ends the wait at its deadline, and the handle stays usable")
  @PtraceThread func deadline() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let running = try RunningTracee.seize(victim.task, by: bench.tracer)
      let start = Doors.milliseconds
      guard case .overdue(let same) = running.wait(by: bench.tracer, timeout: 60_000_000) else {
        Issue.record("something else came")
        return
      }
      let waited = Doors.milliseconds - start
      #expect(waited >= 59 && waited < 1000)
      try same.interrupt(by: bench.tracer)
      try bench.stopped(same).detach(by: bench.tracer)
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("The death of another child wakes the wait and does not confuse it")
  @PtraceThread func otherChild() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let running = try RunningTracee.seize(victim.task, by: bench.tracer)
      let other = try startVictim("blocked-in-read")
      other.signal(9)
      try other.settle(in: ["Z"])
      guard case .overdue(let same) = running.wait(by: bench.tracer, timeout: 60_000_000) else {
        Issue.record("something else came")
        return
      }
      try same.interrupt(by: bench.tracer)
      try bench.stopped(same).detach(by: bench.tracer)
      // The other child was not waited for by accident.
      #expect(other.state == "Z")
      #expect(other.waitForEnd(within: 1000) == 137)
    }
  }

  @Test("A thousand interrupts are a thousand stops, none lost")
  @PtraceThread func manyInterrupts() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      var tracee = try bench.stop(victim)
      for _ in 0..<1000 {
        let running = try tracee.resume(.cont, by: bench.tracer)
        try running.interrupt(by: bench.tracer)
        tracee = try bench.stopped(running)
      }
      try tracee.detach(by: bench.tracer)
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("Each call is exactly one event, with its error number, entered before it was left")
  @PtraceThread func events() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      var tracee = try bench.stop(victim)
      _ = try tracee.signalMask(by: bench.tracer)
      var thrown: PtraceError?
      // A kernel address in DR0 is refused.
      do throws(PtraceError) {
        try tracee.setUserWord(at: 848, to: 0xffff_ffff_8000_0000, by: bench.tracer)
      } catch { thrown = error }
      #expect(thrown == .refused(.pokeUser, victim.task, .invalidArgument))
      try tracee.detach(by: bench.tracer)
      let requests = bench.log.requests
      #expect(
        requests.map(\.request) == [.seize, .interrupt, .getSignalMask, .pokeUser, .detach])
      #expect(requests.map(\.result) == [0, 0, 0, -22, 0])
      #expect(requests[2].detail == .signalSet(.empty))
      let waits = bench.log.events.compactMap { event -> WaitCall? in
        if case .wait(let call) = event.payload { call } else { nil }
      }
      #expect(waits.map(\.status) == [0x80057f])
      #expect(waits.allSatisfy { $0.options == 0x6000_0001 })
      #expect(bench.log.events.count == requests.count + waits.count)
      bench.expectSoundEvents()
    }
  }

  @Test("The hook is called before each call, and before nothing else")
  @PtraceThread func hook() throws {
    let bench = try Bench()
    var called = 0
    bench.tracer.beforeCall = { called += 1 }
    try withVictim("blocked-in-read") { victim in
      try bench.stop(victim).detach(by: bench.tracer)
      #expect(called == bench.log.calls.count)
      #expect(called >= 4)
    }
  }
}
