internal import FiniModel
internal import FiniProcfs
internal import FiniPtrace

/// The addresses at which the task makes system calls for the tracer.
struct CallSite: Hashable {
  /// The address for the call that makes the region, and for every call while there is no region.
  var first: RemoteAddress
  /// The address for any other call.
  var later: RemoteAddress
  /// The address for the munmap that takes the region away.
  var unmap: RemoteAddress
}

/// A place for a ``BridgeCode`` in the zero bytes after the last used byte of the vdso.
///
/// No code and no data is there. So nothing of the task is patched, and no other thread can run
/// into it. docs/Decisions/0010 has the alternatives that were tried.
@PtraceThread
final class Bridge {
  let start: RemoteAddress
  private let memory: RemoteMemory
  /// How many bytes of the bridge are written now.
  private var byteCount = 0
  /// Whether the bridge is written.
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

  /// The address that undoes the infection without a tracer. The region must be in `rbx`.
  var away: RemoteAddress { start + BridgeCode.away }

  /// Whether this address is in the bridge.
  func contains(_ address: RemoteAddress) -> Bool {
    address >= start && address < start + BridgeCode.capacity
  }

  /// Finds a free place. `nil` if the vdso has none, or if the memory may not be written.
  static func search(_ task: TaskID, in map: MemoryMap) -> Bridge? {
    guard let vdso = map.mappings.first(where: { $0.name == "[vdso]" && $0.isExecutable }),
      vdso.isReadable, let memory = try? RemoteMemory(of: task)
    else { return nil }
    // The image of the vdso ends with bytes that are not zero. So the rest of the last page is
    // free.
    let page = 4096
    let start = RemoteAddress(vdso.range.end.rawValue - UInt64(page))
    guard let bytes = try? readMemory(of: task, at: start, count: page), bytes.count == page,
      let used = bytes.lastIndex(where: { $0 != 0 })
    else { return nil }
    // Each recorder of a thread of this process takes a place of its own: the zero bytes begin
    // after the bridges that stand already.
    let free = (used + 1 + 63) / 64 * 64
    guard free + BridgeCode.capacity <= page else { return nil }
    return Bridge(start: start + free, memory: memory)
  }

  /// Whether the opened memory is still the task's, and whether the place in it is still free.
  ///
  /// After an execve the descriptor refers to memory that is gone: a read returns nothing. If that
  /// memory lives on (a vfork parent has it too), both memories must have zeros here.
  func isIn(_ task: TaskID) -> Bool {
    memory.word(at: start) == 0 && readHalfWord(of: task, at: start) == 0
  }

  /// Writes the code. Returns `false` if it does not stand there afterwards.
  ///
  /// After an execve by another thread the descriptor refers to memory that is gone. So the code is
  /// read back from the memory that the task has now.
  func build(_ code: BridgeCode, in task: TaskID) -> Bool {
    var bytes = code.bytes
    let result = unsafe withUnsafeBytes(of: &bytes) {
      unsafe memory.write(UnsafeRawBufferPointer(rebasing: $0[..<code.count]), at: start)
    }
    byteCount = max(0, Int(result))
    return byteCount == code.count && readHalfWord(of: task, at: start) == 0x050f
  }

  /// Writes the zeros back. Returns the error if that fails.
  ///
  /// It writes no more bytes than ``build(_:in:)`` wrote: the bridge of another recorder may follow
  /// directly.
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

  /// A bridge that was built and not taken away.
  struct Standing: Hashable {
    /// Where it is.
    var range: RemoteRange
    /// The setting of Syscall User Dispatch that it would give back.
    var dispatch: SyscallDispatch?
  }

  /// Finds all bridges that stand, of any recorder.
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

  /// Takes away a bridge that was left. Returns the error if that fails.
  static func clear(_ bridge: Standing, in task: TaskID) -> Errno? {
    do {
      let range = bridge.range
      return clear(range.start, Int(range.byteCount), try RemoteMemory(of: task))
    } catch {
      return error
    }
  }
}
