import FiniEventScripts
import FiniModel
import FiniProof
import Testing

@Suite struct ActionTests {
  /// What the machine asks for at each moment of fini at which that changes.
  private func wishes(_ strategy: FiniStrategy) -> [FiniMachine.Action] {
    var machine = FiniMachine(strategy: strategy)
    var wishes: [FiniMachine.Action] = []
    for event in EventScript.infected({ $0.fini(strategy) }).events {
      machine.observe(event)
      guard machine.ledger.sigreturnAddress != nil else { continue }
      if wishes.last != machine.action { wishes.append(machine.action) }
    }
    return wishes
  }

  @Test("The machine asks for a breakpoint before rt_sigreturn, then traces that call alone")
  func breakpoint() {
    #expect(
      wishes(.breakpoint) == [
        .interrupt, .await(.interruptStop), .arm, .sendFini, .cont, .await(.breakpoint), .disarm,
        .syscall, .await(.sigreturn), .syscall, .await(.sigreturn), .unmap,
      ])
  }

  @Test("The machine unmaps right after a breakpoint that comes after rt_sigreturn")
  func breakpointAfter() {
    #expect(
      wishes(.breakpointAfter) == [
        .interrupt, .await(.interruptStop), .arm, .sendFini, .cont, .await(.breakpoint), .disarm,
        .unmap,
      ])
  }

  @Test("The machine traces every call of the parasite's way out")
  func syscall() {
    let calls = [[FiniMachine.Action]](
      repeating: [.syscall, .await(.sigreturn)], count: 8
    ).flatMap { $0 }
    #expect(
      wishes(.syscall) == [.interrupt, .await(.interruptStop), .sendFini] + calls + [.unmap])
  }

  @Test("The machine parks the parasite first where the tracer writes the registers")
  func direct() {
    #expect(
      wishes(.direct) == [.sendFini, .interrupt, .await(.interruptStop), .unmap])
  }

  @Test("Another stop is to be held, a missed one to be rescued, and a dead task to be given up")
  func trouble() {
    var machine = FiniMachine(strategy: .breakpoint)
    var script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.deliveryStop(.stop)
    }
    for event in script.events { machine.observe(event) }
    #expect(machine.action == .hold)
    let seen = script.events.count
    script.add(.signal(SignalRecord(fate: .held, info: EventScript.sent(.stop))))
    script.request(.cont)
    script.add(.missed(Missed(awaited: .breakpoint, waited: 1)))
    for event in script.events.dropFirst(seen) { machine.observe(event) }
    #expect(machine.action == .rescue)
    script.add(.ended(.killed(.kill, dumpedCore: false)))
    if let last = script.events.last { machine.observe(last) }
    #expect(machine.action == .giveUp)
  }
}
