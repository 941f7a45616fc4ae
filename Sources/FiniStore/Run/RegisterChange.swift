import FiniModel
import Foundation

/// The words by which one set of registers differs from another: a row of `register_change`.
struct RegisterChange {
  /// Bit n: word n is in ``words``.
  var mask: Int64
  /// Eight bytes for each bit, lowest bit first, most significant byte first.
  var words: Data

  /// The difference; every word if there is nothing to differ from.
  init(from old: Registers?, to new: Registers) {
    mask = 0
    words = Data()
    for name in Registers.Name.allCases where old?[name] != new[name] {
      mask |= 1 << Int64(name.rawValue)
      for shift in stride(from: 56, through: 0, by: -8) {
        words.append(UInt8(truncatingIfNeeded: new[name] >> UInt64(shift)))
      }
    }
  }

  init(mask: Int64, words: Data) {
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
