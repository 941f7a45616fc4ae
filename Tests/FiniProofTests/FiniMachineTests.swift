import FiniEventScripts
import FiniModel
import FiniProof
import Testing

@Suite struct FiniMachineTests {
  @Test("A whole cure lands, whatever the strategy", arguments: FiniStrategy.allCases)
  func lands(_ strategy: FiniStrategy) {
    let machine = EventScript.landed(strategy).events.machine
    let expected: [FiniStrategy: FiniStrategy] = [
      .breakpoint: .breakpoint, .breakpointAfter: .breakpointAfter, .syscall: .syscall,
      .direct: .direct,
    ]
    #expect(machine.verdict == .landed)
    #expect(machine.caught == expected[strategy])
    #expect(machine.ledger.intervening == nil)
    #expect(machine.ledger.registersDiffer == nil)
    #expect(!machine.ledger.detachedArmed)
  }

  @Test("Events cut after any step leave a cure unfinished", arguments: FiniStrategy.allCases)
  func unfinished(_ strategy: FiniStrategy) throws {
    let events = EventScript.landed(strategy).events
    let facts = events.machine.ledger
    let first = try #require([facts.interrupt, facts.finiSent].compactMap { $0 }.min())
    for count in 0...events.count {
      let verdict = events.prefix(count).verdict
      if count < first {
        #expect(verdict == .neverReached, "cut after \(count)")
      } else if count < events.count {
        #expect(verdict == .unfinished, "cut after \(count)")
      } else {
        #expect(verdict == .landed)
      }
    }
  }

  @Test(
    "Without any one event of its proof a run has not landed", arguments: FiniStrategy.allCases)
  func mutations(_ strategy: FiniStrategy) {
    let events = EventScript.landed(strategy).events
    let facts = events.machine.ledger
    var proof: [UInt32?] = [facts.interrupt, facts.finiSent, facts.detached]
    switch strategy {
    case .breakpoint:
      proof += [
        facts.addressPoked, facts.armed, facts.hit, facts.disarmed, facts.sigreturnEntry,
        facts.sigreturnExit, facts.registersVerified,
      ]
    case .breakpointAfter:
      proof += [
        facts.addressPoked, facts.armed, facts.hit, facts.disarmed, facts.registersVerified,
      ]
    case .syscall:
      proof += [facts.sigreturnEntry, facts.sigreturnExit, facts.registersVerified]
    case .direct:
      proof += [facts.registersWritten]
    }
    for sequence in proof {
      #expect(sequence != nil, "a landed run has every event of its proof")
      let rest = events.filter { $0.sequence != sequence }
      #expect(rest.verdict != .landed, "without event \(sequence ?? 0)")
    }
  }

  @Test("A gap anywhere in fini forbids to call it landed", arguments: FiniStrategy.allCases)
  func gap(_ strategy: FiniStrategy) throws {
    let events = EventScript.landed(strategy).events
    let facts = events.machine.ledger
    let first = try #require([facts.interrupt, facts.finiSent].compactMap { $0 }.min())
    for index in events.indices.dropFirst() {
      var broken = events
      var gap = events[index]
      gap.payload = .gap(lost: 3)
      broken.insert(gap, at: index)
      let isInside = events[index].sequence > first
      #expect(broken.verdict == (isInside ? .undetermined : .landed), "gap before \(index + 1)")
    }
  }

  @Test("A request that failed proves nothing")
  func failedRequest() {
    let events = EventScript.landed(.breakpoint).events.map { event in
      guard case .request(var call) = event.payload, call.debugRegisterWrite == .control(.armed)
      else { return event }
      call.result = -3
      var event = event
      event.payload = .request(call)
      return event
    }
    #expect(events.verdict != .landed)
  }

  @Test("A breakpoint stop at another address is not the hit")
  func wrongAddress() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.breakpointStop(at: EventScript.sigreturn + 8)
      $0.poke(7, 0)
      $0.sigreturn()
      $0.verify()
      $0.unmapAndDetach()
    }
    #expect(script.events.machine.ledger.hit == nil)
    #expect(script.events.verdict == .intervened)
  }

  @Test("A DR7 that was cleared before the hit is not cleared after it")
  func disarmedTooEarly() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.poke(7, 1)
      $0.poke(7, 0)
      $0.runToBreakpoint(EventScript.after)
      $0.breakpointStop(at: EventScript.after)
      $0.readRegisters(EventScript.saved.forSigframe)
      $0.unmapAndDetach()
    }
    #expect(script.events.machine.ledger.hit != nil)
    #expect(script.events.machine.ledger.detachedArmed)
    #expect(script.events.verdict == .undetermined)
  }

  @Test(
    "Registers that differ after rt_sigreturn are no landing, unless the tracer writes the right ones"
  )
  func registersDiffer() throws {
    var wrong = EventScript.saved.forSigframe
    wrong[.rbx] = 1
    let script = EventScript.infected {
      $0.fini(.breakpoint)
      $0.readRegisters(wrong)
      $0.unmapAndDetach()
    }
    let ledger = script.events.machine.ledger
    #expect(ledger.registersDiffer != nil && ledger.isMended)
    #expect(script.events.verdict == .landed)
    let unmended = script.events.filter { $0.sequence != ledger.registersWritten }
    #expect(unmended.machine.ledger.registersDiffer != nil)
    #expect(unmended.verdict == .undetermined)
  }

  @Test("rt_sigreturn that is cancelled for a restart block lands if the registers are written")
  func cancelledSigreturn() {
    func script(writing registers: Registers) -> EventScript {
      .infected {
        $0.interruptParasite()
        $0.runToBreakpoint(EventScript.sigreturn)
        $0.breakpointStop(at: EventScript.sigreturn)
        $0.poke(7, 0)
        $0.enter(SyscallNumber.rtSigreturn)
        $0.request(.pokeUser, 15 * 8, UInt64.max)
        $0.leave()
        $0.readRegisters(Registers())
        $0.remoteCall(11, length: EventScript.blobSize)
        $0.writeRegisters(registers)
        $0.request(.detach)
      }
    }
    #expect(script(writing: EventScript.saved).events.verdict == .landed)
    var wrong = EventScript.saved
    wrong[.rsp] = 0
    #expect(script(writing: wrong).events.verdict == .undetermined)
  }

  @Test("A signal that stops the task before the first interrupt-stop does not spoil what is saved")
  func earlySignal() {
    var script = EventScript()
    script.request(.seize)
    script.request(.interrupt)
    script.deliveryStop(.user1)
    var early = EventScript.saved
    early[.rax] = 5
    script.readRegisters(early)
    script.request(.cont)
    let late = EventScript.landed(.breakpoint).events.dropFirst(2)
    #expect((script.events + late).verdict == .landed)
  }

  @Test("An interrupt without FINI is the way out of a cure that failed before")
  func abortedCure() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.writeRegisters(EventScript.saved)
      $0.request(.detach)
    }
    #expect(script.events.verdict == .neverReached)
  }
}
