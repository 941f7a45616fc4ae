package import FiniModel

/// `/proc/<tid>/stat` as a value; see proc_pid_stat(5).
package struct TaskStat: Sendable {
  /// Field 2 without its parentheses: the name, unescaped as the process chose it.
  package var name: String
  /// Field 3: the letter of the state.
  package var state: UInt8
  /// Field 4: the parent of its process.
  package var parent: TaskID
  /// Field 9: the kernel's flags of the task.
  package var flags: UInt32
  /// Field 22: start time in clock ticks since boot.
  package var startTicks: UInt64

  /// Whether the task is a kernel thread: `PF_KTHREAD`.
  package var isKernelThread: Bool { flags & 0x0020_0000 != 0 }

  /// Whether the task is exiting: `PF_EXITING`.
  package var isExiting: Bool { flags & 4 != 0 }

  /// Whether it has ended, and its parent or the kernel must still remove it.
  package var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// Reads a task's stat.
  ///
  /// - Throws: ENOENT or ESRCH if there is no such task, EINVAL for text in another format.
  package init(of task: TaskID) throws(Errno) {
    // `/proc/<tid>/stat` adds up the times of all threads. With ten thousand threads that takes a
    // millisecond for each of them. `task/<tid>/stat` does not.
    try self.init(of: task, in: task)
  }

  /// Reads the stat of a thread of a process.
  ///
  /// - Throws: as ``init(of:)``; ENOENT also if the task belongs to another process.
  package init(of task: TaskID, in process: TaskID) throws(Errno) {
    try self.init(parsing: try ProcFile.read("/proc/\(process)/task/\(task)/stat"))
  }

  /// Reads text in the format of the file.
  ///
  /// - Throws: EINVAL for text in another format.
  package init(parsing bytes: [UInt8]) throws(Errno) {
    // The name may contain any byte, also ")". The last parenthesis ends it.
    guard let start = bytes.firstIndex(of: UInt8(ascii: "(")),
      let end = bytes.lastIndex(of: UInt8(ascii: ")")), start < end
    else { throw .invalidArgument }
    let fields = bytes[bytes.index(after: end)...].split(separator: 0x20, maxSplits: 20).map {
      String(decoding: $0, as: UTF8.self)
    }
    // The first field after the name is number 3.
    guard fields.count > 19, let state = fields[0].utf8.first, let parent = Int32(fields[1]),
      let flags = UInt32(fields[6]), let ticks = UInt64(fields[19])
    else { throw .invalidArgument }
    name = String(decoding: bytes[bytes.index(after: start)..<end], as: UTF8.self)
    self.state = state
    self.parent = TaskID(parent)
    self.flags = flags
    startTicks = ticks
  }
}
