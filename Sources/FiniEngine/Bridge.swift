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
  /// Whether our bytes stand there.
  private(set) var stands = false

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

  /// Writes the code; `false` if it does not stand there afterwards.
  ///
  /// After an execve by another thread the descriptor means memory that is gone, and reading the
  /// task's present memory tells.
  func build(_ code: BridgeCode, in task: TaskID) -> Bool {
    var bytes = code.bytes
    let result = unsafe withUnsafeBytes(of: &bytes) {
      unsafe memory.write(UnsafeRawBufferPointer(rebasing: $0[..<code.count]), at: start)
    }
    stands = result == Int64(code.count)
    return stands && readHalfWord(of: task, at: start) == 0x050f
  }

  /// Writes the zeros back; returns a negated error number, or how many bytes differ.
  func remove(from task: TaskID) -> Int64 {
    guard stands else { return 0 }
    var zeros = InlineArray<320, UInt8>(repeating: 0)
    let result = unsafe withUnsafeBytes(of: &zeros) { unsafe memory.write($0, at: start) }
    if result < 0 { return result }
    stands = false
    return 0
  }
}
