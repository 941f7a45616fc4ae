package import FiniModel
internal import FiniProcfs

/// What a task that hangs looks like from outside, read from /proc without touching it.
package struct HangSnapshot: Sendable {
  /// The task.
  package var task: TaskID
  /// Its name, raw as the process chose it.
  package var name: String
  /// As an event keeps it.
  package var snapshot: Snapshot
  /// The kernel function that it sleeps in, where the kernel tells.
  package var sleepsIn: String?
  /// Looks at a task; `nil` if it is gone.
  package init?(of task: TaskID) {
    guard let status = try? TaskStatus(of: task) else { return nil }
    self.task = task
    name = status.name
    snapshot = Snapshot(state: status.state, sets: status.sets, caught: status.caught)
    if let word = try? ProcFile.word("/proc/\(task)/wchan"), word != "0", !word.isEmpty {
      sleepsIn = word
    }
    if let place = try? TaskCall(of: task) {
      snapshot.syscall = place.number
      snapshot.programCounter = place.programCounter
    }
  }

  /// What was seen, in one line.
  package var sentence: String {
    var words = "\(task) (\(name)): state \(Character(UnicodeScalar(snapshot.state)))"
    if let number = snapshot.syscall {
      words += ", in \(SyscallNumber.name(number) ?? "system call \(number)")"
    }
    if let sleepsIn { words += ", sleeps in \(sleepsIn)" }
    if let pc = snapshot.programCounter { words += ", pc \(pc)" }
    if let sets = snapshot.sets {
      words += ", pending \(sets.allPending), blocked \(sets.blocked)"
    }
    if let dr0 = snapshot.dr0 { words += ", DR0 \(RemoteAddress(dr0))" }
    if let dr7 = snapshot.dr7 { words += ", DR7 \(dr7)" }
    return words
  }
}
