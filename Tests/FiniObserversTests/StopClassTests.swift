import FiniModel
import FiniProof
import Testing

@testable import FiniObservers

@Suite("Each stop of a foreign tracer's tracee gets its class, in both dialects")
struct StopClassTests {
  /// Attached, at its first stop.
  private func attached(marksSyscalls: Bool) -> KernelScript {
    var script = KernelScript()
    script.request(.seize, 0, marksSyscalls ? 1 : 0)
    script.request(.interrupt)
    script.wait(0x80057f)
    return script
  }

  private func classes(_ script: KernelScript) -> [StopClass] { script.stops.map { $0.stopClass } }

  @Test(
    "With and without TRACESYSGOOD: breakpoint, then entry and exit of rt_sigreturn",
    arguments: [(true, 0x857f), (false, 0x57f)] as [(Bool, UInt32)])
  func dialects(_ marksSyscalls: Bool, _ status: UInt32) {
    var script = KernelScript()
    script.infect(marksSyscalls: marksSyscalls)
    script.arm()
    script.hit()
    script.sigreturn(status: status)
    script.detach()
    #expect(
      classes(script) == [
        .interrupt, .softwareBreakpoint, .interrupt, .breakpoint, .syscallEntry, .syscallExit,
      ])
    let stops = script.stops
    #expect(stops[3].programCounter == RemoteAddress(KernelScript.breakpoint))
    #expect(stops[3].info?.code == .trapHardwareBreakpoint)
    #expect(stops[4].syscall == CallNumber(15, by: .x86_64) && stops[5].syscall == nil)
    // The traps are told by their stops and not once more as signals.
    #expect(!script.events.contains { $0.kind == .signal })
  }

  @Test(
    "A SIGTRAP that was sent is a signal-delivery-stop, with its sender",
    arguments: [true, false])
  func sent(_ marksSyscalls: Bool) {
    var script = attached(marksSyscalls: marksSyscalls)
    script.request(.cont)
    script.generated(.trap, code: 0, sender: 4801)
    script.wait(0x57f)
    script.detach()
    #expect(classes(script) == [.interrupt, .signalDelivery])
    #expect(script.stops[1].info?.sender == TaskID(4801))
  }

  @Test("Without TRACESYSGOOD a sent SIGTRAP and a syscall-stop can't be told apart: unknown")
  func ambiguous() {
    var script = attached(marksSyscalls: false)
    script.request(.syscall)
    script.generated(.trap, code: 0, sender: 4801)
    script.wait(0x57f)
    script.detach()
    #expect(classes(script) == [.interrupt, .unknown])
  }

  @Test(
    "Unless the tracer asks for the siginfo",
    arguments: [(0, StopClass.signalDelivery), (5, .syscallEntry)] as [(UInt32, StopClass)])
  func asked(_ code: UInt32, _ expected: StopClass) {
    var script = attached(marksSyscalls: false)
    script.request(.syscall)
    script.generated(.trap, code: 0, sender: 4801)
    script.wait(0x57f)
    script.request(
      .getSignalInfo, 0, 0x7fff_0000,
      memory: halves([5, 0, code, 0, 4801, 0]) + [UInt8](repeating: 0, count: 24))
    script.detach()
    #expect(classes(script) == [.interrupt, expected])
  }

  @Test("Of two traps the kernel's own comes first")
  func ownFirst() {
    var script = attached(marksSyscalls: true)
    script.request(.cont)
    script.generated(.trap, code: 0, sender: 4801)
    script.generated(.trap, code: 4, at: 0x40_1000)
    script.wait(0x57f)
    script.request(.cont)
    script.wait(0x57f)
    script.detach()
    #expect(classes(script) == [.interrupt, .breakpoint, .signalDelivery])
  }

  @Test("A group-stop, as PTRACE_SEIZE and as PTRACE_ATTACH show it")
  func groupStops() {
    var script = attached(marksSyscalls: true)
    script.request(.cont)
    script.generated(.stop, code: 0, sender: 4801)
    script.wait(0x137f)
    script.request(.cont, 0, 19)
    script.wait(0x80137f)
    #expect(classes(script) == [.interrupt, .signalDelivery, .groupStop])
    var old = KernelScript()
    old.request(PtraceRequest(rawValue: 16))
    old.wait(0x137f)
    old.request(.cont, 0, 19)
    old.wait(0x137f)
    #expect(classes(old) == [.signalDelivery, .groupStop])
    var refused = KernelScript()
    refused.request(PtraceRequest(rawValue: 16))
    refused.wait(0x137f)
    refused.request(.getSignalInfo, 0, 0x7fff_0000, result: -22)
    #expect(classes(refused) == [.groupStop])
  }

  @Test("An event-stop inside a system call is followed by its exit")
  func clone() {
    var script = attached(marksSyscalls: true)
    script.request(.syscall)
    script.wait(0x857f)
    script.request(.syscall)
    script.wait(0x3057f)
    script.request(.syscall)
    script.wait(0x857f)
    script.request(.syscall)
    script.wait(0x857f)
    #expect(
      classes(script) == [.interrupt, .syscallEntry, .event(.clone), .syscallExit, .syscallEntry])
  }

  @Test("A child that is traced from its birth has its parent's options and tracer")
  func born() {
    for follows: UInt64 in [0b1110, 0] {
      var script = KernelScript()
      script.request(.seize, 0, 1 | follows)
      script.add(.forked(child: TaskID(4800)), by: KernelScript.tracee)
      script.tracee = TaskID(4800)
      script.generated(.trap, code: 0, sender: 4801)
      script.wait(0x57f)
      // Where no tracer holds it, as far as was seen, a trap is a signal like others.
      #expect(classes(script) == [follows == 0 ? .unknown : .signalDelivery])
      var account = KernelAccount(subject: KernelScript.tracee)
      _ = account.take(script.records)
      #expect(account.held == (follows == 0 ? [4711] : [4711, 4800]).map { TaskID($0) })
      script.ended(9, KernelScript.tracer)
      _ = account.take(script.records.suffix(1))
      #expect(account.held == [])
    }
  }

  @Test("An end is told once, whether the wait or the kernel's word on it comes first")
  func ends() {
    for waitsFirst in [false, true] {
      var script = attached(marksSyscalls: true)
      script.request(.cont)
      if waitsFirst { script.wait(9) }
      script.ended(9, KernelScript.tracee)
      if !waitsFirst { script.wait(9) }
      #expect(script.events.count { $0.kind == .killed } == 1)
      var account = KernelAccount(subject: KernelScript.tracee)
      _ = account.take(script.records)
      #expect(account.held == [])
    }
  }

  @Test("A tracer that was there before: what its first syscall-stop is, is unknown")
  func late() {
    var script = KernelScript()
    script.request(.syscall)
    script.wait(0x857f)
    script.detach()
    #expect(classes(script) == [.syscallStop])
  }

  @Test("A status that is only looked at makes no stop")
  func peeked() {
    var script = attached(marksSyscalls: true)
    script.request(.cont)
    script.wait(0xa7f, options: 0x4100_0000)
    script.wait(0xa7f)
    #expect(classes(script) == [.interrupt, .signalDelivery])
  }

  @Test("A wait belongs to the tracee that it reported; one that reported none, to the last one")
  func pairing() {
    var script = attached(marksSyscalls: true)
    script.add(
      .call(
        SeenCall(
          number: 61, arguments: [.max, 0, 1, 0, 0], result: 0, word: nil, memory: [])))
    let waits = script.events.filter { $0.kind == .wait }
    #expect(waits.map(\.tracee) == [KernelScript.tracee, KernelScript.tracee])
  }

  @Test("Loss stands where it happened, with the exact count")
  func loss() {
    var script = attached(marksSyscalls: true)
    script.add(
      .forked(child: TaskID(4800)), by: KernelScript.tracee, lost: 3)
    script.add(
      .sigreturn(SigreturnRecord(passage: .entered, registers: Registers())),
      by: KernelScript.tracee, lost: 3)
    script.add(
      .sigreturn(SigreturnRecord(passage: .left, registers: Registers())),
      by: KernelScript.tracee, lost: 5)
    let told = script.events.compactMap { event -> String? in
      switch event.payload {
      case .gap(let lost): "gap \(lost)"
      case .sigreturn(let record): record.passage.name
      default: nil
      }
    }
    #expect(told == ["gap 3", "entered", "gap 2", "left"])
  }

  @Test("A coalesced signal is generated and coalesced; an ignored one generated and discarded")
  func fates() {
    var script = KernelScript()
    script.generated(.user1, code: 0, sender: 4801)
    script.generated(.user1, code: 0, sender: 4801, outcome: .coalesced)
    script.generated(.user2, code: 0, sender: 4801, outcome: .ignored)
    let fates = script.events.compactMap { event -> SignalRecord.Fate? in
      if case .signal(let record) = event.payload { record.fate } else { nil }
    }
    #expect(fates == [.generated, .generated, .coalesced, .generated, .discarded])
  }
}
