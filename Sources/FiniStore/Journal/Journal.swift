import FiniModel
import Glibc
import Synchronization

/// The shared mapping of a journal file: slots, commit words, counters.
///
/// One thread writes slots and one at a time empties them; the commit word of a slot and the
/// count of drained tickets are the only things that both touch.
@safe final class Journal: @unsafe @unchecked Sendable {
  let path: String
  let capacity: Int
  let descriptor: Int32
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int

  /// Takes over a descriptor of a file of the right size.
  init(path: String, descriptor: Int32, capacity: Int) throws(StoreError) {
    precondition(JournalLayout.slotEnd <= JournalLayout.slotSize, "a row outgrew its slot")
    let byteCount = JournalLayout.fileSize(capacity: capacity)
    guard
      let base = unsafe mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | Int32(MAP_POPULATE), descriptor, 0),
      unsafe base != MAP_FAILED
    else { throw StoreError(errno: errno, path: path, creating: true) }
    self.path = path
    self.capacity = capacity
    self.descriptor = descriptor
    unsafe self.base = base
    self.byteCount = byteCount
  }

  deinit {
    unsafe munmap(base, byteCount)
    // Gives up the lock that tells others that the recorder lives.
    close(descriptor)
  }

  // MARK: Words of the header

  func header<Word: BitwiseCopyable>(_ offset: Int, as type: Word.Type) -> Word {
    unsafe base.loadUnaligned(fromByteOffset: offset, as: type)
  }

  func setHeader<Word: BitwiseCopyable>(_ offset: Int, to word: Word) {
    unsafe base.storeBytes(of: word, toByteOffset: offset, as: Word.self)
  }

  var drained: UInt64 {
    get { unsafe atomic(at: JournalLayout.drainedOffset).pointee.load(ordering: .acquiring) }
    set {
      unsafe atomic(at: JournalLayout.drainedOffset).pointee.store(newValue, ordering: .releasing)
    }
  }

  /// Writes to every page, so that recording meets none for the first time.
  func touch() {
    for offset in stride(from: 0, to: byteCount, by: 4096) {
      unsafe base.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
    }
  }

  // MARK: Slots

  /// Writes a slot and commits it. Reached only by the thread that records.
  @inline(__always)
  func write(_ row: EventRow, registers: Registers?, ticket: UInt64) {
    let slot = self.offset(of: ticket)
    let commit = unsafe atomic(at: slot + JournalLayout.commitOffset)
    // A slot that is half overwritten must not pass for the record that was here before.
    unsafe commit.pointee.store(0, ordering: .relaxed)
    atomicMemoryFence(ordering: .releasing)
    unsafe base.storeBytes(
      of: registers == nil ? 0 : 1, toByteOffset: slot + JournalLayout.hasRegistersOffset,
      as: UInt64.self)
    unsafe base.storeBytes(
      of: row, toByteOffset: slot + JournalLayout.rowOffset, as: EventRow.self)
    if let registers {
      for index in 0..<Registers.count {
        unsafe base.storeBytes(
          of: registers.words[index],
          toByteOffset: slot + JournalLayout.registersOffset + 8 * index, as: UInt64.self)
      }
    }
    unsafe base.storeBytes(
      of: check(slot: slot, ticket: ticket), toByteOffset: slot + JournalLayout.checkOffset,
      as: UInt64.self)
    unsafe commit.pointee.store(ticket &+ 1, ordering: .releasing)
  }

  /// Empties a slot.
  func erase(ticket: UInt64) {
    let slot = offset(of: ticket)
    for place in stride(from: slot, to: slot + JournalLayout.slotSize, by: 8) {
      unsafe base.storeBytes(of: 0, toByteOffset: place, as: UInt64.self)
    }
  }

  /// What a slot holds.
  enum Slot {
    /// Nothing, or something that was never finished.
    case empty
    /// A record whose bytes are not those that were committed.
    case torn
    /// A record.
    case record(ticket: UInt64, EventRow, Registers?)
  }

  /// Whether the slot of a ticket holds it, committed.
  func isCommitted(_ ticket: UInt64) -> Bool {
    let commit = unsafe atomic(at: offset(of: ticket) + JournalLayout.commitOffset)
    return unsafe commit.pointee.load(ordering: .acquiring) == ticket &+ 1
  }

  /// Reads the slot of a ticket.
  func slot(of ticket: UInt64) -> Slot { slot(at: Int(ticket % UInt64(capacity))) }

  /// Reads the slot at a place in the ring.
  func slot(at index: Int) -> Slot {
    let slot = JournalLayout.headerSize + index * JournalLayout.slotSize
    let commit = unsafe atomic(at: slot).pointee.load(ordering: .acquiring)
    guard commit != 0 else { return .empty }
    let ticket = commit &- 1
    let hasRegisters = word(slot + JournalLayout.hasRegistersOffset)
    guard hasRegisters <= 1,
      word(slot + JournalLayout.checkOffset) == check(slot: slot, ticket: ticket)
    else { return .torn }
    let row = unsafe base.loadUnaligned(
      fromByteOffset: slot + JournalLayout.rowOffset, as: EventRow.self)
    guard hasRegisters == 1 else { return .record(ticket: ticket, row, nil) }
    var registers = Registers()
    for index in 0..<Registers.count {
      registers.words[index] = word(slot + JournalLayout.registersOffset + 8 * index)
    }
    return .record(ticket: ticket, row, registers)
  }

  /// A digest of what the slot holds and of the ticket it was written for.
  private func check(slot: Int, ticket: UInt64) -> UInt64 {
    var digest = (ticket &+ 1) &* 0x9e37_79b9_7f4a_7c15
    let hasRegisters = word(slot + JournalLayout.hasRegistersOffset) == 1
    let end = slot + (hasRegisters ? JournalLayout.slotEnd : JournalLayout.registersOffset)
    var place = slot + JournalLayout.hasRegistersOffset
    while place < end {
      digest = (digest ^ word(place)) &* 0x9e37_79b9_7f4a_7c15
      digest ^= digest >> 32
      place += 8
    }
    return digest
  }

  private func offset(of ticket: UInt64) -> Int {
    JournalLayout.headerSize + Int(ticket % UInt64(capacity)) * JournalLayout.slotSize
  }

  private func word(_ offset: Int) -> UInt64 {
    unsafe base.load(fromByteOffset: offset, as: UInt64.self)
  }

  /// `Atomic<UInt64>` has the layout of its `UInt64`; every such word is 8-aligned in the mapping.
  private func atomic(at offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}
