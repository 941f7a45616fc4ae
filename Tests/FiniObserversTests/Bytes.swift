/// A record as the kernel lays it out, byte by byte; offsets counted by hand in fini_bpf_record.h.
struct RecordBytes {
  var bytes = [UInt8](repeating: 0, count: 112)

  init(kind: UInt8, flags: UInt8 = 0) {
    bytes[0] = kind
    bytes[1] = flags
  }

  mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) { source in
      for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
    }
  }

  /// Memory after the head.
  mutating func attach(_ memory: [UInt8]) {
    put(UInt16(memory.count), at: 2)
    bytes += memory
  }

  /// The record after its size, as a batch has it.
  var framed: [UInt8] {
    var size = [UInt8](repeating: 0, count: 8)
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { size = Array($0) }
    return size + bytes
  }
}

/// Little-endian words.
func words(_ words: [UInt64]) -> [UInt8] {
  words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
}

func halves(_ halves: [UInt32]) -> [UInt8] {
  halves.flatMap { half in (0..<4).map { UInt8(truncatingIfNeeded: half >> (8 * UInt32($0))) } }
}
