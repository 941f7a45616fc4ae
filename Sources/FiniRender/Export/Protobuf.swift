/// A message of Protocol Buffers while it is written: fields one after the other, in the wire format of
/// https://protobuf.dev/programming-guides/encoding/.
struct Protobuf {
  private(set) var bytes: [UInt8] = []

  /// How a field is written; the numbers are the format's.
  private enum Wire: UInt64 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
  }

  mutating func put(_ field: Int, _ value: UInt64) {
    putKey(field, .varint)
    putVarint(value)
  }

  /// A negative number of type int64 has ten bytes.
  mutating func put(_ field: Int, signed value: Int64) { put(field, UInt64(bitPattern: value)) }

  mutating func put(_ field: Int, fixed value: UInt64) {
    putKey(field, .fixed64)
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  mutating func put(_ field: Int, _ text: String) { put(field, Array(text.utf8)) }

  mutating func put(_ field: Int, _ message: Protobuf) { put(field, message.bytes) }

  mutating func put(_ field: Int, _ content: [UInt8]) {
    putKey(field, .delimited)
    putVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func putKey(_ field: Int, _ wire: Wire) {
    putVarint(UInt64(field) << 3 | wire.rawValue)
  }

  private mutating func putVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
