package import FiniModel

/// `/proc/<tid>/syscall` as a value: where a task that does not run is; see proc_pid_syscall(5).
///
/// The kernel shows it to users that may trace the task.
package struct TaskCall: Hashable, Sendable {
  /// The number of the system call that it is in; `nil` outside of one.
  package var number: UInt64?
  /// Where it is in user space.
  package var programCounter: RemoteAddress

  /// Reads it for a task; `nil` if the task runs.
  ///
  /// - Throws: the error of open(2) or read(2): EPERM for a user that may not trace it.
  package init?(of task: TaskID) throws(Errno) {
    self.init(parsing: try ProcFile.word("/proc/\(task)/syscall"))
  }

  /// Reads a line in the format of the file: `NUMBER ARGUMENTS SP PC`, `-1 SP PC` or `running`.
  package init?(parsing line: String) {
    let words = line.split(separator: " ")
    guard words.count >= 3, let number = Int64(words[0]), let last = words.last,
      last.hasPrefix("0x"), let address = UInt64(last.dropFirst(2), radix: 16)
    else { return nil }
    self.number = number < 0 ? nil : UInt64(number)
    programCounter = RemoteAddress(address)
  }
}
