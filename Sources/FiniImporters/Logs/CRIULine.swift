internal import FiniModel

/// One line that CRIU or libcompel wrote about itself: its parts.
struct CRIULine {
  var time: Int64?
  var severity = LogRecord.Severity.other
  /// Whether the parasite says it.
  var isParasite = false
  /// The number that the parasite's line begins with.
  var parasite: Int32?
  /// What is left: the message.
  var message: Scanner

  /// Takes a line apart; every line can be.
  init(_ line: TextLine) {
    var scanner = Scanner(line)
    scanner.skipBlanks()
    time = CRIULine.time(&scanner)
    scanner.skipBlanks()
    // Restore puts the number of the restored task here.
    let begin = scanner.at
    if let number = scanner.decimal(), scanner.take(0x3a) {
      parasite = Int32(exactly: number)
      scanner.skipBlanks()
    } else {
      scanner.at = begin
    }
    // libcompel's programs have a level in front.
    if scanner.take("LC"), scanner.decimal() != nil, scanner.take(0x3a) {
      scanner.skipBlanks()
    } else if scanner.take("pie: ") {
      isParasite = true
      while let (number, next) = CRIULine.prefix(scanner) {
        parasite = number
        scanner.at = next
      }
    }
    severity = CRIULine.severity(&scanner)
    message = scanner
  }

  /// Whether it looks like one that CRIU wrote.
  static func recognizes(_ line: TextLine) -> Bool {
    let parsed = CRIULine(line)
    return parsed.time != nil || parsed.isParasite || parsed.severity != .other
      || Scanner(line).isNext("\tLC")
  }

  /// `(00.071234) `: seconds since the start.
  private static func time(_ scanner: inout Scanner) -> Int64? {
    let begin = scanner.at
    guard scanner.take(0x28), let seconds = scanner.decimal(), seconds < 1 << 32,
      let fraction = scanner.fraction(), scanner.take(0x29)
    else {
      scanner.at = begin
      return nil
    }
    return Int64(seconds) * 1_000_000_000 + fraction
  }

  private static func prefix(_ scanner: Scanner) -> (Int32, Int)? {
    var scanner = scanner
    guard let number = scanner.decimal(), number <= Int32.max, scanner.take(0x3a) else {
      return nil
    }
    scanner.skipBlanks()
    return (Int32(number), scanner.at)
  }

  /// `Error (file.c:12): `; where it stands says nothing that lasts from one version to the next.
  private static func severity(_ scanner: inout Scanner) -> LogRecord.Severity {
    let begin = scanner.at
    var found: LogRecord.Severity = .other
    if scanner.take("Error") {
      found = .error
    } else if scanner.take("Warn") {
      found = .warning
    } else {
      return .other
    }
    scanner.skipBlanks()
    if scanner.take(0x28) {
      while let byte = scanner.next, byte != 0x29 { _ = scanner.take(byte) }
      guard scanner.take(0x29), scanner.take(0x3a) else {
        scanner.at = begin
        return .other
      }
    } else if !scanner.take(0x3a) {
      scanner.at = begin
      return .other
    }
    scanner.skipBlanks()
    return found
  }
}
