/// An address in another task's memory.
///
/// It has no conversion to a pointer, so nothing in this process can dereference it by mistake.
package struct RemoteAddress: RawRepresentable, Hashable, Comparable, Sendable,
  CustomStringConvertible
{
  /// The address.
  package var rawValue: UInt64

  /// Wraps an address.
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Wraps an address.
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The address as `0x` and lower-case hexadecimal digits.
  package var description: String { "0x" + String(rawValue, radix: 16) }

  /// Orders by address.
  package static func < (left: RemoteAddress, right: RemoteAddress) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The address `bytes` further on, wrapping as the processor does.
  package static func + (address: RemoteAddress, bytes: Int) -> RemoteAddress {
    RemoteAddress(address.rawValue &+ UInt64(bitPattern: Int64(bytes)))
  }
}

/// A half-open range of another task's addresses.
package struct RemoteRange: Hashable, Sendable, CustomStringConvertible {
  /// The first address in the range.
  package var start: RemoteAddress
  /// The first address after the range.
  package var end: RemoteAddress

  /// Makes a range. An end before the start is a programming error.
  package init(start: RemoteAddress, end: RemoteAddress) {
    precondition(start <= end, "a range that ends before it starts")
    self.start = start
    self.end = end
  }

  /// Size in bytes.
  package var byteCount: UInt64 { end.rawValue - start.rawValue }

  /// Whether an address lies in the range.
  package func contains(_ address: RemoteAddress) -> Bool { start <= address && address < end }

  /// `0x1000-0x2000`.
  package var description: String { "\(start)-\(end)" }
}
