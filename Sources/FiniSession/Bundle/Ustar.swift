/// The headers of a tar archive of regular files (ustar of POSIX.1), which any tar reads.
enum Ustar {
  static let blockSize = 512
  /// Two blocks of zeros end an archive.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)
  /// Eleven octal digits.
  static let sizeLimit = UInt64(1) << 33 - 1

  // Offsets and lengths of the fields.
  private static let name = 0..<100
  private static let mode = 100..<108
  private static let user = 108..<116
  private static let group = 116..<124
  private static let size = 124..<136
  private static let time = 136..<148
  private static let checksum = 148..<156
  private static let kind = 156
  private static let magic = 257..<265
  private static let prefix = 345..<500
  private static let magicBytes = Array("ustar\u{0}00".utf8)

  /// How many bytes fill the last block of a file.
  static func padding(after size: UInt64) -> Int {
    Int((UInt64(blockSize) - size % UInt64(blockSize)) % UInt64(blockSize))
  }

  /// The header of a file. It names no user: mode 0600, and number 0.
  ///
  /// - Parameter seconds: when it was written, since 1970.
  static func header(of file: String, size count: UInt64, at seconds: UInt64) -> [UInt8] {
    precondition(file.utf8.count <= name.count, "the names of members are short")
    precondition(count <= sizeLimit, "a member that is too big is refused before")
    var block = [UInt8](repeating: 0, count: blockSize)
    put(Array(file.utf8), in: name, of: &block)
    put(octal(0o600, 7), in: mode, of: &block)
    put(octal(0, 7), in: user, of: &block)
    put(octal(0, 7), in: group, of: &block)
    put(octal(count, 11), in: size, of: &block)
    put(octal(seconds, 11), in: time, of: &block)
    block[kind] = UInt8(ascii: "0")
    put(magicBytes, in: magic, of: &block)
    put(octal(sum(of: block), 6) + [0, UInt8(ascii: " ")], in: checksum, of: &block)
    return block
  }

  /// What a header says of a member.
  enum Header: Hashable {
    case file(name: String, size: UInt64)
    /// A block of zeros: the archive ends.
    case end
  }

  /// Why a header is refused.
  enum Fault: Error, Hashable {
    /// Its checksum or its magic is wrong.
    case notTar
    /// A link, a folder, a device, or an extension of the format.
    case notAFile(name: String)
  }

  /// Reads a header.
  static func read(_ block: [UInt8]) throws(Fault) -> Header {
    if block.allSatisfy({ $0 == 0 }) { return .end }
    guard block.count == blockSize, Array(block[magic].prefix(5)) == Array(magicBytes.prefix(5)),
      number(block[checksum]) == sum(of: block), let count = number(block[size])
    else { throw .notTar }
    let short = text(block[name])
    let folder = text(block[prefix])
    let whole = folder.isEmpty ? short : "\(folder)/\(short)"
    guard block[kind] == UInt8(ascii: "0") || block[kind] == 0 else {
      throw .notAFile(name: whole)
    }
    return .file(name: whole, size: count)
  }

  /// The sum of the bytes, with blanks in the place of the sum itself.
  private static func sum(of block: [UInt8]) -> UInt64 {
    var sum: UInt64 = 0
    for (index, byte) in block.enumerated() {
      sum += UInt64(checksum.contains(index) ? UInt8(ascii: " ") : byte)
    }
    return sum
  }

  private static func octal(_ number: UInt64, _ digits: Int) -> [UInt8] {
    let text = String(number, radix: 8)
    return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
  }

  /// Octal digits, with blanks around them; `nil` for anything else, such as the binary form of GNU tar.
  private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    let digits = text(field).split(separator: " ")
    guard digits.count == 1, let word = digits.first else { return nil }
    guard word.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else {
      return nil
    }
    return UInt64(word, radix: 8)
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func put(_ bytes: [UInt8], in field: Range<Int>, of block: inout [UInt8]) {
    block.replaceSubrange(field.lowerBound..<field.lowerBound + bytes.count, with: bytes)
  }
}
