import FiniEventScripts
import FiniModel
import FiniProof
import Testing

@Suite struct PhaseMachineTests {
  private func phases(_ events: [Event]) -> [Phase] {
    var machine = PhaseMachine()
    return events.compactMap { machine.observe($0) }
  }

  @Test("A cure with rt_sigreturn has nine phases, in order")
  func allPhases() {
    #expect(phases(EventScript.landed(.breakpoint).events) == Phase.allCases)
    #expect(phases(EventScript.landed(.breakpointAfter).events) == Phase.allCases)
    #expect(phases(EventScript.landed(.syscall).events) == Phase.allCases)
  }

  @Test("The direct way has no rt_sigreturn")
  func direct() {
    #expect(
      phases(EventScript.landed(.direct).events) == Phase.allCases.filter { $0 != .sigreturn })
  }

  @Test("Phase events in the file are ignored")
  func announced() {
    var script = EventScript()
    script.request(.seize)
    script.add(.phase(.unmap))
    script.request(.interrupt)
    #expect(phases(script.events) == [.seize])
  }

  @Test("A signal mask set in fini does not begin the unmap")
  func maskInFini() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.setMask(.all(but: .trap))
    }
    #expect(phases(script.events).last == .fini)
  }

  @Test("Before a SEIZE there is no phase")
  func noPhase() {
    var script = EventScript()
    script.request(.getRegisterSet)
    script.request(.detach)
    #expect(phases(script.events).isEmpty)
  }
}
