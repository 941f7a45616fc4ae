internal import FiniModel

/// The memory of a task that its tracer wrote, by whatever way: what was there before, and what differs now.
struct PatchedWords: Hashable, Sendable {
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

  private var originals: [RemoteAddress: Original] = [:]
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
  mutating func write(_ call: RequestCall, at sequence: UInt32) {
    guard call.detail != .notSeen else { return }
    write(
      call.data, count: PatchedWords.wordSize, at: RemoteAddress(call.address), event: sequence)
  }

  /// Bytes that were read or written without ptrace.
  mutating func observe(_ access: MemoryAccess, at sequence: UInt32) {
    let count = Int(access.byteCount)
    if access.way.isWrite {
      write(access.bytes, count: count, at: access.address, event: sequence)
    } else {
      read(access.bytes, count: count, at: access.address)
    }
  }

  private mutating func read(_ bytes: UInt64, count: Int, at start: RemoteAddress) {
    for (address, value) in PatchedWords.each(bytes, count, start) where patches[address] == nil {
      originals[address] = Original(value: value)
    }
  }

  /// What was not read before can't be told from what is right.
  private mutating func write(
    _ bytes: UInt64, count: Int, at start: RemoteAddress, event: UInt32
  ) {
    for (address, value) in PatchedWords.each(bytes, count, start) {
      guard let original = originals[address] else { continue }
      if value == original.value, breakpoints.contains(address) { lifted.insert(address) }
      patches[address] =
        value == original.value
        ? nil : Patch(value: value, start: start, event: event, isSure: !original.isOld)
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
