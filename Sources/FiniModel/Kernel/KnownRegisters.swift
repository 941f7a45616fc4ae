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

  /// The program counter, if it was seen.
  package var programCounter: RemoteAddress? { self[.rip].map { RemoteAddress($0) } }
}
