import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("Debug registers", .serialized)
struct BreakpointTests {
  private static let armed: UInt64 = 1

  @Test(
    "A breakpoint stops before its instruction with TRAP_HWBKPT, and DR6 keeps the hit until it is cleared"
  )
  @PtraceThread func hitAndSticky() throws {
    let bench = try Bench()
    try #require(BreakpointProbe.run(by: bench.tracer) == .works)
    try withVictim("busy") { victim in
      // The task runs in a loop, so it gets to the program counter of this stop again at once.
      var tracee = try bench.stop(victim)
      let address = try tracee.registers(by: bench.tracer).programCounter
      try tracee.setUserWord(at: 848, to: address.rawValue, by: bench.tracer)
      try tracee.setUserWord(at: 848 + 6 * 8, to: 0, by: bench.tracer)
      try tracee.setUserWord(at: 848 + 7 * 8, to: 1, by: bench.tracer)
      var hit = try bench.stopped(tracee.resume(.cont, by: bench.tracer))
      #expect(hit.status == 0x057f)
      let info = try #require(try hit.signalInfo(by: bench.tracer)?.info)
      #expect(info.code == .trapHardwareBreakpoint)
      #expect(info.address == address)
      #expect(try hit.registers(by: bench.tracer).programCounter == address)
      #expect(try hit.userWord(at: 848 + 6 * 8, by: bench.tracer) & 1 == 1)
      try hit.setUserWord(at: 848 + 7 * 8, to: 0, by: bench.tracer)
      // Disarmed and stopped by an interrupt: the bit is still set.
      let running = try hit.resume(.cont, by: bench.tracer)
      try running.interrupt(by: bench.tracer)
      var later = try bench.stopped(running)
      #expect(later.status == 0x80057f)
      #expect(try later.userWord(at: 848 + 6 * 8, by: bench.tracer) & 1 == 1)
      try later.setUserWord(at: 848 + 6 * 8, to: 0, by: bench.tracer)
      #expect(try later.userWord(at: 848 + 6 * 8, by: bench.tracer) & 1 == 0)
      try later.detach(by: bench.tracer)
      #expect(try Look(at: victim.pid).debugControl == 0)
    }
  }

  @Test("The probe leaves no child, and its wait is an event")
  @PtraceThread func probe() throws {
    let bench = try Bench()
    #expect(BreakpointProbe.run(by: bench.tracer) == .works)
    let waits = bench.log.events.compactMap { event -> WaitCall? in
      if case .wait(let call) = event.payload { call } else { nil }
    }
    try #require(waits.count == 1)
    #expect(waits[0].result == Int64(waits[0].target.rawValue))
    #expect(statusField(of: waits[0].target.rawValue, "State") == "")
  }
}
