import FiniEventScripts
import FiniModel
import FiniTimeline
import Testing

/// Which task a run is about, where its tracer tried the cure with a child of its own before.
@Suite struct SubjectsTests {
  private static let child = TaskID(4712)

  /// A cure that SIGKILL ends after rt_sigreturn, which was cancelled for a restart block, and before the task has its
  /// registers: a busy machine ends a rehearsal there. BPF does not show who sent it.
  private static func endedCure(_ script: inout EventScript) {
    script.takeAndInfect()
    script.approach()
    script.breakpointStop(at: EventScript.sigreturn)
    script.poke(7, 0)
    script.add(.phase(.sigreturn))
    script.enter(SyscallNumber.rtSigreturn)
    script.request(.pokeUser, 15 * 8, UInt64.max)
    script.leave()
    script.readRegisters(Registers())
    script.add(.phase(.unmap))
    script.add(.ended(.killed(.kill, dumpedCore: false)))
  }

  /// That, and a cure of another task that lands.
  private static func rehearsal(_ source: Source, exit code: UInt8?) -> [Event] {
    EventScript.told(by: source) {
      let victim = $0.tracee
      $0.tracee = child
      endedCure(&$0)
      $0.tracee = victim
      $0.takeAndInfect()
      $0.approach()
      $0.passSigreturn()
      $0.unmapAndLetGo()
      if let code { $0.endTracer(.exited(code: code)) }
    }.events
  }

  @Test(
    "A child that was killed in the middle of a cure, before another task was taken, is not the subject",
    arguments: [(.bpf, nil), (.bpf, 0), (.strace, 0)] as [(Source, UInt8?)])
  func rehearsed(source: Source, code: UInt8?) {
    let subjects = Subjects(in: SubjectsTests.rehearsal(source, exit: code))
    #expect(subjects.principal == TaskID(4711))
    #expect(
      subjects.all.filter { $0.task != EventScript.tracer } == [
        TraceeVerdict(task: SubjectsTests.child, verdict: .lost, hasFini: true, isProbe: true),
        TraceeVerdict(task: TaskID(4711), verdict: .landed, hasFini: true, isProbe: false),
      ])
  }

  @Test(
    "Where the sender may not be shown, it is one only if the tracer was content",
    arguments: [nil, 1] as [UInt8?])
  func notContent(code: UInt8?) {
    let subjects = Subjects(in: SubjectsTests.rehearsal(.strace, exit: code))
    #expect(subjects.principal == SubjectsTests.child)
  }

  @Test("One that was killed while another task was held is a victim, and so is the only one")
  func victims() {
    let beside = EventScript.told(by: .bpf) {
      let victim = $0.tracee
      $0.take()
      $0.tracee = SubjectsTests.child
      SubjectsTests.endedCure(&$0)
      $0.tracee = victim
      $0.inject()
      $0.serve()
      $0.approach()
      $0.passSigreturn()
      $0.unmapAndLetGo()
    }
    #expect(Subjects(in: beside.events).principal == SubjectsTests.child)
    let alone = EventScript.told(by: .bpf, SubjectsTests.endedCure)
    #expect(Subjects(in: alone.events).all.map(\.isProbe) == [false])
  }
}
