internal import CFiniPtrace
internal import FiniModel

/// Room for a task's extended state (x87, SSE, AVX, ...), made before the task is stopped.
///
/// The bytes are those of `NT_X86_XSTATE`: an XSAVE area in the uncompacted format. Processors with
/// tile registers need 11,008 bytes, so the room is larger than any known area.
@PtraceThread
@safe public final class ExtendedState {
  /// Bytes in use.
  public private(set) var byteCount = 0
  private let buffer: UnsafeMutableRawBufferPointer
  private static let room = 65_536

  /// Makes the room.
  public init() {
    unsafe buffer = .allocate(byteCount: ExtendedState.room, alignment: 64)
    _ = unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  isolated deinit { unsafe buffer.deallocate() }

  func fill(_ tracee: TaskID) -> Int64 {
    var size = UInt64(ExtendedState.room)
    let result = unsafe fini_get_regset(
      tracee.rawValue, NoteType.extendedState, buffer.baseAddress, &size)
    if result >= 0 { byteCount = Int(size) }
    return result
  }

  /// Hands out the bytes.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let used = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<byteCount])
    return unsafe body(used)
  }

  /// A 64-bit digest of the bytes (FNV-1a over words): equal states have equal digests.
  ///
  /// XSTATE_BV (the word at 512) is left out: it tells which components the processor has seen
  /// away from their initial values, and it may forget that at any save (XINUSE in the manual of
  /// the processor). The kernel hands out the initial values of a component that is not in it.
  public var digest: UInt64 {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    var offset = 0
    while offset + 8 <= byteCount {
      let isInUseBits = offset == 512
      let word = isInUseBits ? 0 : unsafe buffer.load(fromByteOffset: offset, as: UInt64.self)
      digest = (digest ^ word) &* 0x100_0000_01b3
      digest ^= digest >> 29
      offset += 8
    }
    return digest
  }

  /// The features that the processor's XCR0 has, as the kernel notes them in the area.
  public var features: UInt64 {
    precondition(byteCount > 472, "no extended state was read")
    return unsafe buffer.load(fromByteOffset: 464, as: UInt64.self)
  }
}
