internal import FiniModel

/// The phase in which each event lies: where it changes, and nothing in between.
struct PhaseIndex {
  private var starts: [(sequence: UInt32, phase: Phase)] = []

  /// Takes the phase of the next event; no phase before the first.
  mutating func append(_ phase: Phase?, at sequence: UInt32) {
    guard let phase, starts.last?.phase != phase else { return }
    starts.append((sequence, phase))
  }

  subscript(sequence: UInt32) -> Phase? {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? starts[low - 1].phase : nil
  }
}
