package import FiniModel

/// The memory of a task that its tracer wrote, by whatever way: what was there before, and what differs now.
package struct PatchedWords: Hashable, Sendable {
  private struct Original: Hashable {
    var value: UInt8
    /// Events were lost since it was read.
    var isOld = false
  }
  private struct Patch: Hashable {
    var value: UInt8
    /// Where the write begins that this byte is of.
    var start: RemoteAddress
    var event: UInt32
    var isSure: Bool
  }

  /// The instruction of a breakpoint.
  private static let int3: UInt8 = 0xcc
  private static let nop: UInt8 = 0x90
  /// A word of PEEK and POKE.
  static let wordSize = 8

  /// Bytes that were written before they were read: what was there the tracer can't put back.
  package struct Unread: Hashable, Sendable {
    /// The first byte of the write.
    package var address: RemoteAddress
    /// How many bytes were written.
    package var count: Int
    /// Whether the write is one of a word that holds an int3 and nothing else: a breakpoint of one byte, written as
    /// eight. A word that could not be read is one of set bits.
    package var isBreakpoint: Bool
    /// Whether they lie in the red zone: the 128 bytes below the stack pointer that a function may use.
    package var isInRedZone: Bool
    /// The write.
    package var event: UInt32
    /// What was written, and a bit for each byte that had not been read and was not written otherwise since.
    fileprivate var bytes: UInt64
    fileprivate var open: UInt8
    fileprivate var isSure: Bool
  }

  /// How many of those are kept: the first ones tell of what kind they are.
  private static let mostUnread = 1024
  /// A read of that many bytes may be longer than what is shown of it.
  private static let mostShown = 32

  private var originals: [RemoteAddress: Original] = [:]
  private var unread: [RemoteAddress: Unread] = [:]
  /// The tracer was seen to read memory of the task.
  private var hasRead = false
  /// More was read than is shown, so that what looks unread may have been read.
  private var hasReadMore = false
  private var hasLost = false
  /// The end of the last read, and how many bytes it has so far.
  private var readEnd: UInt64 = 0
  private var readCount = 0
  private var patches: [RemoteAddress: Patch] = [:]
  /// The breakpoints that stood in the text when the task was last let run.
  private var breakpoints: Set<RemoteAddress> = []
  /// Those of them that were taken away since.
  private(set) var lifted: Set<RemoteAddress> = []

  /// A word that was read by PEEK. A value that was not seen tells nothing.
  mutating func read(_ call: RequestCall) {
    guard call.detail != .notSeen else { return }
    read(call.data, count: PatchedWords.wordSize, at: RemoteAddress(call.address))
  }

  /// A word that was written by POKE.
  mutating func write(_ call: RequestCall, _ place: Place, at sequence: UInt32) {
    guard call.detail != .notSeen else { return }
    write(
      call.data, count: PatchedWords.wordSize, at: RemoteAddress(call.address), place,
      event: sequence)
  }

  /// What memory a write goes to, as far as it matters whether it was read before.
  enum Place: Hashable {
    /// The task's own.
    case own(isInRedZone: Bool)
    /// The task's own, or nobody's: its stack pointer is not known.
    case unknown
    /// Free, mapped for the tracer, or the result of a call that the tracer does for the task.
    case nobodys
  }

  /// Bytes that were read or written without ptrace.
  mutating func observe(_ access: MemoryAccess, _ place: Place, at sequence: UInt32) {
    let count = Int(access.byteCount)
    guard access.error == nil else { return }
    if access.way.isWrite {
      write(access.bytes, count: count, at: access.address, place, event: sequence)
    } else {
      let start = access.address.rawValue
      readCount = start == readEnd ? readCount + count : count
      readEnd = start &+ UInt64(count)
      if readCount >= PatchedWords.mostShown { hasReadMore = true }
      read(access.bytes, count: count, at: access.address)
    }
  }

  private mutating func read(_ bytes: UInt64, count: Int, at start: RemoteAddress) {
    hasRead = true
    // What it wrote itself it may read back.
    let own = unread[start]?.open ?? 0
    for (index, (address, value)) in PatchedWords.each(bytes, count, start).enumerated()
    where patches[address] == nil && own >> index & 1 == 0 {
      originals[address] = Original(value: value)
    }
  }

  /// What was not read before can't be told from what is right, unless it is where the task has something of its own.
  private mutating func write(
    _ bytes: UInt64, count: Int, at start: RemoteAddress, _ place: Place, event: UInt32
  ) {
    noteUnread(bytes, count: count, at: start, place, event: event)
    for (address, value) in PatchedWords.each(bytes, count, start) {
      guard let original = originals[address] else { continue }
      if value == original.value, breakpoints.contains(address) { lifted.insert(address) }
      patches[address] =
        value == original.value
        ? nil : Patch(value: value, start: start, event: event, isSure: !original.isOld)
    }
  }

  /// A byte that is written once more with another value may be put back from what its tracer has in a file.
  private mutating func noteUnread(
    _ bytes: UInt64, count: Int, at start: RemoteAddress, _ place: Place, event: UInt32
  ) {
    if let known = unread[start] {
      for index in 0..<count
      where UInt8(truncatingIfNeeded: (known.bytes ^ bytes) >> (8 * UInt64(index))) != 0 {
        unread[start]?.open &= ~(1 << UInt8(index))
      }
      return
    }
    guard place != .nobodys, unread.count < PatchedWords.mostUnread else { return }
    var open: UInt8 = 0
    for (index, (address, _)) in PatchedWords.each(bytes, count, start).enumerated()
    where originals[address] == nil {
      open |= 1 << UInt8(index)
    }
    let upper = bytes >> 8
    unread[start] = Unread(
      address: start, count: count,
      isBreakpoint: count == PatchedWords.wordSize && UInt8(truncatingIfNeeded: bytes) == Self.int3
        && (upper == 0 || upper == UInt64.max >> 8),
      isInRedZone: place == .own(isInRedZone: true), event: event, bytes: bytes, open: open,
      isSure: place != .unknown && !hasLost)
  }

  /// The writes over what had not been read, in order.
  var unreadRemnants: [Remnant] {
    unread.values.filter { $0.open != 0 && (!hasReadMore || $0.isBreakpoint) }
      .sorted { $0.event < $1.event }
      .map {
        Remnant(
          what: .unreadBytes($0), event: $0.event,
          // The red zone is the task's own, whatever the tracer reads.
          isSure: $0.isBreakpoint || $0.isSure && (hasRead || $0.isInRedZone))
      }
  }

  private static func each(
    _ bytes: UInt64, _ count: Int, _ start: RemoteAddress
  ) -> [(RemoteAddress, UInt8)] {
    (0..<UInt64(count)).map {
      (RemoteAddress(start.rawValue &+ $0), UInt8(truncatingIfNeeded: bytes >> (8 * $0)))
    }
  }

  /// Whether an address leads to an instruction of the tracer's. An int3 is none: it only stops the task.
  func isCode(at address: RemoteAddress) -> Bool {
    if patches.isEmpty { return false }
    guard let first = patches[address]?.value ?? originals[address]?.value,
      first != PatchedWords.int3
    else { return false }
    // An instruction of the tracer's may begin with the byte that was there.
    return (0..<UInt64(PatchedWords.wordSize)).contains { on in
      guard let patch = patches[RemoteAddress(address.rawValue &+ on)] else { return false }
      return patch.start <= address
    }
  }

  /// The task was let run.
  mutating func run() {
    breakpoints.removeAll(keepingCapacity: true)
    if !lifted.isEmpty { lifted = [] }
    for (address, patch) in patches {
      // Nothing is lost where there was nothing.
      guard patch.value == PatchedWords.int3, originals[address]?.value != PatchedWords.nop else {
        continue
      }
      breakpoints.insert(address)
    }
  }

  /// The breakpoint of the tracer's that a task stopped by, which stands just after it.
  func breakpoint(before counter: RemoteAddress) -> RemoteAddress? {
    let address = RemoteAddress(counter.rawValue &- 1)
    return breakpoints.contains(address) ? address : nil
  }

  /// Events were lost: what is open may be closed.
  mutating func doubt() {
    for address in originals.keys { originals[address]?.isOld = true }
    for address in patches.keys { patches[address]?.isSure = false }
    hasLost = true
    for address in unread.keys { unread[address]?.isSure = false }
  }

  /// Whether the instruction at an address is int $0x80, as far as its bytes are known.
  func isLegacyCall(at address: RemoteAddress) -> Bool {
    let bytes = [0, 1].map { (on: UInt64) -> UInt8? in
      let place = RemoteAddress(address.rawValue &+ on)
      return patches[place]?.value ?? originals[place]?.value
        ?? unread[address].map { UInt8(truncatingIfNeeded: $0.bytes >> (8 * on)) }
    }
    return bytes == [0xcd, 0x80]
  }

  /// The writes of which bytes differ from what was there before, in their order.
  var remnants: [Remnant] {
    var writes: [RemoteAddress: Patch] = [:]
    for patch in patches.values {
      if let known = writes[patch.start], known.event <= patch.event {
        writes[patch.start]?.isSure = known.isSure || patch.isSure
      } else {
        writes[patch.start] = patch
      }
    }
    return writes.sorted { ($0.value.event, $0.key) < ($1.value.event, $1.key) }
      .map { Remnant(what: .word($0.key), event: $0.value.event, isSure: $0.value.isSure) }
  }
}
