/// Values by names that occur in a line. A lookup makes no string of the name.
struct NameTable<Value: Sendable>: Sendable {
  private var slots: [(name: [UInt8], value: Value)?]
  private let mask: Int

  init(_ names: some Sequence<(key: String, value: Value)>) {
    let all = Array(names)
    var size = 16
    // At most a quarter full: for most lookups the first slot decides.
    while size < all.count * 4 { size *= 2 }
    slots = Array(repeating: nil, count: size)
    mask = size - 1
    for (name, value) in all {
      let bytes = Array(name.utf8)
      var place = NameTable.hash(bytes[...]) & mask
      while let other = slots[place], other.name != bytes { place = (place + 1) & mask }
      slots[place] = (bytes, value)
    }
  }

  subscript(name: ArraySlice<UInt8>) -> Value? {
    var place = NameTable.hash(name) & mask
    while let found = slots[place] {
      if found.name.count == name.count, found.name.elementsEqual(name) { return found.value }
      place = (place + 1) & mask
    }
    return nil
  }

  private static func hash(_ name: ArraySlice<UInt8>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int(hash ^ hash >> 15)
  }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes are this word.
  func reads(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { wanted in
      for index in 0..<wanted.count where unsafe self[startIndex + index] != wanted[index] {
        return false
      }
      return true
    }
  }
}
