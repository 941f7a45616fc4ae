internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// Where the task makes system calls for us.
struct CallSite: Hashable {
  /// For the call that makes the region, and while there is none.
  var first: RemoteAddress
  /// For any other call.
  var later: RemoteAddress
  /// For the munmap that takes the region away.
  var unmap: RemoteAddress
}

/// A place for a ``BridgeCode`` in the zero bytes behind the vdso's last one.
///
/// No code and no data is there, so nothing of the task is patched, and no other thread can come
/// by. docs/Decisions/0010 tells what else was thought of.
@PtraceThread
final class Bridge {
  let start: RemoteAddress
  private let memory: RemoteMemory
  /// How many bytes of ours stand there.
  private var byteCount = 0
  /// Whether our bytes stand there.
  var stands: Bool { byteCount > 0 }

  private init(start: RemoteAddress, memory: consuming RemoteMemory) {
    self.start = start
    self.memory = memory
  }

  var site: CallSite {
    CallSite(
      first: start + BridgeCode.first, later: start + BridgeCode.later,
      unmap: start + BridgeCode.unmap)
  }

  /// Where a task is sent that shall undo the infection by itself, with the region in `rbx`.
  var away: RemoteAddress { start + BridgeCode.away }

  /// Whether this is an address in it.
  func contains(_ address: RemoteAddress) -> Bool {
    address >= start && address < start + BridgeCode.capacity
  }

  /// Finds room; `nil` where there is none, or no right to write there.
  static func search(_ task: TaskID, in map: MemoryMap) -> Bridge? {
    guard let vdso = map.mappings.first(where: { $0.name == "[vdso]" && $0.isExecutable }),
      vdso.isReadable, let memory = try? RemoteMemory(of: task)
    else { return nil }
    // What the image ends with is not zero, so the last page can be trusted beyond that.
    let page = 4096
    let start = RemoteAddress(vdso.range.end.rawValue - UInt64(page))
    guard let bytes = try? readMemory(of: task, at: start, count: page), bytes.count == page,
      let used = bytes.lastIndex(where: { $0 != 0 })
    else { return nil }
    // Each recorder of a thread of this process takes room of its own: one that stands already
    // ends the zero bytes.
    let free = (used + 1 + 63) / 64 * 64
    guard free + BridgeCode.capacity <= page else { return nil }
    return Bridge(start: start + free, memory: memory)
  }

  /// Whether the memory that was opened is still the task's, and the room in it still free.
  ///
  /// After an execve the descriptor means memory that is gone, and nothing can be read there. Where that
  /// lives on, as that of a vfork parent does, both must have zeros here.
  func isIn(_ task: TaskID) -> Bool {
    memory.word(at: start) == 0 && readHalfWord(of: task, at: start) == 0
  }

  /// Writes the code; `false` if it does not stand there afterwards.
  ///
  /// After an execve by another thread the descriptor means memory that is gone, and reading the
  /// task's present memory tells.
  func build(_ code: BridgeCode, in task: TaskID) -> Bool {
    var bytes = code.bytes
    let result = unsafe withUnsafeBytes(of: &bytes) {
      unsafe memory.write(UnsafeRawBufferPointer(rebasing: $0[..<code.count]), at: start)
    }
    byteCount = max(0, Int(result))
    return byteCount == code.count && readHalfWord(of: task, at: start) == 0x050f
  }

  /// Writes the zeros back; returns the error if that fails.
  ///
  /// No more than was written: another recorder's bridge may follow right after.
  func remove(from task: TaskID) -> Errno? {
    guard stands else { return nil }
    let error = Bridge.clear(start, byteCount, memory)
    if error == nil { byteCount = 0 }
    return error
  }

  private static func clear(
    _ start: RemoteAddress, _ count: Int, _ memory: borrowing RemoteMemory
  ) -> Errno? {
    let zeros = InlineArray<320, UInt8>(repeating: 0)
    let result = unsafe withUnsafeBytes(of: zeros) {
      unsafe memory.write(UnsafeRawBufferPointer(rebasing: $0[..<count]), at: start)
    }
    return Errno(result: result)
  }

  // MARK: bridges that were left

  /// A bridge that somebody built and did not take away.
  struct Standing: Hashable {
    /// Where it is.
    var range: RemoteRange
    /// The setting of Syscall User Dispatch that it would give back.
    var dispatch: SyscallDispatch?
  }

  /// Finds bridges that stand, whoever built them.
  nonisolated static func standing(in task: TaskID, _ map: MemoryMap) -> [Standing] {
    guard let vdso = map.mappings.first(where: { $0.name == "[vdso]" && $0.isReadable }) else {
      return []
    }
    let start = RemoteAddress(vdso.range.end.rawValue - 4096)
    guard let bytes = try? readMemory(of: task, at: start, count: 4096), bytes.count == 4096 else {
      return []
    }
    return stride(from: 0, to: 4096 - BridgeCode.head.count, by: 64).filter {
      bytes[$0..<$0 + BridgeCode.head.count].elementsEqual(BridgeCode.head)
    }.compactMap {
      let code = bytes[$0..<min($0 + BridgeCode.capacity, bytes.count)]
      return BridgeCode.byteCount(of: code).map { size in
        Standing(
          range: RemoteRange(start: start + code.startIndex, end: start + code.startIndex + size),
          dispatch: BridgeCode.dispatch(of: code))
      }
    }
  }

  /// Takes away a bridge that was left; returns the error if that fails.
  static func clear(_ bridge: Standing, in task: TaskID) -> Errno? {
    do {
      let range = bridge.range
      return clear(range.start, Int(range.byteCount), try RemoteMemory(of: task))
    } catch {
      return error
    }
  }
}
