import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("Pending signals", .serialized)
struct PendingSignalTests {
  @Test("A read of the queues shows number, code, value and sender, and takes nothing")
  @PtraceThread func peek() throws {
    let bench = try Bench()
    try withVictim("pending-blocked") { victim in
      let tracee = try bench.stop(victim)
      var shared: [SignalInfo] = []
      try tracee.forEachPendingSignal(shared: true, by: bench.tracer) { shared.append($0.info) }
      try #require(shared.count == 1)
      #expect(shared[0].signal == .user1)
      #expect(shared[0].code == .queue)
      #expect(shared[0].value.map { Int32(truncatingIfNeeded: $0) } == 42)
      #expect(shared[0].sender == victim.task)
      Doors.tgkill(victim.pid, victim.pid, 10)
      var own: [SignalInfo] = []
      try tracee.forEachPendingSignal(shared: false, by: bench.tracer) { own.append($0.info) }
      #expect(own.map(\.code) == [.threadKill])
      #expect(own.first?.sender == TaskID(Doors.ownProcess))
      try tracee.detach(by: bench.tracer)
      #expect(victim.ask("take")?.hasPrefix("took 10") == true)
      #expect(victim.ask("take") == "took 10 -1 42 self")
    }
  }
}
