import FiniEventScripts
import FiniModel
import FiniProof
import FiniTimeline
import Testing

@Suite struct JudgementTests {
  private func judgement(_ script: EventScript) -> Judgement {
    Timeline(reading: script.events).judgement
  }

  @Test("A landed breakpoint comes with the whole proof")
  func landed() {
    let judgement = judgement(.landed(.breakpoint))
    #expect(judgement.landed == true)
    #expect(!judgement.leftTraces)
    #expect(judgement.findings.isEmpty)
    #expect(
      judgement.evidence.map { $0.reason } == [
        "PTRACE_INTERRUPT begins fini", "DR0 = blob+0x3a0 poked", "DR7 armed", "FINI sent",
        "TRAP_HWBKPT at pc = blob+0x3a0", "DR7 disarmed", "syscall-entry is rt_sigreturn",
        "syscall-exit of rt_sigreturn", "registers are the saved ones", "detached",
      ])
    let ids = judgement.evidence.map { "\($0.event)" }.joined(separator: ", ")
    #expect(
      judgement.summary == "landed before rt_sigreturn: breakpoint at blob+0x3a0 (\(ids))")
  }

  @Test(
    "Each way to land has its sentence",
    arguments: [
      (FiniStrategy.breakpoint, "landed before rt_sigreturn: breakpoint at blob+0x3a0"),
      (.breakpointAfter, "landed after rt_sigreturn: breakpoint at 0x401232"),
      (.syscall, "landed at rt_sigreturn: system calls traced"),
      (.direct, "landed without rt_sigreturn: saved registers written by the tracer"),
    ])
  func sentences(_ strategy: FiniStrategy, _ sentence: String) {
    #expect(judgement(.landed(strategy)).summary.hasPrefix(sentence + " ("))
  }

  @Test("Every event of the evidence is needed to land", arguments: FiniStrategy.allCases)
  func mutations(_ strategy: FiniStrategy) {
    let events = EventScript.landed(strategy).events
    for evidence in Timeline(reading: events).judgement.evidence {
      let rest = events.filter { $0.sequence != evidence.event }
      let verdict = Timeline(reading: rest).judgement.verdict
      #expect(verdict != .landed, "without \(evidence.event): \(evidence.reason)")
    }
  }

  @Test("An intervening signal is named with its sender and the event that first showed it")
  func intervened() throws {
    var script = EventScript()
    script.infect()
    script.sets.sharedPending.insert(.user1)
    script.interruptParasite()
    let since = script.events.count
    script.runToBreakpoint(EventScript.after)
    script.sets = SignalSets(pending: .empty, sharedPending: .empty, blocked: .empty)
    script.deliveryStop(.user1, at: EventScript.after)
    let stop = script.events.count
    script.poke(7, 0)
    script.verify()
    script.unmapAndDetach()
    let judgement = judgement(script)
    let intervention = try #require(judgement.intervention)
    #expect(judgement.verdict == .intervened)
    #expect(judgement.landed == false)
    #expect(intervention.signal == .user1)
    #expect(intervention.info?.sender == TaskID(4801))
    #expect(intervention.pendingSince == UInt32(since))
    #expect(intervention.stop == UInt32(stop))
    #expect(
      judgement.summary.hasPrefix(
        "intervened: SIGUSR1 (SI_USER from 4801), pending since event \(since), stopped the task"
          + " in place of the breakpoint ("))
    #expect(
      judgement.evidence.contains {
        $0.event == UInt32(stop) && $0.reason == "signal-delivery of SIGUSR1 came"
      })
  }

  @Test("The first pending sight of a signal also holds where no siginfo was read")
  func interventionWithoutInfo() throws {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.stop(.signalDelivery, status: 0x137f)
      $0.request(.detach)
    }
    let intervention = try #require(judgement(script).intervention)
    #expect(intervention.signal == .stop)
    #expect(intervention.info == nil)
    #expect(intervention.pendingSince == nil)
  }

  @Test("A detach with DR7 armed is a finding of its own")
  func detachedArmed() throws {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
      $0.deliveryStop(.stop)
      $0.request(.detach)
    }
    let judgement = judgement(script)
    let finding = try #require(judgement.findings.first)
    #expect(judgement.findings.map { $0.kind } == [.detachedArmed])
    #expect(finding.event == UInt32(script.events.count))
    #expect(finding.sentence.contains("killed by SIGTRAP when it comes to blob+0x3a0"))
    #expect(judgement.leftTraces)
  }

  @Test("A tracer that vanishes with DR7 armed leaves a finding too")
  func leftArmed() {
    let script = EventScript.infected {
      $0.interruptParasite()
      $0.runToBreakpoint(EventScript.sigreturn)
    }
    let judgement = judgement(script)
    #expect(judgement.verdict == .unfinished)
    #expect(judgement.findings.map { $0.kind } == [.leftArmed])
    let last = script.events.count
    #expect(
      judgement.summary.hasPrefix("unfinished: nothing after event \(last) (cont in fini) ("))
  }

  @Test("A put-back that failed is a finding, with its error")
  func putBack() {
    var script = EventScript.landed(.breakpoint)
    script.add(.putBack(PutBack(item: .mapping, result: -22)))
    script.add(.putBack(PutBack(item: .registers, result: 0, differing: 2)))
    let judgement = judgement(script)
    #expect(judgement.verdict == .landed)
    #expect(
      judgement.findings.map { $0.sentence } == [
        "mapping not put back: EINVAL", "registers put back, but 2 still differ",
      ])
    #expect(judgement.leftTraces)
  }

  @Test(
    "Trouble has its sentence",
    arguments: [
      (
        EventScript.infected {
          $0.interruptParasite()
          $0.runToBreakpoint(EventScript.sigreturn)
          $0.add(.missed(Missed(awaited: .breakpoint, waited: 200_000_000)))
        }, Verdict.missed, "missed: no breakpoint within 200 ms ("
      ),
      (
        EventScript.infected {
          $0.interruptParasite()
          $0.add(.ended(.killed(.kill, dumpedCore: false)))
        }, .lost, "lost: killed by SIGKILL in fini, before it was cured ("
      ),
      (
        EventScript.infected { $0.add(.ended(.exited(code: 3))) }, .neverReached,
        "never reached: the task exited with 3 in commands ("
      ),
      (
        EventScript.infected {
          $0.interruptParasite()
          $0.add(.gap(lost: 3))
          $0.request(.detach)
        }, .undetermined, "undetermined: 3 events lost inside fini ("
      ),
      (EventScript.infected { _ in }, .neverReached, "never reached: last step seen: commands"),
    ])
  func troubles(_ script: EventScript, _ verdict: Verdict, _ sentence: String) {
    let judgement = judgement(script)
    #expect(judgement.verdict == verdict)
    #expect(judgement.summary.hasPrefix(sentence))
  }

  @Test("A fallback and a gap outside of fini are told, and do no harm to the verdict")
  func asides() {
    var script = EventScript()
    script.request(.seize)
    script.add(.gap(lost: 1))
    script.infect()
    script.add(.fallback(Fallback(from: .breakpoint, to: .syscall, reason: .probeFailed)))
    script.fini(.syscall)
    script.unmapAndDetach()
    let judgement = judgement(script)
    #expect(judgement.verdict == .landed)
    #expect(
      judgement.findings.map { $0.sentence } == [
        "1 event lost", "syscall was taken instead of breakpoint: probe-failed",
      ])
    #expect(!judgement.leftTraces)
  }
}
