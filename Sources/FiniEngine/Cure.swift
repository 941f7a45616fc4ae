package import FiniModel
internal import FiniProcfs
internal import FiniProof
package import FiniPtrace

/// How a cure is to be made.
package struct CureOptions: Sendable {
  /// How the task is caught around rt_sigreturn.
  package var strategy: FiniStrategy
  /// How long one stop or answer is awaited, in nanoseconds.
  package var deadline: Int64
  /// Whether Ctrl-C, SIGTERM and SIGHUP end the cure early; they must be blocked by then.
  package var interrupts: Bool
  /// Whether the cure is rehearsed on a child of our own before the task is touched.
  package var rehearses: Bool
  /// Called before each ptrace or wait call, with the number of calls before it. Tests inject their
  /// faults here.
  package var beforeCall: (@PtraceThread (Int) -> Void)?

  package init(
    strategy: FiniStrategy = .breakpoint, deadline: Int64 = 2_000_000_000,
    interrupts: Bool = false, rehearses: Bool = false,
    beforeCall: (@PtraceThread (Int) -> Void)? = nil
  ) {
    self.strategy = strategy
    self.deadline = deadline
    self.interrupts = interrupts
    self.rehearses = rehearses
    self.beforeCall = beforeCall
  }
}

/// What one cure of a tree gets from the cures before it, and how it differs from a single cure.
struct CureTurn {
  /// The sequence numbers of the run.
  var numbering = EventNumbering()
  /// What was found in the same program before; `nil` to search now.
  var finder: SyscallFinder?
  /// What the breakpoint probe found; `nil` to run it now.
  var probe: BreakpointProbe?
  /// Whether a cure before it was rehearsed.
  var wasRehearsed = false
  /// How long an uninterruptible sleep is awaited, in nanoseconds; `nil` for as long as a stop.
  var patience: Int64?
  /// Whether a task that could not be let go stays traced after the cure.
  var keepsHold = false
}

/// One infection and cure of one live task. Each step is reported.
///
/// The task is left as it was found, at whatever step the cure ends. Errors are in the report and
/// in the events; nothing is thrown.
@PtraceThread
package final class Cure {
  /// The task, and how far the cure has come with it.
  let held: HeldTask
  let mayMapRegions: Bool
  let descriptors: RemoteDescriptors
  var report: CureReport
  /// Whether the thread that traces ends with this cure.
  private(set) var hasThreadOfItsOwn = false
  /// What the breakpoint probe found, once it is known.
  private(set) var probe: BreakpointProbe?
  /// What came of the rehearsal; `nil` if there was none.
  package private(set) var rehearsal: Rehearsal.Outcome?
  private let rehearses: Bool
  private let patience: Int64
  private let keepsHold: Bool
  private var calls = 0

  var facts: TaskFacts { held.facts }
  var task: TaskID { held.task }
  var victim: Victim { held.victim }
  var tracer: Tracer { held.tracer }
  var recorder: CureRecorder { held.recorder }
  var withdrawal: Withdrawal { Withdrawal(held: held, endsThread: hasThreadOfItsOwn) }

  /// Prepares a cure: does everything that can be done before the task is touched.
  ///
  /// - Parameters:
  ///   - facts: what ``TaskFacts/init(examining:)`` found.
  /// - Throws: ``CureError/local(_:_:)``, ``CureError/noSyscallInstruction`` and ``CureError/gone(_:)``;
  ///   the task was not touched then.
  package convenience init(
    of facts: TaskFacts, options: CureOptions
  ) throws(CureError) {
    try self.init(of: facts, options: options, turn: CureTurn())
  }

  /// Prepares one cure of a tree.
  init(of facts: TaskFacts, options: CureOptions, turn: CureTurn) throws(CureError) {
    report = CureReport(asked: options.strategy)
    probe = turn.probe
    rehearses = options.rehearses && !turn.wasRehearsed
    patience = turn.patience ?? options.deadline
    keepsHold = turn.keepsHold
    let recorder = CureRecorder(
      victim: facts.task, strategy: options.strategy, numbering: turn.numbering)
    let tracer: Tracer
    do { tracer = try Tracer(sink: recorder, interrupts: options.interrupts) } catch {
      throw .local("making a signalfd", error)
    }
    do throws(CureError) {
      held = HeldTask(
        facts, victim: try Victim(facts.task, tracer: tracer, deadline: options.deadline),
        recorder: recorder, places: try ProgramPlaces.await(of: facts.task, known: turn.finder))
      mayMapRegions = FiniPtrace.mayMapRegions()
      do { descriptors = try RemoteDescriptors(of: facts.task, in: facts.process) } catch {
        throw .local("pidfd_open", error)
      }
    } catch {
      // If the task has ended, each of these files fails in another way.
      throw facts.identity.hasEnded ? .gone(facts.task) : error
    }
    if let hook = options.beforeCall {
      tracer.beforeCall = { [unowned self] in
        hook(calls)
        calls += 1
      }
    }
  }

  /// Infects, commands and cures the task.
  ///
  /// - Parameter sink: where events go; `nil` for a cure without recording.
  package func run(recordingTo sink: (any EventSink)?) -> CureReport {
    recorder.next = sink
    guard facts.wasUnderSeccomp else { return make() }
    // The task may have to be let go while it sleeps. Only the end of a thread can do that; see
    // Release.swift.
    hasThreadOfItsOwn = true
    var report = PtraceThread.runOnThreadOfItsOwn { make() }
    if !withdrawal.awaitRelease() {
      report.leftBehind.append(.detach)
      report.isCured = false
    }
    return report
  }

  /// Cures the task on the calling thread.
  func make() -> CureReport {
    if recorder.strategy.needsBreakpoints {
      let found = probe ?? BreakpointProbe.run(by: tracer)
      probe = found
      if found != .works { fallBack(to: .syscall, because: .probeFailed) }
    }
    let rehearsal = rehearses ? Rehearsal(of: recorder.strategy) : nil
    rehearsal?.make()
    do throws(CureError) {
      try awaitInterruptible(within: patience)
      try requireSameTask()
      try victim.seize()
      try prepare()
      try victim.endIfInterrupted()
      let link = try infect()
      try serve(link)
    } catch {
      // What happened while the parasite served is in the report already, and may be more precise.
      let failure = report.failure ?? error
      // Found before the task is let go: a pending signal may end the task then, and its limits
      // with it.
      report.failure = withdrawal.undo(after: shortage(causing: failure) ?? failure)
      if case .ptrace(.refused(.seize, _, _)) = error, facts.identity.hasEnded {
        // ESRCH, or EPERM if the task is about to end.
        report.failure = .gone(task)
      }
    }
    rehearsal?.end()
    self.rehearsal = rehearsal?.outcome
    report.taken = recorder.strategy
    report.leftBehind = held.leftBehind
    report.endedInside = isGone && held.isInfected
    report.isCured = !victim.isTraced && report.leftBehind.isEmpty && !isGone
    report.wasInterrupted = victim.wasInterrupted
    report.frozen = recorder.frozen
    report.verdict = recorder.machine.verdict
    if !keepsHold { victim.forget() }
    return report
  }

  private func shortage(causing failure: CureError) -> CureError? {
    let needed = ParasiteMemory.byteCount(extendedStateBytes: held.extendedState.byteCount)
    return Shortage(causing: failure, of: facts.process, needed: needed).map {
      .shortage($0, of: facts.process)
    }
  }

  private var isGone: Bool {
    switch report.failure {
    case .ended, .gone: true
    default: false
    }
  }

  /// Directly before the seize: the number may be another task's by now. Numbers are used again,
  /// and the wait for an uninterruptible sleep may have been long.
  private func requireSameTask() throws(CureError) {
    guard let stat = try? TaskStat(of: task), stat.startTicks == facts.identity.startTicks,
      !stat.isKernelMade(task)
    else { throw .gone(task) }
    if let group = FrozenGroup(of: task) { throw .frozen(remedy: group.remedy) }
  }

  /// The time in which the parasite serves, from its first packet to its end.
  private func serve(_ link: consuming ParasiteLink) throws(CureError) {
    var failure: CureError?
    do throws(CureError) {
      try command(link)
      held.leaveParasite(by: try fini(link))
      try withdrawal.complete(link.memory)
    } catch {
      failure = error
      report.failure = withdrawal.undo(after: error, link.memory)
    }
    let closed = link.close()
    if let error = Errno(result: closed), failure == nil {
      throw .local("closing the tracer's half of the parasite", error)
    }
    if let failure { throw failure }
  }
}
