import FiniModel

/// The words by which one set of registers differs from another: a row of `register_change`.
struct RegisterChange {
  /// Bit n: word n is in ``words``.
  var mask: Int64
  /// Eight bytes for each bit, lowest bit first, most significant byte first.
  var words: [UInt8]

  /// The difference; every word if there is nothing to differ from.
  init(from old: Registers?, to new: Registers) {
    mask = 0
    words = []
    if let old {
      for index in 0..<Registers.count where old.words[index] != new.words[index] {
        mask |= 1 << Int64(index)
      }
    } else {
      mask = (1 << Int64(Registers.count)) - 1
    }
    words.reserveCapacity(mask.nonzeroBitCount * 8)
    for index in 0..<Registers.count where mask >> Int64(index) & 1 != 0 {
      let word = new.words[index]
      var shift: UInt64 = 64
      while shift > 0 {
        shift -= 8
        words.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
  }

  /// Whether every word is there.
  var isWhole: Bool { mask == (1 << Int64(Registers.count)) - 1 }

  /// How many changes of a task's registers there are at most from one whole set to the next, so that what they were at
  /// any event is found without reading the run from its start.
  static let mostBetweenWholeSets = 1024

  init(mask: Int64, words: [UInt8]) {
    self.mask = mask
    self.words = words
  }

  /// Puts the words into a set; what a damaged row lacks stays as it was.
  func apply(to registers: inout Registers) {
    var rest = words[...]
    for name in Registers.Name.allCases where mask >> Int64(name.rawValue) & 1 != 0 {
      guard rest.count >= 8 else { return }
      registers[name] = rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(8)
    }
  }
}
