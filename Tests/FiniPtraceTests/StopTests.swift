import FiniModel
import FiniPtrace
import FiniTestSupport
import Testing

@Suite("Stops", .serialized)
struct StopTests {
  @Test("Seizing does not stop the task")
  @PtraceThread func seize() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let running = try RunningTracee.seize(victim.task, by: bench.tracer)
      #expect(victim.state == "S")
      #expect(victim.status("TracerPid") == "\(Doors.ownTask)")
      #expect(victim.ask("still here") == "line still here")
      try running.interrupt(by: bench.tracer)
      try bench.stopped(running).detach(by: bench.tracer)
      #expect(victim.status("TracerPid") == "0")
    }
  }

  @Test("An interrupt gives the status 0x80057f and leaves the call to be issued again")
  @PtraceThread func interrupt() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let tracee = try bench.stop(victim)
      #expect(tracee.status == 0x80057f)
      #expect(victim.state == "t")
      let registers = try tracee.registers(by: bench.tracer)
      #expect(registers[.origRAX] == 0)  // read(2)
      #expect(Int64(bitPattern: registers[.rax]) == -512)  // ERESTARTSYS
      #expect(registers[.rdi] == 0)
      try tracee.detach(by: bench.tracer)
      #expect(victim.ask("hello") == "line hello")
    }
  }

  @Test("System calls stop with bit 0x80, first on entry, then on exit")
  @PtraceThread func syscallStops() throws {
    let bench = try Bench()
    try withVictim("blocked-in-read") { victim in
      let tracee = try bench.stop(victim)
      let entry = try bench.stopped(tracee.resume(.toNextSyscall, by: bench.tracer))
      #expect(entry.status == 0x857f)
      let entryInfo = try entry.syscallInfo(by: bench.tracer)
      #expect(entryInfo.operation == .entry)
      #expect(entryInfo.number == 0)
      let running = try entry.resume(.toNextSyscall, by: bench.tracer)
      victim.say("x")
      let exit = try bench.stopped(running)
      #expect(exit.status == 0x857f)
      let exitInfo = try exit.syscallInfo(by: bench.tracer)
      #expect(exitInfo.operation == .exit)
      #expect(exitInfo.result == 2)  // "x" and a line feed
      try exit.detach(by: bench.tracer)
      #expect(victim.nextLine() == "line x")
    }
  }

  @Test("A signal to the task stops it before its handler runs; a resume without it swallows it")
  @PtraceThread func signalDelivery() throws {
    let bench = try Bench()
    try withVictim("counts-usr1") { victim in
      let running = try bench.stop(victim).resume(.cont, by: bench.tracer)
      victim.queue(10, value: 7)
      let tracee = try bench.stopped(running)
      #expect(tracee.status == 0x0a7f)
      let info = try #require(try tracee.signalInfo(by: bench.tracer)?.info)
      #expect(info.signal == .user1)
      #expect(info.code == .queue)
      #expect(info.sender == TaskID(Doors.ownProcess))
      #expect(info.value.map { Int32(truncatingIfNeeded: $0) } == 7)
      try tracee.detach(by: bench.tracer)
      #expect(victim.ask("count") == "count 0")
    }
  }

  @Test(
    "SIGSTOP to a seized task: a signal-delivery-stop without siginfo of its own is a group-stop")
  @PtraceThread func groupStop() throws {
    let bench = try Bench()
    try withVictim("stopped") { victim in
      let tracee = try bench.stop(victim)
      #expect(tracee.status == 0x80137f)
      #expect(try tracee.signalInfo(by: bench.tracer)?.info.code == SignalCode(rawValue: 0x8013))
      try tracee.detach(by: bench.tracer)
      // Being traced does not undo the group-stop.
      #expect(victim.reaches(["T"]))
      victim.signal(18)
      #expect(victim.nextLine() == "continued")
    }
  }

  @Test("A single step over one instruction stops with TRAP_TRACE")
  @PtraceThread func singleStep() throws {
    let bench = try Bench()
    try withVictim("busy") { victim in
      let tracee = try bench.stop(victim)
      let before = try tracee.registers(by: bench.tracer).programCounter
      let stepped = try bench.stopped(tracee.resume(.singleStep, by: bench.tracer))
      #expect(stepped.status == 0x057f)
      #expect(try stepped.signalInfo(by: bench.tracer)?.info.code == .trapTrace)
      #expect(try stepped.registers(by: bench.tracer).programCounter != before)
      try stepped.detach(by: bench.tracer)
    }
  }

  @Test("The end of the task comes as a value, with the signal that ended it")
  @PtraceThread func end() throws {
    let bench = try Bench()
    let victim = try startVictim("blocked-in-read")
    let running = try bench.stop(victim).resume(.cont, by: bench.tracer)
    victim.signal(9)
    guard case .ended(let ending) = running.wait(by: bench.tracer, timeout: 2_000_000_000) else {
      Issue.record("no end was reported")
      return
    }
    #expect(ending == .killed(.kill, dumpedCore: false))
    #expect(bench.log.events.last?.payload == .ended(.killed(.kill, dumpedCore: false)))
  }

  @Test("An exit comes as a value, with its status")
  @PtraceThread func exit() throws {
    let bench = try Bench()
    let victim = try startVictim("blocked-in-read")
    let running = try bench.stop(victim).resume(.cont, by: bench.tracer)
    victim.closeInput()
    guard case .ended(let ending) = running.wait(by: bench.tracer, timeout: 2_000_000_000) else {
      Issue.record("no end was reported")
      return
    }
    #expect(ending == .exited(code: 0))
  }
}
