/// Reads the bytes of a line of a log, from the start on. Each step succeeds and moves on, or does not move.
struct LogCursor {
  let bytes: [UInt8]
  var at: Int
  var end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    at = range.lowerBound
    end = range.upperBound
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  var next: UInt8? { at < end ? bytes[at] : nil }

  func peek(_ offset: Int) -> UInt8? { at + offset < end ? bytes[at + offset] : nil }

  mutating func skipBlanks() {
    while at < end, bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "\t") { at += 1 }
  }

  /// Mostly the first byte decides: it is compared where this is called.
  @inline(__always)
  func isNext(_ text: StaticString) -> Bool {
    guard at >= 0, at < end, unsafe bytes[at] == text.utf8Start.pointee else { return false }
    return reads(text)
  }

  private func reads(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= end else { return false }
    return text.withUTF8Buffer { wanted in
      for index in 0..<count where unsafe bytes[at + index] != wanted[index] { return false }
      return true
    }
  }

  mutating func take(_ text: StaticString) -> Bool {
    guard isNext(text) else { return false }
    at += text.utf8CodeUnitCount
    return true
  }

  /// Takes a byte if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard at < end, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  func place(of byte: UInt8) -> Int? {
    var here = at
    while here < end {
      if bytes[here] == byte { return here }
      here += 1
    }
    return nil
  }

  func find(_ text: StaticString) -> Int? {
    var copy = self
    while copy.at < copy.end {
      if copy.isNext(text) { return copy.at }
      copy.at += 1
    }
    return nil
  }

  func contains(_ text: StaticString) -> Bool { find(text) != nil }

  mutating func decimal() -> UInt64? {
    let begin = at
    var value: UInt64 = 0
    while at < end, LogCursor.isDigit(bytes[at]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[at] - UInt8(ascii: "0")))
      guard !overflow, !carry else {
        at = begin
        return nil
      }
      value = sum
      at += 1
    }
    return at > begin ? value : nil
  }

  /// `(00.071234)`: seconds since the start, as nanoseconds.
  mutating func time() -> Int64? {
    let begin = at
    if take(UInt8(ascii: "(")), let seconds = decimal(), seconds < 1 << 32,
      take(UInt8(ascii: ".")) || take(UInt8(ascii: ","))
    {
      var fraction: Int64 = 0
      var digits = 0
      while at < end, LogCursor.isDigit(bytes[at]) {
        if digits < 9 { fraction = fraction * 10 + Int64(bytes[at] - UInt8(ascii: "0")) }
        digits += 1
        at += 1
      }
      if digits > 0, take(UInt8(ascii: ")")) {
        while digits < 9 {
          fraction *= 10
          digits += 1
        }
        return Int64(seconds) * 1_000_000_000 + fraction
      }
    }
    at = begin
    return nil
  }

  /// `12: `.
  mutating func numberPrefix() -> Int32? {
    let begin = at
    guard let number = decimal(), number <= Int32.max, take(UInt8(ascii: ":")) else {
      at = begin
      return nil
    }
    skipBlanks()
    return Int32(number)
  }
}
