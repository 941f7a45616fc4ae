import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("What the kernel refuses", .serialized)
struct RefusalTests {
  @Test("A second tracer gets EPERM")
  @PtraceThread func secondTracer() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      try Doors.withOtherTracer(of: victim.pid) { other in
        #expect(victim.status("TracerPid") == "\(other)")
        var thrown: PtraceError?
        do throws(PtraceError) {
          try RunningTracee.seize(victim.task, by: bench.tracer).forget()
        } catch {
          thrown = error
        }
        #expect(thrown == .refused(.seize, victim.task, .notPermitted))
      }
      #expect(bench.log.requests.map(\.result) == [-1])
    }
  }

  @Test("A task that does not exist gets ESRCH")
  @PtraceThread func noTask() throws {
    let bench = try Bench()
    var thrown: PtraceError?
    do throws(PtraceError) {
      try RunningTracee.seize(TaskID(Int32.max), by: bench.tracer).forget()
    } catch {
      thrown = error
    }
    #expect(thrown == .refused(.seize, TaskID(Int32.max), .noSuchProcess))
  }

  @Test("Another thread of the tracer's process gets ESRCH")
  @PtraceThread func otherThread() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let tracee = try bench.stop(victim)
      let pid = victim.pid
      // 0x420a: GETSIGMASK, which any stop allows.
      #expect(onAnotherThread { Doors.ptrace(0x420a, pid, 8, 0) } == -3)
      try tracee.detach(by: bench.tracer)
    }
  }

  @Test("Other users may not trace a task of root", .enabled(if: Doors.isRoot, "needs root"))
  @PtraceThread func otherUser() throws {
    try withVictim("blocked-in-read") { victim in
      #expect(Doors.seize(victim.pid, asUser: 65534) == 1)  // EPERM
    }
  }

  @Test("A task killed in its stop answers ESRCH, and then a wait tells its end")
  @PtraceThread func killedInStop() throws {
    let bench = try Bench()
    let victim = try startVictim("blocked-in-read")
    let tracee = try bench.stop(victim)
    victim.signal(9)
    try victim.settle(in: ["Z", "X"])
    var thrown: PtraceError?
    do throws(PtraceError) { _ = try tracee.registers(by: bench.tracer) } catch { thrown = error }
    #expect(thrown == .refused(.getRegisterSet, victim.task, .noSuchProcess))
    guard case .ended(let ending) = tracee.abandon().wait(by: bench.tracer, timeout: 2_000_000_000)
    else {
      Issue.record("no end was reported")
      return
    }
    #expect(ending == .killed(.kill, dumpedCore: false))
  }
}
