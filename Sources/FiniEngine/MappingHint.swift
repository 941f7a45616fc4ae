internal import FiniModel
internal import FiniProcfs

/// The address that the cure asks for when it maps the parasite's memory.
///
/// In the middle of the widest gap the memory disturbs nothing: other mappings of the process (a
/// thread's stack) get the addresses that they would get without it. The address is a hint; the
/// kernel takes another one if it is not free (mmap(2)). The matrix has the proof, `thread-made` on
/// `many-maps`.
///
/// A 32-bit process can have memory only below 4 GiB. For an mmap made in 64-bit code the kernel
/// picks an address above that, and then fails because the process must not have it (ENOMEM).
/// `MAP_32BIT` limits the address to the second GiB; if that is full, the gap is tried.
/// docs/Decisions/0013 has what was measured.
struct MappingHint: Hashable {
  private static let lowEnd: UInt64 = 1 << 32
  /// Where four-level page tables end; `[vsyscall]` lies above.
  private static let highEnd: UInt64 = 1 << 47

  /// The middle of the widest gap.
  var gap: RemoteAddress
  /// Whether the process is 32-bit. It maps nothing above 4 GiB; a 64-bit process has at least its
  /// stack there, whatever code its threads run.
  var isLow: Bool

  init(_ map: MemoryMap) {
    var last: UInt64 = 0x1_0000
    var widest: (start: UInt64, size: UInt64) = (0, 0)
    for mapping in map.mappings where mapping.range.end.rawValue <= MappingHint.highEnd {
      let start = mapping.range.start.rawValue
      if start > last, start - last > widest.size { widest = (last, start - last) }
      last = mapping.range.end.rawValue
    }
    isLow = last <= MappingHint.lowEnd
    gap = RemoteAddress((widest.start + widest.size / 2) & ~0xfff)
  }
}
