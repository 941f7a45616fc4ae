internal import FiniModel
internal import FiniProcfs

/// Where a 32-bit process can have memory: below 4 GiB, whoever asks.
///
/// The kernel picks an address above for an mmap made in 64-bit code, and then finds that the
/// process must not have it (ENOMEM). `MAP_32BIT` keeps it to the second GiB; where that is full, an
/// address in a gap elsewhere is taken if it is still free. docs/Decisions/0013 has what was measured.
struct LowMemory: Hashable {
  /// `MAP_32BIT` of mmap(2).
  static let flag: UInt64 = 0x40
  private static let end: UInt64 = 1 << 32

  /// The middle of the widest gap.
  var gap: RemoteAddress

  /// The process's memory, if it is a 32-bit process: it maps nothing above 4 GiB then, and a 64-bit
  /// one has at least its stack there, whatever code its threads run.
  init?(_ map: MemoryMap) {
    var last: UInt64 = 0x1_0000
    var widest: (start: UInt64, size: UInt64) = (0, 0)
    func consider(_ start: UInt64) {
      if start > last, start - last > widest.size { widest = (last, start - last) }
    }
    for mapping in map.mappings where mapping.name != "[vsyscall]" {
      guard mapping.range.end.rawValue <= LowMemory.end else { return nil }
      consider(mapping.range.start.rawValue)
      last = mapping.range.end.rawValue
    }
    gap = RemoteAddress((widest.start + widest.size / 2) & ~0xfff)
  }
}
