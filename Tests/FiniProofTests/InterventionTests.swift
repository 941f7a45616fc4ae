import FiniEventScripts
import FiniModel
import FiniProof
import Testing

@Suite struct InterventionTests {
  @Test("A pending SIGUSR1 keeps a breakpoint after rt_sigreturn from being reached")
  func signalAfterSigreturn() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.after)
      $0.deliveryStop(.user1, at: EventScript.after)
      $0.poke(7, 0)
      $0.verify()
      $0.unmapAndDetach()
    }
    let machine = script.events.machine
    #expect(machine.verdict == .intervened)
    #expect(machine.ledger.interveningSignal?.signal == .user1)
    #expect(machine.ledger.interveningSignal?.sender == TaskID(4801))
    #expect(machine.ledger.registersVerified != nil)
  }

  @Test("A SIGTRAP by kill that is taken for the breakpoint is no landing")
  func killedTrap() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.deliveryStop(.trap, at: EventScript.blob + 0x97)
      $0.poke(7, 0)
      for number in [45, 3, 3] as [UInt64] {
        $0.enter(number)
        $0.leave()
      }
      $0.sigreturn()
      $0.verify()
      $0.unmapAndDetach()
    }
    #expect(script.events.verdict == .intervened)
    #expect(script.events.machine.ledger.interveningClass == .signalDelivery)
  }

  @Test("A SIGSTOP in place of the breakpoint, and a detach with DR7 armed")
  func stopInPlaceOfBreakpoint() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.deliveryStop(.stop)
      $0.request(.detach)
    }
    #expect(script.events.verdict == .intervened)
    #expect(script.events.machine.ledger.detachedArmed)
  }

  @Test("A signal that is held on the way does not keep fini from landing")
  func heldSignal() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.deliveryStop(.stop)
      $0.add(.signal(SignalRecord(fate: .held, info: EventScript.sent(.stop))))
      $0.request(.cont)
      $0.breakpointStop(at: EventScript.sigreturn)
      $0.poke(7, 0)
      $0.sigreturn()
      $0.verify()
      $0.unmapAndDetach()
    }
    #expect(script.events.verdict == .landed)
    #expect(script.events.machine.ledger.intervening != nil)
  }

  @Test("A breakpoint that never fires is missed, whatever the rescue does")
  func missed() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.add(.missed(Missed(awaited: .breakpoint, waited: 200_000_000)))
      $0.interruptParasite()
      $0.poke(7, 0)
      $0.add(.fallback(Fallback(from: .breakpoint, to: .syscall, reason: .breakpointMissed)))
      $0.sigreturn()
      $0.verify()
      $0.unmapAndDetach()
    }
    #expect(script.events.verdict == .missed)
  }

  @Test("A wait that is overdue before fini is no verdict on fini")
  func missedBefore() {
    let script = EventScript.infected {
      $0.add(.missed(Missed(awaited: .parasite, waited: 200_000_000)))
      $0.fini(.breakpoint)
      $0.unmapAndDetach()
    }
    #expect(script.events.verdict == .landed)
  }

  @Test(
    "SIGKILL at any step of fini loses the task, but not a landing that is proved",
    arguments: FiniStrategy.allCases)
  func lost(_ strategy: FiniStrategy) throws {
    let events = EventScript.landed(strategy).events
    let facts = events.machine.ledger
    let first = try #require([facts.interrupt, facts.finiSent].compactMap { $0 }.min())
    // The last event of each proof: a dump ends its tasks itself once they are cured.
    let last = try #require(
      (strategy == .direct ? facts.registersWritten : facts.registersVerified))
    for count in 1..<events.count {
      var killed = Array(events.prefix(count))
      var end = events[count]
      end.payload = .ended(.killed(.kill, dumpedCore: false))
      killed.append(end)
      let expected: Verdict = count < first ? .neverReached : count < last ? .lost : .landed
      #expect(killed.verdict == expected, "killed after \(count)")
    }
  }

  @Test("An end after the detach is no loss")
  func endAfterDetach() {
    var script = EventScript.landed(.breakpoint)
    script.add(.ended(.exited(code: 0)))
    #expect(script.events.verdict == .landed)
  }

  @Test("A debug register that cannot be written leaves the way to syscall tracing open")
  func refusedRegister() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.poke(0, EventScript.sigreturn.rawValue)
      $0.poke(6, 0)
      $0.poke(7, 1, result: -28)
      $0.add(.fallback(Fallback(from: .breakpoint, to: .syscall, reason: .debugRegisterRefused)))
      $0.rpc(.fini, .sent)
      $0.sigreturn()
      $0.verify()
      $0.unmapAndDetach()
    }
    #expect(script.events.verdict == .landed)
    #expect(script.events.machine.caught == .syscall)
  }
}
