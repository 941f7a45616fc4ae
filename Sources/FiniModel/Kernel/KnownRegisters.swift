/// General registers of which some may not have been seen.
public struct KnownRegisters: Hashable, Sendable {
  /// The words; one that was not seen is zero.
  public var registers: Registers
  /// Bit n: word n was seen.
  public var known: UInt32

  /// All words.
  public static let all: UInt32 = (1 << Registers.count) - 1

  /// Makes a value; by default all was seen.
  public init(_ registers: Registers, known: UInt32 = all) {
    self.registers = registers
    self.known = known
  }

  /// Whether nothing is missing.
  public var isComplete: Bool { known & KnownRegisters.all == KnownRegisters.all }

  /// One register, if it was seen.
  public subscript(name: Registers.Name) -> UInt64? {
    known >> UInt32(name.rawValue) & 1 == 1 ? registers[name] : nil
  }

  /// The program counter, if it was seen.
  public var programCounter: RemoteAddress? { self[.rip].map { RemoteAddress($0) } }
}
