internal import FiniModel
internal import FiniProof
internal import FiniProcfs

/// Looks at stopped tracees of another tracer, by /proc alone.
struct VictimEyes {
  private var readers: [TaskID: SignalSetReader] = [:]

  /// Looks at a task of which its tracer was just told that it stopped.
  mutating func look(at task: TaskID) -> ForeignStream.Look {
    let place = try? TaskCall(of: task)
    return ForeignStream.Look(
      programCounter: place?.programCounter, callNumber: place?.number, sets: sets(of: task))
  }

  /// Closes what was opened for a task.
  mutating func forget(_ task: TaskID) { readers[task] = nil }

  private mutating func sets(of task: TaskID) -> SignalSets? {
    if let look = readers[task]?.look() { return look.sets }
    // The first time, or another task has the number now.
    readers[task] = try? SignalSetReader(task)
    return readers[task]?.look()?.sets
  }
}
