internal import FiniModel
internal import FiniProof
internal import FiniProcfs

/// Reads in /proc where the stopped tracees of another tracer are.
struct VictimReader {
  private var readers: [TaskID: SignalSetReader] = [:]

  /// Reads the state of a task whose stop was just reported to its tracer.
  mutating func read(_ task: TaskID) -> ForeignStream.SeenState {
    let place = try? TaskCall(of: task)
    return ForeignStream.SeenState(
      programCounter: place?.programCounter, callNumber: place?.number, sets: sets(of: task))
  }

  /// Closes what was opened for a task.
  mutating func forget(_ task: TaskID) { readers[task] = nil }

  private mutating func sets(of task: TaskID) -> SignalSets? {
    if let reading = readers[task]?.read() { return reading.sets }
    // The first time, or another task has the number now.
    readers[task] = try? SignalSetReader(task)
    return readers[task]?.read()?.sets
  }
}
