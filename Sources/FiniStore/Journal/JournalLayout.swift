import FiniModel
import Synchronization

/// Where things stand in a journal: a header page, then slots of fixed size.
///
/// The bytes are those of this machine and of this version's ``EventRow``: a journal outlives its
/// recorder, never its tool. A header that tells of another layout is left to the tool that
/// wrote it.
enum JournalLayout {
  static let magic: UInt64 = 0x314c_4e52_554a_4e46  // "FNJURNL1"
  static let version: UInt32 = 1

  static let headerSize = 4096
  static let slotSize = 512
  static let defaultCapacity = 8192

  // The header. What is written while recording stands in cache lines of its own.
  static let magicOffset = 0
  static let versionOffset = 8
  static let slotSizeOffset = 12
  static let rowSizeOffset = 16
  static let recorderOffset = 20
  static let recorderStartOffset = 24
  static let runOffset = 32
  static let startedRealtimeOffset = 40
  static let capacityOffset = 48
  /// Tickets below this one are committed in the file.
  static let drainedOffset = 128
  /// The loss that no gap event tells of yet: ``PendingLoss``.
  static let lossOffset = 256

  // A slot.
  /// Ticket + 1, stored last and with release; 0 while the slot is empty or being written.
  static let commitOffset = 0
  static let checkOffset = 8
  static let hasRegistersOffset = 16
  static let rowOffset = 24
  static let rowSize = MemoryLayout<EventRow>.size
  static let registersOffset = 24 + (rowSize + 7) / 8 * 8
  static let registersSize = Int(Registers.byteCount)

  static var slotEnd: Int { registersOffset + registersSize }

  static func fileSize(capacity: Int) -> Int { headerSize + capacity * slotSize }
}

/// Events that the journal had no slot for, told as one.
struct PendingLoss: BitwiseCopyable {
  /// How many.
  var count: UInt64 = 0
  /// What the first of them was, for the place, the tasks and the time of the gap.
  var first = EventRow()
  /// When the last of them ended.
  var left: UInt64 = 0

  /// The gap event that stands for them.
  var row: EventRow {
    let gap = Event(
      sequence: first.sequence, source: Source(rawValue: first.source) ?? .engine,
      entered: Instant(rawValue: first.entered), left: Instant(rawValue: max(left, first.entered)),
      tracer: TaskID(first.tracer), tracee: TaskID(first.tracee), payload: .gap(lost: count))
    return EventRow(gap)
  }
}
