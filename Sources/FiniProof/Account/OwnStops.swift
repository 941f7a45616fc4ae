package import FiniModel

/// What becomes of the SIGSTOP by which a tracer takes hold of a task (PTRACE_ATTACH), for each task.
package struct OwnStops: Hashable, Sendable {
  /// A task that was let go and stands still then, in state T.
  package struct Left: Hashable, Sendable {
    /// The task.
    package var task: TaskID
    /// The detach.
    package var detached: UInt32
    /// How it came to that.
    package var how: How
  }

  /// How a tracer leaves its own SIGSTOP.
  package enum How: Hashable, Sendable {
    /// It let go before its SIGSTOP had come.
    case owed(sent: UInt32)
    /// It gave its SIGSTOP back as it let go. Before that it gave it back here, and met it again.
    case givenBack([UInt32])
  }

  /// What one task owes, or is owed.
  private struct Balance: Hashable {
    /// A SIGSTOP of the tracer's own that was sent and not met yet; more than one are one.
    var owed: UInt32?
    /// The tracee stands in a stop by a SIGSTOP.
    var stop: UInt32?
    /// That one is the tracer's.
    var isOwn = false
    /// How often the tracer gave back its own.
    var returned: [UInt32] = []
    var hasStops = false
    /// It was taken by PTRACE_SEIZE, which sends no SIGSTOP: one that is sent as it is let go is meant to stop it.
    var isSeized = false
    /// The task that holds it.
    var tracer: TaskID
    /// The tracer's SIGSTOP was given to the task, which has stopped its process by it since: it stands still when no
    /// tracer lets it run.
    var isStopped = false
  }

  /// The tasks that were left stopped, in the order in which they were let go.
  package private(set) var left: [Left] = []
  private var balances: [TaskID: Balance] = [:]
  /// The tracers that asked for the children of their tasks, which are traced from their birth then.
  private var parents: Set<TaskID> = []

  /// A call on a task that was not refused.
  mutating func observe(
    _ call: RequestCall, on task: TaskID, by tracer: TaskID, at sequence: UInt32
  ) {
    if call.request.kind == .options, call.data & PtraceOption.children != 0 {
      parents.insert(tracer)
    }
    if call.request.kind == .attach { balances[task] = Balance(owed: sequence, tracer: tracer) }
    if call.request.kind == .seize { balances[task] = Balance(isSeized: true, tracer: tracer) }
    guard call.request.resumes || call.request == .detach, var balance = balances[task] else {
      return
    }
    let givesStop = call.data == UInt64(Signal.stop.rawValue)
    if givesStop, balance.isOwn, balance.stop != nil { balance.returned.append(sequence) }
    balance.stop = nil
    // A task that its tracer lets run out of its group-stop runs.
    if call.request != .detach, !givesStop { balance.isStopped = false }
    balances[task] = balance
    guard call.request == .detach else { return }
    balances[task] = nil
    if let sent = balance.owed, balance.hasStops, !balance.isSeized {
      left.append(Left(task: task, detached: sequence, how: .owed(sent: sent)))
    } else if balance.isOwn && givesStop || balance.isStopped {
      left.append(Left(task: task, detached: sequence, how: .givenBack(balance.returned)))
    }
  }

  /// A stop of a task.
  mutating func observe(
    _ stop: StopRecord, of task: TaskID, by tracer: TaskID, at sequence: UInt32
  ) {
    if stop.signal == .stop, stop.stopClass != .interrupt, balances[task] == nil,
      parents.contains(tracer)
    {
      // The kernel sends it to a child of a task that was taken by PTRACE_ATTACH.
      balances[task] = Balance(owed: sequence, tracer: tracer)
    }
    guard var balance = balances[task] else { return }
    balance.hasStops = true
    if stop.signal == .stop, stop.stopClass != .interrupt {
      if !balance.returned.isEmpty, balance.owed == nil { balance.isStopped = true }
      balance.isOwn = balance.owed != nil || !balance.returned.isEmpty
      balance.owed = nil
      balance.stop = sequence
    }
    balances[task] = balance
  }

  /// The tracer ended, and the kernel lets go of its tasks.
  mutating func end(tracer: TaskID, at sequence: UInt32) {
    for (task, balance) in balances.sorted(by: { $0.key < $1.key })
    where balance.tracer == tracer && balance.isStopped {
      left.append(Left(task: task, detached: sequence, how: .givenBack(balance.returned)))
      balances[task] = nil
    }
  }

  /// A signal that the tracer itself sent to a task.
  mutating func send(_ signal: Signal, to task: TaskID, at sequence: UInt32) {
    if signal == .stop { balances[task]?.owed = sequence }
    if signal == .continue {
      balances[task]?.owed = nil
      balances[task]?.isStopped = false
    }
  }
}
