internal import FiniModel

/// The words of a task's memory that its tracer wrote: what was there before, and what differs now.
struct PatchedWords: Hashable, Sendable {
  private struct Original: Hashable {
    var value: UInt64
    /// Events were lost since it was read.
    var isOld = false
  }
  private struct Patch: Hashable {
    var value: UInt64
    var event: UInt32
    var isSure: Bool
  }

  private var originals: [RemoteAddress: Original] = [:]
  private var patches: [RemoteAddress: Patch] = [:]

  /// A word that was read by the tracer. A value that was not seen tells nothing.
  mutating func read(_ call: RequestCall) {
    let address = RemoteAddress(call.address)
    guard patches[address] == nil, call.detail != .notSeen else { return }
    originals[address] = Original(value: call.data)
  }

  /// A word that was written. What was not read before can't be told from what is right.
  mutating func write(_ call: RequestCall, at sequence: UInt32) {
    let address = RemoteAddress(call.address)
    guard let original = originals[address] else { return }
    patches[address] =
      call.data == original.value
      ? nil
      : Patch(value: call.data, event: sequence, isSure: !original.isOld)
  }

  /// Whether an address leads to an instruction of the tracer's. An int3 is none: it only stops the task.
  func isCode(at address: RemoteAddress) -> Bool {
    if patches.isEmpty { return false }
    let int3: UInt8 = 0xcc
    return (0..<8 as Range<UInt64>).contains { back in
      guard let patch = patches[RemoteAddress(address.rawValue &- back)] else { return false }
      return UInt8(truncatingIfNeeded: patch.value >> (back * 8)) != int3
    }
  }

  /// Events were lost: what is open may be closed.
  mutating func doubt() {
    for address in originals.keys { originals[address]?.isOld = true }
    for address in patches.keys { patches[address]?.isSure = false }
  }

  /// The words that differ from what was there before, in the order in which they were written.
  var remnants: [Remnant] {
    patches.sorted { $0.value.event < $1.value.event }
      .map { Remnant(what: .word($0.key), event: $0.value.event, isSure: $0.value.isSure) }
  }
}
