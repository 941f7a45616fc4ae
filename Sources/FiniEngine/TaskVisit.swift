internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The turn of one task of a tree, and what all turns share.
@PtraceThread
struct TaskVisit {
  private let options: CureOptions
  private let ourselves: TaskID
  private let sink: any EventSink
  private let numbering = EventNumbering()
  /// Whether breakpoints work depends on the machine only: one probe for all tasks.
  private var probe: BreakpointProbe?
  /// Whether a cure was rehearsed: what that is good for lasts as long as this process.
  private var wasRehearsed = false
  /// What was found in the text of the process whose tasks have their turns now.
  private var found: (process: TaskKey, finder: SyscallFinder)?
  /// Cures whose task is still traced: it had not stopped when its time was over.
  private var lateCures: [Cure] = []
  /// Whether Ctrl-C, SIGTERM or SIGHUP came during a cure.
  private(set) var wasInterrupted = false

  init(options: CureOptions, ourselves: TaskID, sink: any EventSink) {
    self.options = options
    self.ourselves = ourselves
    self.sink = sink
  }

  /// The number of the next event.
  var nextSequence: UInt32 { numbering.last + 1 }

  /// Cures a task, or says why not.
  ///
  /// - Parameter patience: how long an uninterruptible sleep is awaited, in nanoseconds.
  mutating func cure(_ task: TaskIdentity, patience: Int64) -> TaskResult {
    guard !TaskVisit.isGone(task) else { return TaskResult(gone: task) }
    let facts: TaskFacts
    do throws(Refusal) {
      facts = try TaskFacts(examining: task.task, ourselves: ourselves)
    } catch {
      // A task that ends loses its memory first, and it may not be examined from then on.
      if TaskVisit.isGone(task) { return TaskResult(gone: task) }
      return TaskVisit.result(of: task, refusedFor: error)
    }
    guard TaskKey(facts.identity) == TaskKey(task) else { return TaskResult(gone: task) }
    let cure: Cure
    do throws(CureError) {
      cure = try Cure(
        of: facts, options: options,
        turn: CureTurn(
          numbering: numbering, finder: finder(for: facts), probe: probe,
          wasRehearsed: wasRehearsed, patience: min(patience, options.deadline), keepsHold: true))
    } catch {
      if TaskVisit.isGone(task) { return TaskResult(gone: task) }
      // A task that ended meanwhile has no memory. That is the reason of the refusal then.
      do throws(Refusal) {
        _ = try TaskFacts(examining: task.task, ourselves: ourselves)
      } catch { return TaskVisit.result(of: task, refusedFor: error) }
      return TaskResult(identity: task, outcome: .refused, reason: error.message)
    }
    if let leader = TaskVisit.key(of: facts.process) { found = (leader, cure.held.places.finder) }
    let report = cure.run(recordingTo: sink)
    probe = cure.probe
    if cure.rehearsal != nil { wasRehearsed = true }
    // Also if the cure succeeded: the signal was read, so it is not pending any more.
    if cure.tracer.wasInterrupted { wasInterrupted = true }
    let isStray = cure.victim.isTraced
    if isStray, cure.hasThreadOfItsOwn {
      // The end of its thread lets it go, as soon as that is possible.
      cure.victim.forget()
    } else if isStray {
      lateCures.append(cure)
    }
    return TaskVisit.result(of: facts, report, isStray: isStray, ourselves)
  }

  /// What was found for another thread of the same process, if it is still true.
  private func finder(for facts: TaskFacts) -> SyscallFinder? {
    guard let found, found.process == TaskVisit.key(of: facts.process),
      found.finder.stillHolds(in: facts.task)
    else { return nil }
    return found.finder
  }

  // MARK: late tasks

  /// Lets go of the tasks that have stopped meanwhile, so that they don't stand still until the
  /// end.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for the others, in nanoseconds.
  ///   - isLast: whether the end of this process lets go of those that do not stop.
  mutating func letGoOfLateTasks(waiting timeout: Int64, isLast: Bool = false) {
    guard !lateCures.isEmpty else { return }
    let end = Tracer.now().advanced(by: timeout)
    while true {
      lateCures.removeAll { $0.letGoLate() }
      if lateCures.isEmpty || Tracer.now() >= end { break }
      pause()
    }
    if isLast {
      for cure in lateCures { cure.victim.forget() }
      lateCures = []
    }
  }

  /// Sleeps for a millisecond.
  func pause() { Tracer.pause(nanoseconds: 1_000_000) }

  /// Whether Ctrl-C, SIGTERM or SIGHUP came while no wait was under way.
  var interruptIsPending: Bool { options.interrupts && Tracer.interruptIsPending }
}

extension Cure {
  /// How long each step of a late undo may take at least, in nanoseconds: the task has come to its stop, so
  /// its answers take no longer than its processor needs.
  private static let lateDeadline: Int64 = 100_000_000

  /// Lets a task go that comes late to the stop that it was asked for.
  ///
  /// - Returns: whether it is not a tracee any more.
  func letGoLate() -> Bool {
    guard victim.isTraced else { return true }
    // Reads the state and does not wait: a wait would be an event, and this is asked again and
    // again.
    let state = (try? TaskStat(of: task))?.state
    guard state == nil || state == UInt8(ascii: "t") || state == UInt8(ascii: "Z") else {
      return false
    }
    do throws(CureError) {
      if !victim.isStopped {
        repeat {
          guard try victim.arrive(.interruptStop) == .stop else { return false }
        } while try !victim.settle(delivering: held.hold.runsOwnCode)
        if !held.hold.runsOwnCode { try victim.takeLateTrap() }
      }
      victim.deadline = max(victim.deadline, Cure.lateDeadline)
      try withdrawal.takeBack(nil)
    } catch {
      switch error {
      case .interrupted, .overdue: return false
      default: break
      }
    }
    victim.forget()
    return true
  }
}
