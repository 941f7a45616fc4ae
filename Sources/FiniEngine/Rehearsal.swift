package import FiniModel
internal import FiniProcfs
package import FiniPtrace

/// A cure of a child of our own, made before the task is seized.
///
/// What a process does for the first time takes longer: its pages are touched, and the Swift runtime makes metadata
/// and witness tables. All of that happens here instead of while the task stands still; docs/Decisions/0033. Nothing of
/// it is recorded, and nothing that goes wrong in it is an error (RehearsalTests).
@PtraceThread
package final class Rehearsal {
  /// What came of it.
  package enum Outcome: Hashable, Sendable {
    /// The child was cured, and is gone.
    case made(TaskID)
    /// It could not be begun or not be finished; there is no child.
    case failed
    /// The child was killed, but its end has not come.
    case left(TaskID)
  }

  /// How long any one stop or answer is waited for, in nanoseconds.
  private static let deadline: Int64 = 20_000_000
  /// When the child is killed, so that each wait for it ends, in nanoseconds.
  private static let limit: Int64 = 50_000_000
  /// How long its end is waited for, in nanoseconds.
  private static let patience: Int64 = 100_000_000
  /// How long the child lives if it is not killed, in nanoseconds.
  private static let lifetime: Int64 = 10_000_000_000

  private(set) var outcome = Outcome.failed
  private let strategy: FiniStrategy
  private let sink = RowSink()
  private var standIn: StandIn?
  private var tracer: Tracer?

  /// Prepares one; nothing is started.
  init(of strategy: FiniStrategy) { self.strategy = strategy }

  /// Starts the child, cures it, and ends it.
  func make() {
    guard let tracer = try? Tracer(sink: sink, interrupts: false),
      let standIn = try? StandIn(lifetime: Rehearsal.lifetime)
    else { return }
    self.standIn = standIn
    self.tracer = tracer
    if cure(standIn) { outcome = .made(standIn.task) }
    end()
  }

  /// Ends the child if it is still there: called again when the cure is over.
  func end() {
    guard let standIn, let tracer else { return }
    if standIn.end(by: tracer, within: Rehearsal.patience) {
      if case .left = outcome { outcome = .failed }
      self.standIn = nil
    } else {
      outcome = .left(standIn.task)
    }
  }

  private func cure(_ standIn: StandIn) -> Bool {
    let end = Tracer.now().advanced(by: Rehearsal.limit)
    let options = CureOptions(
      strategy: strategy, deadline: Rehearsal.deadline,
      // A child that was killed ends each wait. The number is not asked for: it may be free by then.
      beforeCall: { _ in if Tracer.now() >= end { standIn.kill() } })
    guard let facts = TaskFacts(ofChild: standIn.task),
      // Whether breakpoints work is known by now.
      let cure = try? Cure(of: facts, options: options, turn: CureTurn(probe: .works))
    else { return false }
    // Never on a thread of its own: that is for a task that goes on afterwards.
    cure.recorder.next = sink
    return cure.make().isCured
  }
}

/// Makes rows of events, as a recording does, and keeps the last one only.
private final class RowSink: EventSink {
  private(set) var last: EventRow?

  func record(_ event: Event) { last = EventRow(event) }
}

extension TaskFacts {
  /// A child of our own that no other process has used: there is nothing to be examined.
  fileprivate init?(ofChild child: TaskID) {
    guard let status = try? TaskStatus(of: child), let stat = try? TaskStat(of: child) else {
      return nil
    }
    self.init(
      task: child, process: child,
      identity: TaskIdentity(
        task: child, group: child, startTicks: stat.startTicks, name: status.name),
      threads: 1, innermostTask: status.innermostTask, innermostProcess: status.innermostTask,
      wasUnderSeccomp: status.seccomp != 0)
  }
}
