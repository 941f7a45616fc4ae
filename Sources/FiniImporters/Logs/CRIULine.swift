internal import FiniModel

/// One line that CRIU or libcompel wrote about itself: its parts.
struct CRIULine {
  var time: Int64?
  var severity = LogRecord.Severity.other
  /// Whether the parasite wrote it.
  var isParasite = false
  /// The number at the start of a parasite's line.
  var parasite: Int32?
  /// The rest of the line: the message.
  var message: Scanner

  /// Splits a line into its parts. Every line can be split.
  init(_ line: TextLine) {
    var scanner = Scanner(line)
    scanner.at = CRIULine.begin(scanner)
    time = CRIULine.time(&scanner)
    scanner.skipBlanks()
    // Here restore writes the number of the restored task.
    let begin = scanner.at
    if let number = scanner.decimal(), scanner.take(.colon) {
      parasite = Int32(exactly: number)
      scanner.skipBlanks()
    } else {
      scanner.at = begin
    }
    // libcompel's programs write a level first.
    if scanner.take("LC"), scanner.decimal() != nil, scanner.take(.colon) {
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

  /// Whether it looks like a line that CRIU wrote.
  static func recognizes(_ line: TextLine) -> Bool {
    let parsed = CRIULine(line)
    return parsed.time != nil || parsed.isParasite
      // Many programs write `Error: `. CRIU adds the place in brackets.
      || parsed.severity != .other && Scanner(line).find(".c:") != nil
      || Scanner(line).isNext("\tLC") || isOfKernel(line)
  }

  /// Messages of the kernel about a tracer's failed work. Users add them to a log, or send them
  /// alone.
  private static func isOfKernel(_ line: TextLine) -> Bool {
    let scanner = Scanner(line)
    return scanner.find("bad frame in") != nil || scanner.find("apparmor=\"DENIED\"") != nil
      || scanner.find("avc:  denied") != nil
  }

  /// Where CRIU's own line begins. In logs that users send, other text may come before it: a
  /// container manager's `time=... msg="`, journald's host and program, a quotation mark, or a
  /// test's own time stamp.
  private static func begin(_ scanner: Scanner) -> Int {
    var here = scanner
    here.skipBlanks()
    let first = here.at
    if isBegin(here) { return first }
    // A bracket with a time in it is certain. The words are not certain, and may come after such a
    // bracket. No known prefix is longer than this.
    let last = min(here.end, first + 512)
    while let place = here.place(of: .openParenthesis), place < last {
      here.at = place
      if let next = here.peek(1), UInt8.digits.contains(next) {
        var stamp = here
        if time(&stamp) != nil { return place }
      }
      here.at += 1
    }
    here.at = first
    while here.at < last {
      // `Error (file.c:12): `, `pie: `; but `Error: ` may come from any program.
      if here.isNext("Error (") || here.isNext("Warn  (") || here.isNext("pie: "), isBegin(here) {
        return here.at
      }
      here.at += 1
    }
    return first
  }

  /// Whether CRIU's own text begins here.
  private static func isBegin(_ scanner: Scanner) -> Bool {
    var here = scanner
    switch here.next {
    case .openParenthesis: return time(&here) != nil
    case UInt8(ascii: "p"): return here.isNext("pie: ")
    case UInt8(ascii: "E"), UInt8(ascii: "W"): return severity(&here) != .other
    case UInt8(ascii: "L"): return here.take("LC") && here.decimal() != nil && here.take(.colon)
    default: return false
    }
  }

  /// `(00.071234) `: seconds since the start.
  private static func time(_ scanner: inout Scanner) -> Int64? {
    let begin = scanner.at
    guard scanner.take(.openParenthesis), let seconds = scanner.decimal(), seconds < 1 << 32,
      let fraction = scanner.fraction(), scanner.take(.closeParenthesis)
    else {
      scanner.at = begin
      return nil
    }
    return Int64(seconds) * 1_000_000_000 + fraction
  }

  private static func prefix(_ scanner: Scanner) -> (Int32, Int)? {
    var scanner = scanner
    guard let number = scanner.decimal(), number <= Int32.max, scanner.take(.colon) else {
      return nil
    }
    scanner.skipBlanks()
    return (Int32(number), scanner.at)
  }

  /// `Error (file.c:12): `. The place in brackets changes from one version to the next, so it is
  /// not used.
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
    if scanner.take(.openParenthesis) {
      while let byte = scanner.next, byte != .closeParenthesis { scanner.at += 1 }
      guard scanner.take(.closeParenthesis), scanner.take(.colon) else {
        scanner.at = begin
        return .other
      }
    } else if !scanner.take(.colon) {
      scanner.at = begin
      return .other
    }
    scanner.skipBlanks()
    return found
  }
}
