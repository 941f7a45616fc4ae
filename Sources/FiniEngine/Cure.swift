public import FiniModel
internal import FiniProcfs
internal import FiniProof
public import FiniPtrace

/// How a cure is to be made.
public struct CureOptions: Sendable {
  /// How the task is caught around rt_sigreturn.
  public var strategy: FiniStrategy
  /// How long any one stop or answer is waited for, in nanoseconds.
  public var deadline: Int64
  /// Whether Ctrl-C, SIGTERM and SIGHUP end the cure early; they must be blocked by then.
  public var interrupts: Bool
  /// Called before each ptrace or wait call, with how many there were before. Tests place their
  /// faults here.
  public var beforeCall: (@PtraceThread (Int) -> Void)?

  /// Makes options.
  public init(
    strategy: FiniStrategy = .breakpoint, deadline: Int64 = 2_000_000_000,
    interrupts: Bool = false, beforeCall: (@PtraceThread (Int) -> Void)? = nil
  ) {
    self.strategy = strategy
    self.deadline = deadline
    self.interrupts = interrupts
    self.beforeCall = beforeCall
  }
}

/// One infection and cure of one live task, each step reported.
///
/// The task is left as it was found from whatever step the cure has come to. What goes wrong is in
/// the report and in the events; nothing is thrown.
@PtraceThread
public final class Cure {
  let task: TaskID
  let facts: TaskFacts
  let tracer: Tracer
  let victim: Victim
  let recorder: CureRecorder
  /// The task's own extended state, and room for what it has in the end.
  let extendedState = ExtendedState()
  let presentState = ExtendedState()
  var finder: SyscallFinder
  /// Where remote system calls are made; without one they are made at what ``finder`` found.
  var bridge: Bridge?
  /// What is to be heeded in a 32-bit process; `nil` for a 64-bit one.
  var room: Room
  let mayMapRegions: Bool
  let descriptors: RemoteDescriptors

  var infection = Infection(saved: Registers(), mask: .empty)
  var report: CureReport
  /// Whether the task's own state is saved; before that nothing of it may be written.
  var isPrepared = false
  /// Whether the task has something of ours now, or may have it: from the first remote call until it has
  /// its own mask and registers again.
  var isInfected = false
  /// Whether the thread that traces ends with this cure.
  private(set) var hasThreadOfItsOwn = false
  /// Whether the task sleeps in a call and is let go by the end of that thread.
  var isLeftAsleep = false
  var trapIsIgnored = false
  /// Whether ``extendedState`` has the task's rights for protection keys, if it has any.
  var protectionKeysAreKnown = false
  var sigreturnIsCancelled = false
  var hasEscaped = false
  /// Whether fini is through: the task runs no code of the parasite any more.
  private var parasiteIsGone = false
  /// What the probe for breakpoints found, once it is known.
  var probe: BreakpointProbe?
  /// Whether a task that could not be let go stays in our hands after the cure.
  var keepsHold = false
  /// How long a sleep that nothing interrupts is waited for; as long as a stop is if it is not said.
  var patience: Int64?
  private var calls = 0

  /// Gets ready for a cure: everything that can be done before the task is touched.
  ///
  /// - Parameters:
  ///   - facts: what ``TaskFacts/init(examining:)`` found.
  /// - Throws: ``CureError/local(_:_:)``, ``CureError/noSyscallInstruction`` and ``CureError/gone(_:)``;
  ///   the task was not touched then.
  public convenience init(
    of facts: TaskFacts, options: CureOptions
  ) throws(CureError) {
    try self.init(of: facts, options: options, finder: nil, numbering: EventNumbering())
  }

  /// Gets ready for one cure of several.
  ///
  /// - Parameters:
  ///   - finder: what was found in the same program before; `nil` to look now.
  ///   - numbering: the sequence numbers of the run.
  init(
    of facts: TaskFacts, options: CureOptions, finder: SyscallFinder?, numbering: EventNumbering
  ) throws(CureError) {
    task = facts.task
    self.facts = facts
    report = CureReport(asked: options.strategy)
    recorder = CureRecorder(
      victim: facts.task, strategy: options.strategy, numbering: numbering)
    do { tracer = try Tracer(sink: recorder, interrupts: options.interrupts) } catch {
      throw .local("making a signalfd", error)
    }
    do throws(CureError) {
      victim = try Victim(facts.task, tracer: tracer, deadline: options.deadline)
      let places = try ProgramPlaces.await(of: facts.task, known: finder)
      self.finder = places.finder
      bridge = places.bridge
      room = places.room
      mayMapRegions = FiniPtrace.mayMapRegions()
      do { descriptors = try RemoteDescriptors(of: facts.task, in: facts.process) } catch {
        throw .local("pidfd_open", error)
      }
    } catch {
      // Of a task that has ended each of these files says so in words of its own.
      throw facts.identity.hasEnded ? .gone(facts.task) : error
    }
    if let hook = options.beforeCall {
      tracer.beforeCall = { [unowned self] in
        hook(calls)
        calls += 1
      }
    }
  }

  var remoteCalls: RemoteCalls {
    RemoteCalls(
      victim: victim, site: bridge?.site ?? finder.site, region: infection.region?.start)
  }

  /// Infects, commands and cures the task.
  ///
  /// - Parameter sink: where events go; `nil` for a cure without recording.
  public func run(recordingTo sink: (any EventSink)?) -> CureReport {
    recorder.next = sink
    guard facts.wasUnderSeccomp else { return make() }
    // It may have to be let go asleep, which only the end of a thread can do; see Release.swift.
    hasThreadOfItsOwn = true
    var report = PtraceThread.runOnThreadOfItsOwn { make() }
    if !awaitRelease() {
      report.leftBehind.append(.detach)
      report.isCured = false
    }
    return report
  }

  private func make() -> CureReport {
    if recorder.strategy.needsBreakpoints {
      let found = probe ?? BreakpointProbe.run(by: tracer)
      probe = found
      if found != .works { fallBack(to: .syscall, because: .probeFailed) }
    }
    do throws(CureError) {
      try awaitInterruptible(within: patience ?? victim.deadline)
      try requireSameTask()
      try victim.seize()
      try prepare()
      try victim.endIfInterrupted()
      let link = try infect()
      try serve(link)
    } catch {
      // What came of the parasite's life is in the report already, and may say more.
      report.failure = report.failure ?? error
      undo()
      if case .ptrace(.refused(.seize, _, _)) = error, facts.identity.hasEnded {
        // ESRCH, or EPERM of one that is about to end.
        report.failure = .gone(task)
      }
    }
    if let failure = report.failure, let shortage = shortage(behind: failure) {
      report.failure = shortage
    }
    report.endedInside = isGone && isInfected
    report.isCured = !victim.isTraced && report.leftBehind.isEmpty && !isGone
    report.wasInterrupted = victim.wasInterrupted
    report.frozen = recorder.frozen
    report.verdict = recorder.machine.verdict
    if !keepsHold { victim.forget() }
    return report
  }

  private func shortage(behind failure: CureError) -> CureError? {
    let needed = ParasiteMemory.byteCount(extendedStateBytes: extendedState.byteCount)
    return Shortage(behind: failure, of: facts.process, needed: needed).map {
      .shortage($0, of: facts.process)
    }
  }

  private var isGone: Bool {
    switch report.failure {
    case .ended, .gone: true
    default: false
    }
  }

  /// Right before the seize: numbers are used again, and the wait for an uninterruptible sleep may have
  /// been long.
  private func requireSameTask() throws(CureError) {
    guard let stat = try? TaskStat(of: task), stat.startTicks == facts.identity.startTicks,
      !stat.isKernelMade(task)
    else { throw .gone(task) }
    if let group = FrozenGroup(of: task) { throw .frozen(remedy: group.remedy) }
  }

  /// The life of the parasite, from its first word to its end.
  private func serve(_ link: consuming ParasiteLink) throws(CureError) {
    var failure: CureError?
    do throws(CureError) {
      try command(link)
      try fini(link)
      parasiteIsGone = true
      try unmap(link)
    } catch {
      failure = error
      report.failure = error
      undo(link.memory)
    }
    let closed = link.close()
    if let error = Errno(result: closed), failure == nil {
      throw .local("closing our half of the parasite", error)
    }
    if let failure { throw failure }
  }

  /// Leaves the task from wherever the cure is, keeping the error that brought us here.
  func undo(_ memory: ParasiteMemory? = nil) {
    guard victim.isTraced else {
      // The handle is gone with the error of the wait; by what, the same question tells.
      if let failure = report.failure { _ = isBeyondReach(failure) }
      return
    }
    if let failure = report.failure, isBeyondReach(failure) { return }
    do throws(CureError) {
      try comeBack()
      if case .becameAnother = report.failure { return try letGo() }
      if recorder.machine.ledger.isArmed { try disarm() }
      guard isPrepared else { return try letGo() }
      // With memory there was a parasite, and it may have cured the task by itself meanwhile.
      let own = memory != nil && !parasiteIsGone ? try ownUnlessInside() : undisturbed
      try withdraw(to: own, memory: memory)
    } catch {
      if case .becameAnother = error { return letGoAsAnother() }
      if case .leftUnstopped = error { return report.failure = error }
      if !isBeyondReach(error) { put(.detach, -Int64(3)) }
    }
  }

  /// The task came to the stop of an execve while the cure was being undone.
  private func letGoAsAnother() {
    report.failure = .becameAnother
    do throws(CureError) { try letGo() } catch {
      if !isBeyondReach(error) { put(.detach, -Int64(3)) }
    }
  }

  /// Whether there is nothing left to take back: the task ended, or became another program by an execve
  /// in another thread, or by its own under its leader's number. Only its wait can tell, while the
  /// requests say ESRCH.
  private func isBeyondReach(_ error: CureError) -> Bool {
    switch error {
    case .ended:
      report.failure = error
    case .ptrace(.refused(_, _, .noSuchProcess)):
      if let ending = victim.awaitEnd() {
        report.failure = .ended(ending)
      } else if victim.isTraced {
        // Of a child of our own a wait says "not yet", also where its number is another thread's by now.
        guard let now = try? TaskStatus(of: task), now.tracer.rawValue == 0 else { return false }
        report.failure = .ptrace(.waitFailed(task, .noChild))
      } else if victim.letGoAsLeader(of: facts.process) {
        report.failure = .becameAnother
      }
    case .ptrace(.waitFailed(_, .noChild)):
      if victim.letGoAsLeader(of: facts.process) { report.failure = .becameAnother }
    default:
      return false
    }
    victim.forget()
    return true
  }

  /// The registers that the task shall have: its present ones if it left the parasite by itself.
  private func ownUnlessInside() throws(CureError) -> Registers {
    let current = try victim.act { tracee throws(PtraceError) in
      try tracee.registers(by: tracer)
    }
    if infection.region?.contains(current.programCounter) ?? false { return undisturbed }
    infection.memfd = nil
    infection.socket = nil
    hasEscaped = true
    return try ownRegisters()
  }

  /// How long a task that was not touched yet has to come to its stop after Ctrl-C, in nanoseconds.
  private static let grace: Int64 = 200_000_000

  /// Gets the task into a stop, if it is not in one.
  private func comeBack() throws(CureError) {
    guard !victim.isStopped else { return }
    guard !isPrepared, victim.wasInterrupted else {
      return try victim.stopByInterrupt(delivering: !isPrepared)
    }
    do throws(CureError) {
      try victim.stopByInterrupt(delivering: true, within: Cure.grace)
    } catch .overdue {
      // It has nothing of ours. The end of its tracer lets go of it without a stop, and the kernel forgets
      // the interrupt then.
      throw .leftUnstopped
    }
  }
}
