import FiniModel
import FiniProof
import Testing

/// A tracer's calls, one after the other, as an importer or an observer hands them on.
private struct Script {
  var stream = ForeignStream(source: .strace)
  private(set) var events: [Event] = []
  private var time: UInt64 = 0
  let tracee = TaskID(7)

  private mutating func moment() -> ForeignStream.Moment {
    time += 1000
    return .init(
      tracer: TaskID(1), entered: Instant(rawValue: time), left: Instant(rawValue: time + 500))
  }

  mutating func call(
    _ request: PtraceRequest, _ address: UInt64 = 0, _ data: UInt64 = 0,
    _ detail: RequestCall.Detail = .none, result: Int64 = 0
  ) {
    stream.take(
      RequestCall(request: request, address: address, data: data, result: result, detail: detail),
      on: tracee, moment())
    drain()
  }

  mutating func stop(_ status: UInt32) {
    stream.take(WaitCall(target: TaskID(-1), options: 0, result: 7, status: status), moment())
    drain()
  }

  /// waitid(2) with WNOWAIT: the status stays for the next wait.
  mutating func peek(_ status: UInt32) {
    stream.take(
      WaitCall(target: tracee, options: 0x0100_0000, result: 7, status: status), moment())
    drain()
  }

  /// What another source saw of the stop that was just reported.
  mutating func sight(_ seen: ForeignStream.SeenState) { stream.sight(seen, of: tracee) }

  mutating func openWait(_ waited: Int64?) {
    stream.takeOpenWait(for: TaskID(-1), moment(), waited: waited)
    drain()
  }

  mutating func tell() {
    stream.take(.log(LogRecord(line: 1, severity: .info, fact: .text)), about: tracee, moment())
    drain()
  }

  mutating func lose() {
    stream.take(.gap(lost: 3), about: tracee, moment())
    drain()
  }

  mutating func end() {
    stream.end()
    drain()
  }

  private mutating func drain() { stream.drain { events.append($0) } }

  /// Up to the daemon: seized, stopped, one call injected, let run.
  mutating func infect(isSysgood: Bool) {
    call(.seize)
    call(.interrupt)
    stop(0x80057f)
    if isSysgood { call(.setOptions, 0, 1) }
    call(.getRegisterSet, 1, 0, .registers(Registers()))
    call(.pokeData, 0x1000, 0xcc050f)
    call(.setRegisterSet, 1, 0, .registers(lent(0x1000)))
    call(.cont)
    stop(0x57f)
    call(.getSignalInfo, 0, 0, .signalInfo(SignalInfo(signal: .trap, code: .kernel)))
    call(.pokeData, 0x1000, 0)
    call(.setRegisterSet, 1, 0, .registers(lent(0x3000)))
    call(.cont)
  }

  /// Registers that are not the task's own.
  private func lent(_ counter: UInt64) -> Registers {
    var registers = Registers()
    registers[.rip] = counter
    return registers
  }

  mutating func arm() {
    call(.interrupt)
    stop(0x80057f)
    call(.pokeUser, 848, 0x2000)
    call(.pokeUser, 904, 1)
    call(.cont)
  }

  mutating func traceSyscall(_ number: UInt64?, entry: UInt32, exit: UInt32) {
    call(.syscall)
    stop(entry)
    var registers = Registers()
    registers[.origRAX] = number ?? 0
    call(
      .getRegisterSet, 1, 0,
      number == nil ? .notSeen : .registers(registers))
    call(.syscall)
    stop(exit)
  }

  mutating func leave() {
    call(.setSignalMask, 8, 0, .signalSet(.empty))
    call(.detach)
    end()
  }

  var classes: [StopClass] {
    events.compactMap { if case .stop(let stop) = $0.payload { stop.stopClass } else { nil } }
  }
  var phases: [Phase] {
    events.compactMap { if case .phase(let phase) = $0.payload { phase } else { nil } }
  }
  var machine: TracerMachine {
    var machine = TracerMachine(source: .strace)
    for event in events { machine.observe(event) }
    return machine
  }
}

@Suite("A loss in a tracer's log")
struct ForeignLossTests {
  @Test("Beside it nothing is said not to have happened, and what is proved stays")
  func loss() {
    func infected(losing: Bool) -> Script {
      var script = Script()
      script.infect(isSysgood: true)
      if losing { script.lose() }
      return script
    }
    for losing in [false, true] {
      var untouched = infected(losing: losing)
      untouched.leave()
      #expect(untouched.machine.ledger.verdict == (losing ? .undetermined : .neverReached))
      var cured = infected(losing: losing)
      cured.call(.interrupt)
      cured.stop(0x80057f)
      cured.traceSyscall(15, entry: 0x857f, exit: 0x857f)
      cured.leave()
      #expect(cured.machine.ledger.verdict == .landed)
    }
  }
}

@Suite("The state of a tracee as another source sees it")
struct SeenStateTests {
  private func state(_ own: [Signal], _ shared: [Signal]) -> ForeignStream.SeenState {
    func set(_ signals: [Signal]) -> SignalSet {
      SignalSet(rawValue: signals.reduce(0) { $0 | 1 << UInt64($1.rawValue - 1) })
    }
    return ForeignStream.SeenState(
      programCounter: RemoteAddress(0x2000), callNumber: 15,
      sets: SignalSets(pending: set(own), sharedPending: set(shared), blocked: .empty))
  }

  @Test(
    "Place and call complete the stop; a signal is told once, after the stop that first shows it")
  func completes() throws {
    var script = Script()
    script.call(.seize, 0, 1)
    script.call(.syscall)
    script.stop(0x857f)
    script.sight(state([.user2], [.user1]))
    script.call(.syscall)
    script.stop(0x857f)
    script.sight(state([.user2], [.user1]))
    script.end()
    let told = script.events.drop { $0.kind != .stop }
    #expect(told.map(\.kind) == [.stop, .signal, .signal, .syscall, .wait, .stop])
    guard case .stop(let stop) = told.first?.payload else { return }
    #expect(stop.stopClass == .syscallEntry && stop.syscall?.number == 15)
    #expect(stop.programCounter == RemoteAddress(0x2000) && stop.sets?.blocked == .empty)
    let signals = told.compactMap { event -> SignalRecord? in
      if case .signal(let record) = event.payload { record } else { nil }
    }
    #expect(signals.map(\.fate) == [.pending, .pending])
    #expect(signals.map(\.info.signal) == [.user1, .user2])
    #expect(signals.map(\.toProcess) == [true, false])
    #expect(signals.allSatisfy { $0.info.sender == nil })
  }
}

@Suite("What a foreign tracer did")
struct ForeignStreamTests {
  // TRACESYSGOOD marks syscall-stops with 0x80; libcompel 3.17 does not set it. See ptrace(2).
  @Test(
    "Both dialects give the same stops, phases and verdict",
    arguments: [(true, UInt32(0x857f)), (false, 0x57f)])
  func dialects(isSysgood: Bool, syscallStop: UInt32) {
    var script = Script()
    script.infect(isSysgood: isSysgood)
    script.arm()
    script.stop(0x57f)
    script.call(.pokeUser, 904, 0)
    script.traceSyscall(15, entry: syscallStop, exit: syscallStop)
    script.leave()
    #expect(
      script.classes == [
        .interrupt, .softwareBreakpoint, .interrupt, .breakpoint, .syscallEntry, .syscallExit,
      ])
    #expect(
      script.phases == [
        .seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap, .detach,
      ])
    #expect(script.machine.ledger.verdict == .landed)
    #expect(script.machine.ledger.caught == .breakpoint)
    #expect(script.events.map { Int($0.sequence) } == Array(1...script.events.count))
  }

  @Test("A SIGTRAP is the breakpoint's only if rt_sigreturn comes next")
  func falseBreakpoint() {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.stop(0x57f)
    script.call(.pokeUser, 904, 0)
    script.traceSyscall(3, entry: 0x857f, exit: 0x857f)
    script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
    script.leave()
    #expect(script.classes[3] == .signalDelivery)
    #expect(script.machine.ledger.verdict == .intervened)
    #expect(script.machine.ledger.otherEntries == 1)
  }

  @Test("A call whose number is not shown is rt_sigreturn if the tracer traces no other one")
  func unseen() {
    for hasAnother in [false, true] {
      var script = Script()
      script.infect(isSysgood: true)
      script.arm()
      script.stop(0x57f)
      script.call(.pokeUser, 904, 0)
      script.traceSyscall(nil, entry: 0x857f, exit: 0x857f)
      if hasAnother { script.traceSyscall(nil, entry: 0x857f, exit: 0x857f) }
      script.leave()
      #expect(script.machine.ledger.verdict == (hasAnother ? .intervened : .landed))
      #expect(script.machine.ledger.hasTakenUnseen)
      #expect(script.classes[3] == (hasAnother ? .signalDelivery : .breakpoint))
    }
  }

  @Test("A status that is only looked at is no second stop")
  func lookedAt() {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.peek(0x57f)
    script.stop(0x57f)
    script.call(.pokeUser, 904, 0)
    script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
    script.leave()
    #expect(script.classes.count { $0 == .breakpoint } == 1)
    #expect(script.machine.ledger.verdict == .landed)
  }

  @Test("System calls traced to rt_sigreturn and no breakpoint")
  func traced() {
    var script = Script()
    script.infect(isSysgood: true)
    script.call(.interrupt)
    script.stop(0x80057f)
    script.traceSyscall(45, entry: 0x857f, exit: 0x857f)
    script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
    script.leave()
    #expect(script.machine.ledger.verdict == .landed)
    #expect(script.machine.ledger.caught == .syscall)
    #expect(script.phases.contains(.sigreturn))
  }

  @Test("A refused look leaves the stop open: PTRACE_GETSIGINFO at a group-stop")
  func refusedLook() {
    var script = Script()
    script.call(.attach)
    script.stop(0x137f)
    script.call(.getSignalInfo, result: -22)
    script.call(.detach)
    script.end()
    #expect(script.classes == [.groupStop])
  }

  @Test("A task that is restored into is let go to rt_sigreturn: fini without an infection")
  func restored() {
    for watches in [false, true] {
      var script = Script()
      script.call(.seize, 0, watches ? 0x11 : 1)
      script.call(.interrupt)
      script.stop(0x80057f)
      script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
      script.leave()
      // A tracer that asks for stops at exec watches a program.
      #expect(script.phases.contains(.fini) == !watches)
      #expect(script.machine.ledger.interrupt == nil || !watches)
    }
  }

  @Test("The saved registers are written in fini: what follows is the unmapping")
  func givenBack() {
    for isOwn in [true, false] {
      var script = Script()
      script.infect(isSysgood: true)
      script.call(.interrupt)
      script.stop(0x80057f)
      var registers = Registers()
      if !isOwn { registers[.rip] = 0x9000 }
      script.call(.setRegisterSet, 1, 0, .registers(registers))
      script.leave()
      #expect(script.phases.suffix(2) == (isOwn ? [.unmap, .detach] : [.fini, .detach]))
    }
  }

  @Test("A stop by SIGSTOP in place of the breakpoint, and a detach with it armed")
  func stopped() {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.stop(0x137f)
    script.call(.detach)
    script.end()
    #expect(script.classes.last == .signalDelivery)
    #expect(script.machine.ledger.verdict == .intervened)
    #expect(script.machine.ledger.detachedArmed)
  }

  @Test(
    "A wait that never came back hangs if its length is not known, or is a second",
    arguments: [(nil, true), (2_000_000_000, true), (3_000_000, false)] as [(Int64?, Bool)])
  func openWait(waited: Int64?, isHang: Bool) {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.openWait(waited)
    script.end()
    #expect(script.machine.ledger.verdict == (isHang ? .missed : .unfinished))
    #expect(script.phases.last == .fini)
    guard isHang, case .missed(let missed) = script.events.last?.payload else { return }
    #expect(missed.awaited == .breakpoint)
  }

  @Test(
    "A breakpoint in a task that is not infected is no fini, unless rt_sigreturn comes after it or CRIU's log tells of it",
    arguments: [(false, false), (true, false), (false, true)])
  func debugger(leavesBySigreturn: Bool, hasLog: Bool) {
    var script = Script()
    script.call(.seize)
    script.arm()
    if hasLog { script.tell() }
    script.stop(0x57f)
    script.call(.pokeUser, 904, 0)
    if leavesBySigreturn { script.traceSyscall(15, entry: 0x857f, exit: 0x857f) }
    script.call(.detach)
    let ledger = script.machine.ledger
    #expect(ledger.withdrawn == !(leavesBySigreturn || hasLog))
    #expect((ledger.verdict == .neverReached) == ledger.withdrawn)
  }

  @Test("What is open waits for no more than so many events")
  func patience() {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.stop(0x57f)
    // A look: the stop is not told yet. Then the first request that is none.
    script.call(.getRegisterSet, 1, 0, .notSeen)
    for index in 0..<(2 * ForeignStream.patience) {
      script.call(.pokeData, UInt64(index), 0, .notSeen)
    }
    #expect(script.events.count > ForeignStream.patience / 2)
    #expect(script.classes.last == .unknown)
    let before = script.events.count
    script.call(.pokeUser, 904, 0)
    script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
    script.leave()
    #expect(script.events.count > before)
    #expect(script.events.map { Int($0.sequence) } == Array(1...script.events.count))
  }

  @Test("Registers after rt_sigreturn that are not the saved ones forbid landed")
  func registersThatDiffer() {
    var script = Script()
    script.infect(isSysgood: true)
    script.arm()
    script.stop(0x57f)
    script.call(.pokeUser, 904, 0)
    script.traceSyscall(15, entry: 0x857f, exit: 0x857f)
    var other = Registers()
    other[.rbx] = 1
    script.call(.getRegisterSet, 1, 0, .registers(other))
    script.leave()
    #expect(script.machine.ledger.registersDiffer != nil)
    #expect(script.machine.ledger.verdict == .undetermined)
  }
}
