import Foundation

/// Reads a trace of Perfetto by the wire format alone, as far as the tests ask of it.
struct PerfettoWitness {
  /// The names of slices and marks.
  private(set) var names: Set<String> = []
  /// How many slices of each track are still open at the end.
  var depths: [Int] { Array(open.values) }
  /// The flows that begin, and those that end.
  private(set) var begun: Set<UInt64> = []
  private(set) var ended: Set<UInt64> = []
  private var open: [UInt64: Int] = [:]

  private enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private struct Damaged: Error {}

  init(contentsOf path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for (field, value) in try PerfettoWitness.fields(bytes[...]) {
      guard field == 1, case .bytes(let packet) = value else { throw Damaged() }
      for (field, value) in try PerfettoWitness.fields(packet) {
        if field == 11, case .bytes(let event) = value { try take(event) }
      }
    }
  }

  /// A TrackEvent.
  private mutating func take(_ event: ArraySlice<UInt8>) throws {
    var kind: UInt64 = 0, track: UInt64 = 0
    for (field, value) in try PerfettoWitness.fields(event) {
      switch (field, value) {
      case (9, .number(let number)): kind = number
      case (11, .number(let number)): track = number
      case (23, .bytes(let name)): names.insert(String(decoding: name, as: UTF8.self))
      case (47, .number(let flow)): begun.insert(flow)
      case (48, .number(let flow)): ended.insert(flow)
      default: break
      }
    }
    if kind == 1 { open[track, default: 0] += 1 }
    if kind == 2 { open[track, default: 0] -= 1 }
  }

  private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [(Int, Value)] {
    var fields: [(Int, Value)] = []
    var rest = bytes
    func varint() throws -> UInt64 {
      var number: UInt64 = 0, shift: UInt64 = 0
      while let byte = rest.popFirst() {
        number |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return number }
        shift += 7
      }
      throw Damaged()
    }
    while !rest.isEmpty {
      let key = try varint()
      switch key & 7 {
      case 0: fields.append((Int(key >> 3), .number(try varint())))
      case 1:
        guard rest.count >= 8 else { throw Damaged() }
        let number = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        fields.append((Int(key >> 3), .number(number)))
        rest = rest.dropFirst(8)
      case 2:
        let count = Int(try varint())
        guard rest.count >= count else { throw Damaged() }
        fields.append((Int(key >> 3), .bytes(rest.prefix(count))))
        rest = rest.dropFirst(count)
      default: throw Damaged()
      }
    }
    return fields
  }
}
