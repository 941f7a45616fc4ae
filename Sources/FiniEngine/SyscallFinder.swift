internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// Finds bytes in a task's memory that the cure can use, so that no text is patched.
///
/// docs/Decisions/0004 says why an instruction is found and not written. A ``Bridge`` is preferred:
/// at a found instruction nothing brings the task back if the tracer dies.
struct SyscallFinder {
  /// The address of a `syscall` instruction (0f 05).
  var instruction: RemoteAddress
  /// The address of a readable string that names our memory file.
  var name: RemoteAddress

  /// The same for a task whose mappings were not read yet.
  static func search(_ task: TaskID) throws(CureError) -> SyscallFinder {
    let map: MemoryMap
    do { map = try MemoryMap(of: task) } catch { throw .local("reading its maps", error) }
    return try search(task, in: map)
  }

  /// Searches the vdso first, then every other executable mapping.
  static func search(_ task: TaskID, in map: MemoryMap) throws(CureError) -> SyscallFinder {
    let executable = map.mappings.filter { $0.isExecutable && $0.isReadable }
    let ordered =
      executable.filter { $0.name == "[vdso]" } + executable.filter { $0.name != "[vdso]" }
    for mapping in ordered where mapping.name != "[vsyscall]" {
      if let found = search(task, mapping) { return found }
    }
    throw .noSyscallInstruction
  }

  private static func search(_ task: TaskID, _ mapping: MemoryMap.Mapping) -> SyscallFinder? {
    let chunk = 1 << 20
    var at = mapping.range.start
    while at < mapping.range.end {
      let count = min(chunk, Int(mapping.range.end.rawValue - at.rawValue))
      // A hole in the mapping (a file that shrank) only means: search elsewhere.
      guard let bytes = try? readMemory(of: task, at: at, count: count) else { return nil }
      if let offset = bytes.firstOffset(of: [0x0f, 0x05]) {
        // The vdso calls itself linux-vdso.so.1; elsewhere any zero byte is an empty name.
        let name = bytes.firstOffset(of: Array("linux-vdso".utf8)) ?? bytes.firstIndex(of: 0)
        if let name { return SyscallFinder(instruction: at + offset, name: at + name) }
      }
      at = at + count
    }
    return nil
  }

  var site: CallSite { CallSite(first: instruction, later: instruction, unmap: instruction) }

  /// Whether the instruction is still there: the task may have called execve meanwhile.
  func stillHolds(in task: TaskID) -> Bool {
    readHalfWord(of: task, at: instruction) == 0x050f
  }
}

extension [UInt8] {
  /// The offset of the first place where these bytes stand.
  func firstOffset(of needle: [UInt8]) -> Int? {
    guard let first = needle.first, count >= needle.count else { return nil }
    var index = 0
    while index + needle.count <= count {
      if self[index] == first, self[index..<index + needle.count].elementsEqual(needle) {
        return index
      }
      index += 1
    }
    return nil
  }
}
