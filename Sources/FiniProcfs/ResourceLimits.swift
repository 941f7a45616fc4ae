package import FiniModel

/// The soft limits of a process, from `/proc/<pid>/limits`; see proc_pid_limits(5) and getrlimit(2).
package struct ResourceLimits: Hashable, Sendable {
  /// RLIMIT_NOFILE; `nil` if it is not known.
  package var openFiles: UInt64?
  /// RLIMIT_AS, in bytes; `nil` for no limit.
  package var addressSpace: UInt64?

  /// RLIMIT_MEMLOCK, in bytes; `nil` for no limit.
  package var lockedMemory: UInt64?
  /// The hard limit to that; `nil` for none.
  package var mostLockedMemory: UInt64?

  /// Reads a process's limits; what can't be read stays `nil`.
  package init(of process: TaskID) {
    self.init(parsing: (try? ProcFile.read("/proc/\(process)/limits")) ?? [])
  }

  /// Reads text in the format of the file.
  package init(parsing bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      // Names have blanks in them: columns are 26 wide, and the soft limit is the second.
      guard line.count > 26 else { continue }
      let name = String(decoding: line.prefix(26), as: UTF8.self)
      let soft = line.dropFirst(26).prefix { $0 != 0x20 }
      let value = UInt64(String(decoding: soft, as: UTF8.self))
      if name.hasPrefix("Max open files ") { openFiles = value }
      if name.hasPrefix("Max locked memory ") {
        lockedMemory = value
        let columns = line.dropFirst(26).split(separator: 0x20)
        if columns.count > 1 {
          mostLockedMemory = UInt64(String(decoding: columns[1], as: UTF8.self))
        }
      }
      if name.hasPrefix("Max address space ") { addressSpace = value }
    }
  }
}
