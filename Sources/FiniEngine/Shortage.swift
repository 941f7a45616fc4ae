internal import FiniModel
internal import FiniProcfs

/// What a task has run out of, so that it can't be infected.
package enum Shortage: Hashable, Sendable {
  /// As many descriptors as RLIMIT_NOFILE allows are open; three more are needed.
  case descriptors(limit: UInt64)
  /// RLIMIT_AS allows no further mapping of this size, in bytes.
  case addressSpaceLimit(limit: UInt64, needed: Int)
  /// It has as many mappings as vm.max_map_count allows.
  case mappings(limit: Int)
  /// Its memory is locked, and so are new mappings; RLIMIT_MEMLOCK allows no more. In bytes.
  case lockedMemory(limit: UInt64, most: UInt64?, locked: UInt64, needed: Int)
  /// It must not have memory that is writable and executable.
  case executableMemory
  /// No gap between its mappings has this size, in bytes.
  case gap(needed: Int)

  /// The cause and the remedy, as one line.
  func message(for process: TaskID) -> String {
    switch self {
    case .descriptors(let limit):
      "process \(process) has no descriptor left: RLIMIT_NOFILE is \(limit), and 3 more are needed;"
        + " prlimit --pid \(process) --nofile=\(limit + 3): makes room"
    case .addressSpaceLimit(let limit, let needed):
      "process \(process) may map nothing more: RLIMIT_AS is \(limit), and \(needed) bytes more are"
        + " needed; prlimit --pid \(process) --as=\(limit + UInt64(needed)): makes room"
    case .mappings(let limit):
      "process \(process) has as many mappings as vm.max_map_count allows, \(limit), and one more is"
        + " needed; sysctl vm.max_map_count=\(limit + 1) makes room"
    case .lockedMemory(let limit, let most, let locked, let needed):
      "process \(process) locks all that it maps (MCL_FUTURE of mlockall(2)), and RLIMIT_MEMLOCK is \(limit);"
        + " prlimit --pid \(process) --memlock=\(Shortage.limits(locked + UInt64(needed), most)) makes room"
    case .executableMemory:
      "process \(process) may map nothing that can be written and executed (PR_SET_MDWE, which"
        + " MemoryDenyWriteExecute= of systemd sets, or a security module), and can't get back that right;"
        + " start it without that"
    case .gap(let needed):
      "the address space of process \(process) has no gap of \(needed) bytes;"
        + " it must unmap something first"
    }
  }

  /// The shortage that caused a remote system call to fail; `nil` if it was none.
  init?(causing error: CureError, of process: TaskID, needed: Int) {
    guard case .remoteSyscall(let number, let errno) = error else { return nil }
    switch (number, errno) {
    case (SyscallNumber.memfdCreate, .tooManyFiles),
      (SyscallNumber.socketpair, .tooManyFiles):
      guard let limit = ResourceLimits(of: process).openFiles else { return nil }
      self = .descriptors(limit: limit)
    case (SyscallNumber.mmap, .outOfMemory):
      self = Shortage.ofRoom(process, needed: needed)
    case (SyscallNumber.mmap, .resourceTemporarilyUnavailable):
      let limits = ResourceLimits(of: process)
      guard let limit = limits.lockedMemory else { return nil }
      let locked = (try? TaskStatus(of: process))?.lockedBytes ?? 0
      self = .lockedMemory(
        limit: limit, most: limits.mostLockedMemory, locked: locked, needed: needed)
    case (SyscallNumber.mmap, .accessDenied):
      self = .executableMemory
    default:
      return nil
    }
  }

  /// A soft limit in the form of prlimit(1), with the hard limit if that must be raised too.
  private static func limits(_ soft: UInt64, _ most: UInt64?) -> String {
    if let most, most < soft { return "\(soft):\(soft)" }
    return "\(soft):"
  }

  private static func ofRoom(_ process: TaskID, needed: Int) -> Shortage {
    let map = try? MemoryMap(of: process)
    let mappings = map?.mappings ?? []
    let mapped = mappings.reduce(0) { $0 + $1.range.byteCount }
    if let limit = ResourceLimits(of: process).addressSpace, mapped + UInt64(needed) > limit {
      return .addressSpaceLimit(limit: limit, needed: needed)
    }
    // The vsyscall page is listed but does not count.
    let count = mappings.count(where: { $0.name != "[vsyscall]" })
    if let text = try? ProcFile.word("/proc/sys/vm/max_map_count"), let limit = Int(text),
      count >= limit
    {
      return .mappings(limit: limit)
    }
    return .gap(needed: needed)
  }
}
