internal import FiniModel
internal import FiniProcfs

/// What a task has nothing left of, so that it can't be infected.
public enum Shortage: Hashable, Sendable {
  /// As many descriptors as RLIMIT_NOFILE allows are open; three more are needed.
  case descriptors(limit: UInt64)
  /// RLIMIT_AS allows no further mapping of this size, in bytes.
  case addressSpaceLimit(limit: UInt64, needed: Int)
  /// It has as many mappings as vm.max_map_count allows.
  case mappings(limit: Int)
  /// No gap between its mappings has this size, in bytes.
  case room(needed: Int)

  /// Cause and remedy.
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
    case .room(let needed):
      "the address space of process \(process) has no gap of \(needed) bytes;"
        + " it must unmap something first"
    }
  }

  /// What is behind the failure of a system call that the task made for us; `nil` if it is no shortage.
  init?(behind error: CureError, of process: TaskID, needed: Int) {
    guard case .remoteSyscall(let number, let errno) = error else { return nil }
    switch (number, errno) {
    case (RemoteCalls.Number.memfdCreate, .tooManyFiles),
      (RemoteCalls.Number.socketpair, .tooManyFiles):
      guard let limit = ResourceLimits(of: process).openFiles else { return nil }
      self = .descriptors(limit: limit)
    case (RemoteCalls.Number.mmap, .outOfMemory):
      self = Shortage.ofRoom(process, needed: needed)
    default:
      return nil
    }
  }

  private static func ofRoom(_ process: TaskID, needed: Int) -> Shortage {
    let map = try? MemoryMap(of: process)
    let mappings = map?.mappings ?? []
    let mapped = mappings.reduce(0) { $0 + $1.range.byteCount }
    if let limit = ResourceLimits(of: process).addressSpace, mapped + UInt64(needed) > limit {
      return .addressSpaceLimit(limit: limit, needed: needed)
    }
    // The vsyscall page is listed and does not count.
    let count = mappings.count(where: { $0.name != "[vsyscall]" })
    if let text = try? ProcFile.word("/proc/sys/vm/max_map_count"), let limit = Int(text),
      count >= limit
    {
      return .mappings(limit: limit)
    }
    return .room(needed: needed)
  }
}
