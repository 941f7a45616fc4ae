internal import CFiniParasite
internal import FiniModel
internal import FiniPtrace

/// The memory that tracer and parasite share, and its layout.
///
///     0            code      the blob
///     page         arguments struct fini_arguments, then a siginfo for held signals
///     2 pages      sigframe  ucontext, then the extended state
///     ...          stack     grows down from the end
@safe struct ParasiteMemory {
  static let page = 4096
  static let stackBytes = 8192
  static let argumentsOffset = page
  static let signalInfoOffset = page + 1024
  static let frameOffset = 2 * page

  /// Size of the whole, in bytes, a multiple of a page.
  let byteCount: Int
  private let base: UnsafeMutableRawPointer

  /// The size for a task with an extended state of this size.
  static func byteCount(extendedStateBytes: Int) -> Int {
    let frame = Sigframe.byteCount(extendedStateBytes: extendedStateBytes)
    return frameOffset + (frame + page - 1) / page * page + stackBytes
  }

  /// Takes ownership of a mapping of `byteCount` zero bytes, and copies the blob into it.
  init(mapping: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe base = mapping
    self.byteCount = byteCount
    precondition(fini_parasite_size() <= UInt64(ParasiteMemory.page), "the blob outgrew its page")
    unsafe base.copyMemory(
      from: fini_parasite_start(), byteCount: Int(fini_parasite_size()))
  }

  /// Gives the mapping back to the kernel.
  func unmap() -> Int64 { unsafe unmapShared(base, byteCount) }

  var arguments: fini_arguments {
    get {
      unsafe base.load(fromByteOffset: ParasiteMemory.argumentsOffset, as: fini_arguments.self)
    }
    nonmutating set {
      // The life lock at the front is in use: only what comes after it is written.
      let lock = MemoryLayout<UInt64>.size * 8
      unsafe withUnsafeBytes(of: newValue) { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[lock...])
        guard let start = rest.baseAddress else { return }
        unsafe base.advanced(by: ParasiteMemory.argumentsOffset + lock)
          .copyMemory(from: start, byteCount: rest.count)
      }
    }
  }

  /// The word that says which side, tracer or parasite, may write the shared memory. The parasite
  /// writes it too.
  var writer: SharedWord {
    let offset = MemoryLayout<fini_arguments>.offset(of: \.writer) ?? 0
    return unsafe SharedWord(base + ParasiteMemory.argumentsOffset + offset)
  }

  /// Hands the memory over to the parasite, which may be asleep on the life lock.
  func handOver() {
    unsafe handOverTo(
      UInt32(FINI_WRITER_PARASITE), writer, wakingAt: base + ParasiteMemory.argumentsOffset)
  }

  /// The packet that lies in the memory, for a parasite without a socket.
  var mail: fini_packet {
    get { unsafe base.load(fromByteOffset: mailOffset, as: fini_packet.self) }
    nonmutating set {
      unsafe base.storeBytes(of: newValue, toByteOffset: mailOffset, as: fini_packet.self)
    }
  }
  private var mailOffset: Int {
    ParasiteMemory.argumentsOffset + (MemoryLayout<fini_arguments>.offset(of: \.mail) ?? 0)
  }

  func lockLife() -> Int64 { unsafe lifeLock(base + ParasiteMemory.argumentsOffset) }
  func unlockLife() -> Int64 { unsafe lifeUnlock(base + ParasiteMemory.argumentsOffset) }

  func withFrame(_ body: (UnsafeMutableRawPointer) -> Void) {
    unsafe body(base + ParasiteMemory.frameOffset)
  }

  func put(_ info: RawSignalInfo) {
    for index in 0..<16 {
      unsafe base.storeBytes(
        of: info.words[index], toByteOffset: ParasiteMemory.signalInfoOffset + index * 8,
        as: UInt64.self)
    }
  }
}
