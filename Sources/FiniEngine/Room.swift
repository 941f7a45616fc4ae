internal import FiniModel
internal import FiniProcfs

/// Where the parasite's memory is asked for in a process's address space.
///
/// In the middle of the widest gap it is out of the way: what the process maps meanwhile (a thread's
/// stack) comes to lie where it would without us. The address is a hint; the kernel takes another
/// one if it is not free (mmap(2)). The matrix has the proof, `thread-made` upon `many-maps`.
///
/// A 32-bit process can have memory only below 4 GiB, whoever asks: the kernel picks an address
/// above for an mmap made in 64-bit code, and then finds that the process must not have it (ENOMEM).
/// `MAP_32BIT` keeps it to the second GiB; where that is full, the gap is tried.
/// docs/Decisions/0013 has what was measured.
struct Room: Hashable {
  private static let lowEnd: UInt64 = 1 << 32
  /// Where four-level page tables end; `[vsyscall]` lies above.
  private static let highEnd: UInt64 = 1 << 47

  /// The middle of the widest gap.
  var gap: RemoteAddress
  /// Whether it is a 32-bit process's: it maps nothing above 4 GiB, and a 64-bit one has at least
  /// its stack there, whatever code its threads run.
  var isLow: Bool

  init(_ map: MemoryMap) {
    var last: UInt64 = 0x1_0000
    var widest: (start: UInt64, size: UInt64) = (0, 0)
    for mapping in map.mappings where mapping.range.end.rawValue <= Room.highEnd {
      let start = mapping.range.start.rawValue
      if start > last, start - last > widest.size { widest = (last, start - last) }
      last = mapping.range.end.rawValue
    }
    isLow = last <= Room.lowEnd
    gap = RemoteAddress((widest.start + widest.size / 2) & ~0xfff)
  }
}
