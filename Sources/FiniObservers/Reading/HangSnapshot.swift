public import FiniModel
internal import FiniProcfs

/// What a task that hangs looks like from outside, read from /proc without touching it.
public struct HangSnapshot: Sendable {
  /// The task.
  public var task: TaskID
  /// Its name, raw as the process chose it.
  public var name: String
  /// As an event keeps it.
  public var snapshot: Snapshot
  /// The kernel function that it sleeps in, where the kernel tells.
  public var sleepsIn: String?
  /// The system call that it is in, by its number.
  public var call: UInt64?

  /// Looks at a task; `nil` if it is gone.
  public init?(of task: TaskID) {
    guard let status = try? TaskStatus(of: task) else { return nil }
    self.task = task
    name = status.name
    snapshot = Snapshot(state: status.state, sets: status.sets)
    if let word = try? ProcFile.word("/proc/\(task)/wchan"), word != "0", !word.isEmpty {
      sleepsIn = word
    }
    if let place = try? TaskCall(of: task) {
      call = place.number
      snapshot.programCounter = place.programCounter
    }
  }

  /// What was seen, in one line.
  public var sentence: String {
    var words = "\(task) (\(name)): state \(Character(UnicodeScalar(snapshot.state)))"
    if let call { words += ", in system call \(call)" }
    if let sleepsIn { words += ", sleeps in \(sleepsIn)" }
    if let pc = snapshot.programCounter { words += ", pc \(pc)" }
    if let sets = snapshot.sets {
      words += ", pending \(sets.allPending), blocked \(sets.blocked)"
    }
    return words
  }
}
