package import FiniModel

/// The mappings of a process, from `/proc/<pid>/maps`; see proc_pid_maps(5).
package struct MemoryMap: Sendable {
  /// One mapping.
  package struct Mapping: Hashable, Sendable {
    /// Where it lies.
    package var range: RemoteRange
    /// The four letters, such as `r-xp`.
    package var permissions: String
    /// What is mapped: a path, `[vdso]`, or empty.
    package var name: String

    /// Whether instructions can be fetched from it.
    package var isExecutable: Bool { permissions.contains("x") }
    /// Whether it can be read.
    package var isReadable: Bool { permissions.hasPrefix("r") }
  }

  /// The mappings in order of their addresses.
  package var mappings: [Mapping]

  /// Reads the mappings of a task's process.
  ///
  /// - Throws: EACCES if this user may not read them, ENOENT or ESRCH if the task is gone.
  package init(of task: TaskID) throws(Errno) {
    self.init(parsing: try ProcFile.read("/proc/\(task)/maps"))
  }

  /// Reads text in the format of the file; a line that has another format is left out.
  package init(parsing bytes: [UInt8]) {
    mappings = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: 0x20, maxSplits: 5, omittingEmptySubsequences: true).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard fields.count >= 5 else { return nil }
      let bounds = fields[0].split(separator: "-")
      guard bounds.count == 2, let start = UInt64(bounds[0], radix: 16),
        let end = UInt64(bounds[1], radix: 16), start <= end
      else { return nil }
      let name = fields.count > 5 ? String(fields[5].drop { $0 == " " }) : ""
      return Mapping(
        range: RemoteRange(start: RemoteAddress(start), end: RemoteAddress(end)),
        permissions: fields[1], name: name)
    }
  }

  /// The mapping that an address lies in.
  package func mapping(at address: RemoteAddress) -> Mapping? {
    mappings.first { $0.range.contains(address) }
  }
}
