internal import FiniModel

/// A word of a task's memory that its tracer read, wrote, and did not put back as it was.
struct PatchedWord {
  /// What was made of it.
  enum Kind: Hashable {
    /// One byte differs, and is an int3.
    case breakpoint
    /// The lower half is what was read, and was written otherwise before that; the upper half is that half's sign.
    case cut
    case other
  }

  private let own: UInt64
  private let writes: [UInt64]

  /// Reads the requests on a word; `nil` unless it was read whole before the first write.
  init?(at address: RemoteAddress, in reading: CaseReading) {
    var own: UInt64?
    var writes: [UInt64] = []
    for event in reading.events where event.tracee == reading.task {
      guard case .request(let call) = event.payload, call.error == nil,
        call.address == address.rawValue, call.detail != .notSeen
      else { continue }
      switch call.request {
      case .peekText, .peekData: if writes.isEmpty { own = call.data }
      case .pokeText, .pokeData: writes.append(call.data)
      default: break
      }
    }
    guard let own, !writes.isEmpty else { return nil }
    self.own = own
    self.writes = writes
  }

  /// What it is.
  var kind: Kind {
    guard let last = writes.last else { return .other }
    let changed = (0..<8 as Range<UInt64>).filter { (own ^ last) >> ($0 * 8) & 0xff != 0 }
    if changed.count == 1, let index = changed.first, last >> (index * 8) & 0xff == 0xcc {
      return .breakpoint
    }
    let (half, ownHalf) = (UInt32(truncatingIfNeeded: last), UInt32(truncatingIfNeeded: own))
    let isExtended =
      last == UInt64(half)
      || last == UInt64(bitPattern: Int64(Int32(bitPattern: half)))
    let wasChanged = writes.dropLast().contains { UInt32(truncatingIfNeeded: $0) != ownHalf }
    return half == ownHalf && isExtended && wasChanged ? .cut : .other
  }
}
