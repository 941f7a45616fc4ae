/// General registers of which some may not have been seen.
package struct KnownRegisters: Hashable, Sendable {
  /// The words; one that was not seen is zero.
  package var registers: Registers
  /// Bit n: word n was seen.
  package var known: UInt32

  /// All words.
  package static let all: UInt32 = (1 << Registers.count) - 1

  /// Makes a value; by default all was seen.
  package init(_ registers: Registers, known: UInt32 = all) {
    self.registers = registers
    self.known = known
  }

  /// Whether nothing is missing.
  package var isComplete: Bool { known & KnownRegisters.all == KnownRegisters.all }

  /// One register, if it was seen.
  package subscript(name: Registers.Name) -> UInt64? {
    known >> UInt32(name.rawValue) & 1 == 1 ? registers[name] : nil
  }

  /// None is known.
  package static let none = KnownRegisters(Registers(), known: 0)

  /// One alone.
  package init(_ name: Registers.Name, _ value: UInt64) {
    self = .none
    registers[name] = value
    known = 1 << UInt32(name.rawValue)
  }

  /// Takes what is known of others, which are newer.
  package mutating func merge(_ newer: KnownRegisters) {
    for name in Registers.Name.allCases {
      if let value = newer[name] { registers[name] = value }
    }
    known |= newer.known
  }

  /// Forgets one.
  package mutating func forget(_ name: Registers.Name) {
    registers[name] = 0
    known &= ~(1 << UInt32(name.rawValue))
  }

  /// The registers that are known in both and differ.
  package func differences(from other: KnownRegisters) -> [Registers.Name] {
    Registers.Name.allCases.filter { name in
      guard let own = self[name], let others = other[name] else { return false }
      return own != others
    }
  }

  /// The program counter, if it was seen.
  package var programCounter: RemoteAddress? { self[.rip].map { RemoteAddress($0) } }
}
