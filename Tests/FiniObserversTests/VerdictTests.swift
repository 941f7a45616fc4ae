import FiniModel
import FiniProof
import FiniTimeline
import Testing

@testable import FiniObservers

/// The letters are those of the defects that were found in CRIU 4.2 by experiment.
@Suite("The verdict on a foreign tracer's fini follows from what the kernel showed")
struct VerdictTests {
  @Test("CRIU from 3.18 on: landed, with the phases of a cure")
  func landed() {
    var script = KernelScript.cure()
    script.arm()
    script.hit()
    script.debugRegister(7, 0)
    script.sigreturn()
    script.unmap()
    script.detach()
    let timeline = script.timeline
    #expect(timeline.judgement.verdict == .landed)
    #expect(timeline.judgement.caught == .breakpoint)
    #expect(timeline.judgement.findings.isEmpty)
    #expect(
      timeline.phases.map { $0.phase } == [
        .seize, .prepare, .infect, .daemon, .fini, .sigreturn, .unmap, .detach,
      ])
    #expect(
      timeline.judgement.evidence.map { $0.reason } == [
        "PTRACE_INTERRUPT begins fini",
        "DR0 = \(timeline.addresses.name(RemoteAddress(KernelScript.breakpoint))) poked",
        "DR7 armed",
        "TRAP_HWBKPT at pc = \(timeline.addresses.name(RemoteAddress(KernelScript.breakpoint)))",
        "DR7 disarmed", "syscall-entry is rt_sigreturn", "registers are the saved ones",
        "syscall-exit of rt_sigreturn", "detached",
      ])
  }

  @Test("libcompel 3.17: no TRACESYSGOOD, disarmed after rt_sigreturn, registers mended")
  func oldDialect() {
    var wrong = KernelScript.givenBack
    wrong[.r15] = 0xdead
    var script = KernelScript.cure(marksSyscalls: false)
    script.arm()
    script.hit()
    script.sigreturn(status: 0x57f, registers: wrong)
    script.debugRegister(7, 0)
    script.unmap()
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .landed && judgement.caught == .breakpoint)
    #expect(judgement.findings.map(\.kind) == [.registersMended])
    #expect(!judgement.leftTraces)
  }

  @Test("Without breakpoints: landed by tracing system calls")
  func syscalls() {
    var script = KernelScript.cure()
    script.request(.interrupt)
    script.wait(0x80057f)
    for number: UInt64 in [45, 3, 3] {
      for _ in 0..<2 {
        script.request(.syscall)
        script.wait(0x857f)
        var there = KernelScript.lent(KernelScript.blob + 0x40)
        there[.origRAX] = number
        script.read(there)
      }
    }
    script.sigreturn()
    script.unmap()
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .landed && judgement.caught == .syscall)
  }

  @Test("A dumped task is killed after its cure: landed all the same")
  func killedAfterwards() {
    var script = KernelScript.cure()
    script.arm()
    script.hit()
    script.debugRegister(7, 0)
    script.sigreturn()
    script.unmap()
    script.ended(9, KernelScript.tracee)
    #expect(script.timeline.judgement.verdict == .landed)
  }

  @Test("A: a SIGSTOP instead of the breakpoint, detached armed, killed by the trap")
  func stopInBetween() {
    var script = KernelScript.cure()
    script.arm()
    script.generated(.stop, code: 0, sender: 4801)
    script.wait(0x137f)
    script.detach()
    script.generated(.trap, code: 4, at: KernelScript.breakpoint)
    script.ended(5, KernelScript.tracee)
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .intervened)
    #expect(judgement.intervention?.signal == .stop)
    #expect(judgement.intervention?.info?.sender == TaskID(4801))
    #expect(judgement.findings.map(\.kind) == [.blobLeft, .signalLost, .detachedArmed])
  }

  @Test("B: a SIGTRAP that was sent is taken for the breakpoint")
  func trapInBetween() {
    var script = KernelScript.cure()
    script.arm()
    script.generated(.trap, code: 0, sender: 4801)
    script.wait(0x57f)
    script.debugRegister(7, 0)
    script.sigreturn()
    script.unmap()
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .intervened)
    #expect(judgement.intervention?.signal == .trap)
  }

  @Test("C: the notice of a SIGCONT is taken for the breakpoint")
  func continueInBetween() {
    var script = KernelScript.cure()
    script.arm()
    script.wait(0x80057f)
    script.debugRegister(7, 0)
    script.sigreturn()
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .intervened)
    #expect(judgement.intervention?.stopClass == .interrupt)
  }

  @Test("E, F: something came into the infection, and fini never began")
  func infectionBroken() {
    var script = KernelScript()
    script.request(.seize, 0, 1)
    script.request(.interrupt)
    script.wait(0x80057f)
    script.read(KernelScript.saved)
    script.write(KernelScript.lent(0x55_5000, rax: 9))
    script.request(.cont)
    script.generated(.stop, code: 0, sender: 4801)
    script.wait(0x137f)
    script.write(KernelScript.saved)
    script.detach()
    #expect(script.timeline.judgement.verdict == .neverReached)
    #expect(script.timeline.judgement.findings.map(\.kind) == [.signalLost])
  }

  @Test(
    "G: nothing was armed or nothing fired, and the task ran on", arguments: [true, false])
  func lostBreakpoint(_ isArmed: Bool) {
    var script = KernelScript.cure()
    script.request(.interrupt)
    script.wait(0x80057f)
    script.debugRegister(0, KernelScript.breakpoint)
    if isArmed { script.debugRegister(7, 1) }
    script.request(.cont)
    script.sigreturn(.entered, KernelScript.lent(KernelScript.blob + 0x33))
    script.sigreturn(.left, KernelScript.givenBack)
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .missed)
    #expect(judgement.summary.contains(isArmed ? "never fired" : "not armed"))
    #expect(judgement.leftTraces == isArmed, "armed, and no tracer to disarm it")
  }

  @Test("H: the tracer dies with the breakpoint armed; I: before; J: with the text patched")
  func tracerDies() {
    var armed = KernelScript.cure()
    armed.arm()
    armed.ended(9, KernelScript.tracer)
    let judgement = armed.timeline.judgement
    #expect(judgement.verdict == .unfinished)
    #expect(judgement.summary.contains("the tracer ended in fini"))
    #expect(judgement.findings.map(\.kind) == [.blobLeft, .leftArmed])
    var serving = KernelScript.cure()
    serving.ended(9, KernelScript.tracer)
    #expect(serving.timeline.judgement.summary.contains("the tracer ended in daemon"))
    var patched = KernelScript()
    patched.request(.seize, 0, 1)
    patched.request(.interrupt)
    patched.wait(0x80057f)
    patched.read(KernelScript.saved)
    patched.request(.peekData, 0x55_5000, 0x7fff_0000, word: 0xc3)
    patched.request(.pokeData, 0x55_5000, 0xcc05_0f)
    patched.write(KernelScript.lent(0x55_5000, rax: 9))
    patched.ended(9, KernelScript.tracer)
    #expect(patched.timeline.judgement.verdict == .unfinished)
    #expect(patched.timeline.judgement.findings.map(\.kind) == [.memoryPatched, .registersLeft])
  }

  @Test("A parasite whose tracer is gone cures itself")
  func selfCure() {
    var script = KernelScript.cure()
    script.request(.setSignalMask, 8, 0x7fff_0000, word: .max)
    script.ended(9, KernelScript.tracer)
    script.sigreturn(.entered, KernelScript.lent(KernelScript.blob + 0x33))
    script.sigreturn(.left, KernelScript.givenBack)
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .unfinished)
    #expect(judgement.findings.map(\.kind) == [.blobLeft, .selfCured])
  }

  @Test("What was patched, taken and set and is put back leaves no finding")
  func putBack() {
    var script = KernelScript()
    script.request(.seize, 0, 1)
    script.request(.interrupt)
    script.wait(0x80057f)
    script.request(.getSignalMask, 8, 0x7fff_0000, word: 0)
    script.request(.peekData, 0x55_5000, 0x7fff_0000, word: 0xc3)
    script.request(.pokeData, 0x55_5000, 0xcc05_0f)
    script.request(.setSignalMask, 8, 0x7fff_0000, word: .max)
    script.request(.cont)
    script.generated(.user1, code: 0, sender: 4801)
    script.wait(0xa7f)
    script.request(.pokeData, 0x55_5000, 0xc3)
    script.request(.setSignalMask, 8, 0x7fff_0000, word: 0)
    var kept = script
    script.request(.detach, 0, 10)
    #expect(script.timeline.judgement.findings.isEmpty)
    kept.request(.detach)
    #expect(kept.timeline.judgement.findings.map(\.kind) == [.signalLost])
  }

  @Test("A task that has the number of mmap in its own registers made no call by that")
  func ownNumber() {
    var own = KernelScript.saved
    own[.rax] = 9
    own[.rsi] = 13
    var script = KernelScript()
    script.request(.seize, 0, 1)
    script.request(.interrupt)
    script.wait(0x80057f)
    script.read(own)
    script.write(own)
    script.request(.cont)
    script.request(.interrupt)
    script.wait(0x80057f)
    own[.rip] += 64
    script.read(own)
    script.detach()
    #expect(script.timeline.judgement.findings.isEmpty)
  }

  @Test("K: a blocked signal comes after the detach")
  func blockedSignal() {
    var script = KernelScript.cure()
    script.arm()
    script.generated(.user1, code: 0, sender: 4801)
    script.hit()
    script.debugRegister(7, 0)
    script.sigreturn()
    script.unmap()
    script.detach()
    script.add(
      .delivered(SignalInfo(signal: .user1, code: .user, sender: TaskID(4801), senderUser: 0)),
      by: KernelScript.tracee)
    let timeline = script.timeline
    #expect(timeline.judgement.verdict == .landed)
    #expect(timeline.signals.map(\.fate) == [.delivered])
  }

  @Test("M: the breakpoint is never disarmed: the stop landed, and the task is not left clean")
  func neverDisarmed() {
    var script = KernelScript.cure()
    script.arm()
    script.hit()
    script.sigreturn()
    script.unmap()
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .landed && judgement.caught == .breakpoint)
    #expect(judgement.findings.map(\.kind) == [.detachedArmed])
    #expect(judgement.leftTraces)
  }

  @Test("The task dies in fini")
  func dies() {
    var script = KernelScript.cure()
    script.arm()
    script.ended(11, KernelScript.tracee)
    #expect(script.timeline.judgement.verdict == .lost)
  }

  @Test("A debugger that attaches, sets a breakpoint and leaves: no cure, nothing left")
  func debugger() {
    var script = KernelScript()
    script.request(PtraceRequest(rawValue: 16))
    // PTRACE_ATTACH sends it, so no signal of the task is lost.
    script.generated(.stop, code: 0x80)
    script.wait(0x137f)
    script.read(KernelScript.saved)
    script.debugRegister(0, 0x40_2000)
    script.debugRegister(7, 1)
    script.request(.cont)
    script.generated(.trap, code: 4, at: 0x40_2000)
    script.wait(0x57f)
    script.debugRegister(7, 0)
    script.detach()
    let judgement = script.timeline.judgement
    #expect(judgement.verdict == .neverReached)
    #expect(!judgement.leftTraces)
  }
}
