package import FiniModel
import FiniProof

extension EventScript {
  /// A system call made by the stopped task for the tracer, single-stepped.
  package mutating func remoteCall(_ number: UInt64, length: UInt64 = 0, result: UInt64 = 0) {
    var registers = EventScript.saved
    registers[.rax] = number
    registers[.rsi] = length
    registers[.origRAX] = UInt64.max
    writeRegisters(registers)
    request(.singleStep)
    stop(
      .singleStep, status: 0x57f,
      info: SignalInfo(signal: .trap, code: .trapTrace, address: RemoteAddress(0x40_0002)),
      at: RemoteAddress(0x40_0002))
    registers[.rax] = result
    readRegisters(registers)
  }

  /// From SEIZE until the parasite serves.
  package mutating func infect() {
    request(.seize, 0, 1)
    request(.interrupt)
    interruptStop()
    readRegisters(EventScript.saved)
    request(.getRegisterSet, 0x202, detail: .extendedState(byteCount: 2696, digest: 0xfeed))
    request(.getSignalMask, 8, detail: .signalSet(.empty))
    setMask(.all(but: .trap))
    remoteCall(319, result: 7)
    remoteCall(9, length: EventScript.blobSize, result: EventScript.blob.rawValue)
    remoteCall(53)
    var start = EventScript.saved
    start[.rip] = EventScript.blob.rawValue
    start[.origRAX] = UInt64.max
    writeRegisters(start)
    request(.cont)
    rpc(.ready, .acknowledged, value: EventScript.sigreturn.rawValue)
    rpc(.ping, .sent)
    rpc(.ping, .acknowledged)
    rpc(.misc, .sent)
    rpc(.misc, .acknowledged)
  }

  /// The stop inside of the parasite with which fini begins.
  package mutating func interruptParasite() {
    request(.interrupt)
    interruptStop(at: EventScript.receiving)
  }

  /// DR0, DR6, DR7.
  package mutating func arm(_ address: RemoteAddress) {
    poke(0, address.rawValue)
    poke(6, 0)
    poke(7, 1)
  }

  /// From the stop inside of the parasite to the task that runs towards an armed breakpoint.
  package mutating func runToBreakpoint(_ address: RemoteAddress) {
    arm(address)
    rpc(.fini, .sent)
    request(.cont)
  }

  /// rt_sigreturn, from before its entry to its exit.
  package mutating func sigreturn() {
    enter(SyscallNumber.rtSigreturn)
    leave()
  }

  /// The registers read after rt_sigreturn, found as saved.
  package mutating func verify() { readRegisters(EventScript.saved.forSigframe) }

  /// Takes the blob away, puts everything back and lets go.
  package mutating func unmapAndDetach() {
    setMask(.all(but: .trap))
    remoteCall(11, length: EventScript.blobSize)
    add(.putBack(PutBack(item: .mapping, result: 0)))
    writeRegisters(EventScript.saved.forSigframe)
    setMask(.empty)
    readRegisters(EventScript.saved.forSigframe)
    add(.putBack(PutBack(item: .registers, result: 0)))
    add(.putBack(PutBack(item: .signalMask, result: 0)))
    request(.detach)
  }

  /// Fini of one strategy up to the registers found, or for `direct` the stop in the parasite.
  package mutating func fini(_ strategy: FiniStrategy) {
    switch strategy {
    case .breakpoint:
      interruptParasite()
      runToBreakpoint(EventScript.sigreturn)
      breakpointStop(at: EventScript.sigreturn)
      poke(7, 0)
      sigreturn()
      verify()
    case .breakpointAfter:
      interruptParasite()
      runToBreakpoint(EventScript.after)
      breakpointStop(at: EventScript.after)
      poke(7, 0)
      verify()
    case .syscall:
      interruptParasite()
      rpc(.fini, .sent)
      for number in [45, 3, 3] as [UInt64] {
        enter(number)
        leave()
      }
      sigreturn()
      verify()
    case .direct:
      rpc(.park, .sent)
      rpc(.park, .closed)
      interruptParasite()
    }
  }

  /// A whole run that lands.
  package static func landed(_ strategy: FiniStrategy) -> EventScript {
    var script = EventScript()
    script.infect()
    script.fini(strategy)
    if strategy == .direct {
      script.remoteCall(11, length: blobSize)
      script.add(.putBack(PutBack(item: .mapping, result: 0)))
      script.writeRegisters(saved)
      script.setMask(.empty)
      script.request(.detach)
    } else {
      script.unmapAndDetach()
    }
    return script
  }

  /// A script built by a closure after an infection.
  package static func infected(_ body: (inout EventScript) -> Void) -> EventScript {
    var script = EventScript()
    script.infect()
    body(&script)
    return script
  }
}

extension Sequence<Event> {
  /// The verdict that a judging machine comes to.
  package var verdict: Verdict { machine.verdict }

  /// A judging machine that has seen the events.
  package var machine: FiniMachine {
    var machine = FiniMachine(strategy: nil)
    for event in self { machine.observe(event) }
    return machine
  }
}
