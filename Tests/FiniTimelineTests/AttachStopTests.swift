import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// PTRACE_ATTACH sends a SIGSTOP that is not the task's: a tracer that takes it takes nothing from the task.
@Suite struct AttachStopTests {
  private static let seize = PtraceRequest(rawValue: 0x4206)
  private static let attach = PtraceRequest(rawValue: 16)
  private static let kernel = SignalInfo(signal: .stop, code: .kernel)
  private static let unseen = SignalInfo(signal: .stop, code: .unknown)
  private static let byProcess0 = SignalInfo(signal: .stop, code: .user, sender: TaskID(0))

  /// A stop by SIGSTOP that the tracer does not pass on.
  private func swallow(_ info: SignalInfo?, _ script: inout EventScript) {
    script.stop(.signalDelivery, status: 0x137f, info: info)
    script.request(.cont)
  }

  private func findings(_ script: EventScript, _ source: Source = .ptraceObserver) -> [Cause] {
    let events = script.events.map { event in
      var event = event
      event.source = source
      return event
    }
    return Timeline(reading: events).judgement.findings.map(\.kind)
  }

  private func script(
    _ beginning: PtraceRequest?, generated: SignalInfo? = nil, _ infos: SignalInfo?...
  ) -> EventScript {
    var script = EventScript()
    if let beginning { script.request(beginning) }
    if let generated { script.add(.signal(SignalRecord(fate: .generated, info: generated))) }
    for info in infos { swallow(info, &script) }
    script.request(.detach)
    return script
  }

  @Test(
    "The first SIGSTOP after PTRACE_ATTACH is its own where its siginfo was not seen",
    arguments: [nil, unseen, byProcess0, kernel] as [SignalInfo?])
  func first(_ info: SignalInfo?) {
    #expect(findings(script(Self.attach, info)) == [])
  }

  @Test("The second one is not, unless the kernel says so")
  func second() {
    #expect(findings(script(Self.attach, nil, nil)) == [.signalLost])
    #expect(findings(script(Self.attach, nil, Self.kernel)) == [])
  }

  @Test("One that a process is known to have sent was lost, before and after the attach stop")
  func foreign() {
    let sent = EventScript.sent(.stop)
    #expect(findings(script(Self.attach, sent)) == [.signalLost])
    #expect(findings(script(Self.attach, nil, sent)) == [.signalLost])
    #expect(findings(script(Self.attach, generated: sent, nil), .bpf) == [.signalLost])
    #expect(findings(script(Self.attach, generated: Self.kernel, nil), .bpf) == [])
  }

  @Test("PTRACE_SEIZE sends none")
  func seized() {
    #expect(findings(script(Self.seize, nil)) == [.signalLost])
    #expect(findings(script(Self.seize, Self.kernel)) == [])
  }

  @Test("A task that was traced before it was watched may have been stopped by the kernel")
  func born() {
    #expect(findings(script(nil, nil)) == [])
    #expect(findings(script(nil, nil, nil)) == [.signalLost])
  }

  @Test("What was lost may have been the PTRACE_ATTACH")
  func gap() {
    var script = EventScript()
    script.request(Self.seize)
    script.add(.gap(lost: 3))
    swallow(nil, &script)
    script.request(.detach)
    #expect(!findings(script).contains(.signalLost))
  }

  @Test("A debugger stops its tracees by tgkill, and takes that signal itself")
  func ownSignal() {
    let own = SignalInfo(signal: .stop, code: .threadKill, sender: TaskID(4700))
    #expect(findings(script(Self.seize, generated: own, nil)) == [])
    let other = SignalInfo(signal: .stop, code: .threadKill, sender: TaskID(4801))
    #expect(findings(script(Self.seize, generated: other, nil)) == [.signalLost])
  }
}
