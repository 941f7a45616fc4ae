internal import FiniModel

/// What CRIU's messages say, from version 1.4 to 4.2.
///
/// Messages were reworded over the years. So a message is recognized by the few words that did not
/// change, and a number in it by its place among those words.
struct CRIUPhrase {
  /// What was found in a message.
  struct Found {
    var fact: LogFact
    var task: Int32?
    var role = Role.message

    /// What a line is in the log.
    enum Role {
      /// Its level is what the line says.
      case message
      /// CRIU reports it as an error, but continues.
      case survived
      /// No message of trouble: how far CRIU has come, and on which machine.
      case progress
      /// The same, of the freezer: told again and again until it has frozen.
      case freezer
    }

    /// How serious it is, if the line has this level.
    func severity(_ told: LogRecord.Severity) -> LogRecord.Severity {
      switch role {
      case .message: told
      case .survived: .warning
      case .progress, .freezer: told == .other ? .info : told
      }
    }
  }

  /// Words that must be in the message, and what the message says then.
  struct Pattern {
    let words: StaticString
    let read: @Sendable (Scanner, Int) -> Found?

    init(_ words: StaticString, _ read: @escaping @Sendable (Scanner, Int) -> Found?) {
      self.words = words
      self.read = read
    }

    /// A message with a number directly before its words, or anywhere after them.
    init(_ words: StaticString, _ fact: LogFact) {
      self.init(words) { scanner, place in
        Found(fact: fact, task: task(scanner, around: place, words.utf8CodeUnitCount))
      }
    }
  }

  /// A message of how far CRIU has come, with a number before or after its words.
  static func progress(_ words: StaticString) -> Pattern {
    Pattern(words) { scanner, place in
      Found(
        fact: .text, task: task(scanner, around: place, words.utf8CodeUnitCount), role: .progress)
    }
  }

  /// What a message says; `nil` for one that no rule can use.
  ///
  /// The message is read only once, because most messages are not known here.
  static func read(_ message: Scanner) -> Found? {
    var best: (index: Int, found: Found)?
    var here = message
    while let place = candidate(message, from: here.at) {
      here.at = place
      for index in byFirstByte[Int(message.bytes[place])] where index < best?.index ?? Int.max {
        guard here.isNext(patterns[index].words), let found = patterns[index].read(message, place)
        else { continue }
        best = (index, found)
      }
      here.at = place + 1
    }
    return best?.found
  }

  /// The next place of three bytes with which a pattern can begin: there are hardly any.
  private static func candidate(_ message: Scanner, from begin: Int) -> Int? {
    let end = message.end - 2
    guard begin < end else { return nil }
    return unsafe message.bytes.withUnsafeBufferPointer { bytes in
      unsafe beginnings.withUnsafeBufferPointer { beginnings in
        // This is the loop over all bytes of a log: no check of an overflow, and each byte is read once.
        var place = begin
        var pair = unsafe Int(bytes[place])
        var third = unsafe bytes[place &+ 1]
        while place < end {
          pair = (pair << 8 | Int(third)) & 0xffff
          third = unsafe bytes[place &+ 2]
          if unsafe beginnings[pair] & (1 &<< (third & 7)) != 0 { return place }
          place &+= 1
        }
        return nil
      }
    }
  }

  /// For each pair of bytes, the lowest bits that the third byte of a pattern can have after them.
  private static let beginnings: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 1 << 16)
    for pattern in patterns {
      let (key, bit) = pattern.words.withUTF8Buffer { words in
        unsafe (Int(words[0]) << 8 | Int(words[1]), words[2] & 7)
      }
      table[key] |= 1 << bit
    }
    return table
  }()

  /// The patterns that begin with a byte.
  private static let byFirstByte: [[Int]] = {
    var table = [[Int]](repeating: [], count: 256)
    for (index, pattern) in patterns.enumerated() {
      let first = pattern.words.withUTF8Buffer { words in unsafe words[0] }
      table[Int(first)].append(index)
    }
    return table
  }()

  // MARK: Numbers in a message

  /// The number that ends directly before a place, or else the first one after it.
  static func task(_ scanner: Scanner, around place: Int, _ count: Int) -> Int32? {
    before(scanner, place) ?? after(scanner, place + count)
  }

  static func before(_ scanner: Scanner, _ place: Int) -> Int32? {
    var begin = place
    while begin > 0, scanner.bytes[begin - 1] == .blank { begin -= 1 }
    let end = begin
    while begin > 0, UInt8.digits.contains(scanner.bytes[begin - 1]) { begin -= 1 }
    guard begin < end else { return nil }
    var digits = scanner
    digits.at = begin
    return digits.decimal().flatMap { Int32(exactly: $0) }
  }

  static func after(_ scanner: Scanner, _ place: Int) -> Int32? {
    var scanner = scanner
    scanner.at = place
    while let byte = scanner.next {
      if UInt8.digits.contains(byte) { return scanner.decimal().flatMap { Int32(exactly: $0) } }
      scanner.at += 1
    }
    return nil
  }

  static func rest(_ scanner: Scanner, after words: StaticString) -> Scanner? {
    guard let place = scanner.find(words) else { return nil }
    var found = scanner
    found.at = place + words.utf8CodeUnitCount
    found.skipBlanks()
    return found
  }

  static func hexadecimal(_ scanner: Scanner, after words: StaticString) -> UInt64? {
    guard var found = rest(scanner, after: words) else { return nil }
    _ = found.take("0x")
    return found.hexadecimal()
  }

  static func decimal(_ scanner: Scanner, after words: StaticString) -> Int64? {
    guard var found = rest(scanner, after: words) else { return nil }
    let isNegative = found.take(.minus)
    return found.decimal().flatMap { Int64(exactly: $0) }.map { isNegative ? -$0 : $0 }
  }

  static func signal(_ scanner: Scanner, after words: StaticString) -> Signal? {
    decimal(scanner, after: words).map { Signal(rawValue: Int32(truncatingIfNeeded: $0)) }
  }

  /// The C library's text for an error, in the language of the log.
  static func error(_ scanner: Scanner) -> Errno? {
    let known: [(StaticString, Int32)] = [
      ("Operation not permitted", 1), ("No such process", 3), ("Interrupted system call", 4),
      ("Input/output error", 5), ("No child processes", 10),
      ("Resource temporarily unavailable", 11), ("Cannot allocate memory", 12),
      ("Permission denied", 13), ("Bad address", 14), ("Device or resource busy", 16),
      ("Invalid argument", 22), ("No space left on device", 28), ("Function not implemented", 38),
      ("Connection refused", 111),
    ]
    return known.first { scanner.find($0.0) != nil }.map { Errno(rawValue: $0.1) }
  }
}
