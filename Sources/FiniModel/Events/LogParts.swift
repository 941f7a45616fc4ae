/// The parts of one line that CRIU or libcompel wrote about itself.
///
/// Any line can be split: one that a tracer did not write has no time, no level and no place, and is all
/// message. It works on bytes, because it is called for each line of a log.
package struct LogParts: Sendable {
  /// Nanoseconds since the tracer started, if the line has its time.
  package private(set) var time: Int64?
  /// The level that the line names.
  package private(set) var severity = LogRecord.Severity.other
  /// Whether the parasite or the restorer wrote it.
  package private(set) var isParasite = false
  /// Whether it has a level of libcompel, `LC1: ` to `LC4: `.
  package private(set) var isCompel = false
  /// Whether it is one of those that CRIU 2 prints without time and place: `  7001: Debug: `, the number in a
  /// column of six.
  package private(set) var isPlain = false
  /// The number of the task at the start of the line.
  package private(set) var number: Int32?
  /// The offsets of the source file and line, `criu/tty.c:12`.
  package private(set) var place: Range<Int>?
  /// The offsets of the message.
  package private(set) var message: Range<Int>

  /// Whether the line has a part that only CRIU and libcompel write.
  ///
  /// Many programs write `Error: `. CRIU adds the place.
  package var isOwn: Bool { time != nil || isParasite || isCompel || place != nil || isPlain }

  /// Splits the bytes of a line.
  ///
  /// - Parameter isPiece: a line that was joined with others begins with its own text.
  package init(_ bytes: [UInt8], _ line: Range<Int>, isPiece: Bool = false) {
    message = line
    var cursor = LogCursor(bytes, line)
    cursor.skipBlanks()
    time = cursor.time()
    if time == nil, !isPiece, !LogParts.isBegin(cursor) {
      cursor = LogParts.unwrapped(cursor)
      time = cursor.time()
    }
    cursor.skipBlanks()
    // Here restore writes the number of the restored task.
    let begin = cursor.at
    if let told = cursor.decimal(), cursor.take(UInt8(ascii: ":")) {
      number = Int32(exactly: told)
      cursor.skipBlanks()
    } else {
      cursor.at = begin
    }
    readLevel(&cursor)
    if cursor.take("pie: ") {
      isParasite = true
      while let told = cursor.numberPrefix() { number = told }
    }
    if number != nil, time == nil, !isParasite { readPlain(&cursor, from: line.lowerBound) }
    readSeverity(&cursor)
    message = cursor.at..<cursor.end
  }

  /// libcompel's programs write a level first: 1 is an error, 2 a warning.
  private mutating func readLevel(_ cursor: inout LogCursor) {
    let begin = cursor.at
    guard cursor.take("LC"), let level = cursor.decimal(), cursor.take(UInt8(ascii: ":"))
    else {
      cursor.at = begin
      return
    }
    cursor.skipBlanks()
    isCompel = true
    switch level {
    case 1: severity = .error
    case 2: severity = .warning
    default: break
    }
  }

  /// `Debug: `, `Info : ` after a number of six columns or more.
  private mutating func readPlain(_ cursor: inout LogCursor, from start: Int) {
    let isAligned = cursor.at - start >= 8 && cursor.bytes[start] == UInt8(ascii: " ")
    guard isAligned, cursor.take("Debug: ") || cursor.take("Info : ") || cursor.take("Info: ")
    else { return }
    isPlain = true
    cursor.skipBlanks()
  }

  /// `Error (file.c:12): `, `Warn  (file.c:12): `.
  private mutating func readSeverity(_ cursor: inout LogCursor) {
    let begin = cursor.at
    let found: LogRecord.Severity
    if cursor.take("Error") {
      found = .error
    } else if cursor.take("Warn") {
      found = .warning
    } else {
      return
    }
    cursor.skipBlanks()
    if cursor.take(UInt8(ascii: "(")) {
      let from = cursor.at
      while let byte = cursor.next, byte != UInt8(ascii: ")") { cursor.at += 1 }
      let to = cursor.at
      guard cursor.take("):") else {
        cursor.at = begin
        return
      }
      place = from..<to
    } else if time == nil && !isParasite && !isCompel || !cursor.take(":") {
      cursor.at = begin
      return
    }
    cursor.skipBlanks()
    severity = found
  }

  // MARK: Where it begins

  /// Whether CRIU's own text begins here.
  private static func isBegin(_ cursor: LogCursor) -> Bool {
    var here = cursor
    switch here.next {
    case UInt8(ascii: "("): return here.time() != nil
    case UInt8(ascii: "p"): return here.isNext("pie: ")
    case UInt8(ascii: "E"): return here.isNext("Error (")
    case UInt8(ascii: "W"): return here.isNext("Warn  (")
    case UInt8(ascii: "L"): return here.take("LC") && here.decimal() != nil && here.take(":")
    default: return false
    }
  }

  /// CRIU's own text in a line that other programs have passed on: after a container manager's `time=...
  /// msg="`, journald's host and program, a quotation mark, a test's own time; and before what they add.
  private static func unwrapped(_ line: LogCursor) -> LogCursor {
    // No known prefix is longer than this.
    let last = min(line.end, line.at + 512)
    var here = line
    // A bracket with a time in it is certain, and so is a level with a place. Other words may come before them.
    while here.at < last {
      if here.next == UInt8(ascii: "("), let digit = here.peek(1), LogCursor.isDigit(digit) {
        var stamp = here
        if stamp.time() != nil { return cut(here, of: line) }
      } else if isPlaced(here) {
        return cut(withTask(here, of: line), of: line)
      }
      here.at += 1
    }
    here.at = line.at
    while here.at < last {
      if here.next == UInt8(ascii: "E") || here.next == UInt8(ascii: "W")
        || here.next == UInt8(ascii: "p"), isBegin(here)
      {
        return cut(withTask(here, of: line), of: line)
      }
      here.at += 1
    }
    return line
  }

  /// `Error (criu/tty.c:12): `.
  private static func isPlaced(_ level: LogCursor) -> Bool {
    guard level.isNext("Error (") || level.isNext("Warn  (") else { return false }
    var place = level
    while let byte = place.next, byte != UInt8(ascii: ")") { place.at += 1 }
    return place.isNext("): ") && level.bytes[level.at..<place.at].contains(UInt8(ascii: ":"))
  }

  /// `  7001: Error (...)`: the number before the level belongs to the text.
  private static func withTask(_ text: LogCursor, of line: LogCursor) -> LogCursor {
    var here = text
    while here.at > line.at, here.bytes[here.at - 1] == UInt8(ascii: " ") { here.at -= 1 }
    guard here.at > line.at, here.bytes[here.at - 1] == UInt8(ascii: ":") else { return text }
    here.at -= 1
    let end = here.at
    while here.at > line.at, LogCursor.isDigit(here.bytes[here.at - 1]) { here.at -= 1 }
    guard here.at < end, here.at == line.at || here.bytes[here.at - 1] == UInt8(ascii: " ") else {
      return text
    }
    // `pie: 7: Error (...)`.
    var parasite = here
    parasite.at -= 5
    return parasite.at >= line.at && parasite.isNext("pie: ") ? parasite : here
  }

  /// Ends the text where the string ends that it stands in.
  private static func cut(_ text: LogCursor, of line: LogCursor) -> LogCursor {
    var text = text
    var isQuoted = false
    var place = line.at
    while place < text.at {
      switch line.bytes[place] {
      case UInt8(ascii: "\\"): place += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      default: break
      }
      place += 1
    }
    if isQuoted {
      place = text.at
      while place < text.end, line.bytes[place] != UInt8(ascii: "\"") {
        place += line.bytes[place] == UInt8(ascii: "\\") ? 2 : 1
      }
      text.end = min(place, text.end)
    }
    // A mark directly before the text has its partner directly after it.
    if text.at > line.at {
      let mark = line.bytes[text.at - 1]
      if mark == UInt8(ascii: "'") || mark == UInt8(ascii: "`") || mark == UInt8(ascii: "*") {
        while text.end > text.at, line.bytes[text.end - 1] == mark { text.end -= 1 }
      }
    }
    for _ in 0..<2 {
      if text.end - text.at > 2, line.bytes[text.end - 2] == UInt8(ascii: "\\"),
        line.bytes[text.end - 1] == UInt8(ascii: "n")
          || line.bytes[text.end - 1] == UInt8(ascii: "r")
      {
        text.end -= 2
      }
    }
    return text
  }

  // MARK: Several messages on one line

  /// The offsets of the messages that follow the first one on the same line; nearly always none.
  ///
  /// Lines lose their ends in mail, in bug trackers and in errors of other programs. A level with a place, or a
  /// time, begins a message.
  ///
  /// - Parameter first: where the first bracket of the message is.
  package func laterBegins(_ bytes: [UInt8], from first: Int) -> [Int] {
    guard message.count > 16 else { return [] }
    var found: [Int] = []
    // The bracket of a place that belongs to a message which begins with its time.
    var known = -1
    var here = LogCursor(bytes, message)
    here.at = max(first, here.at + 1)
    while let bracket = here.place(of: UInt8(ascii: "(")) {
      here.at = bracket
      if LogParts.isStamp(here) {
        found.append(bracket)
        known = LogParts(bytes, bracket..<message.upperBound, isPiece: true).place?.lowerBound ?? -1
      } else if bracket + 1 != known, let begin = begin(before: here) {
        found.append(begin)
      }
      here.at = bracket + 1
    }
    return found
  }

  /// `(00.071234)`. CRIU prints six digits, or three.
  private static func isStamp(_ bracket: LogCursor) -> Bool {
    guard let digit = bracket.peek(1), LogCursor.isDigit(digit) else { return false }
    var stamp = bracket
    return stamp.time() != nil && stamp.at - bracket.at >= 8
  }

  /// Where a message begins that has no time: the bracket is that of its place.
  private func begin(before bracket: LogCursor) -> Int? {
    var level = bracket
    level.at = bracket.at - 6
    guard level.at > message.lowerBound, LogParts.isPlaced(level) else { return nil }
    let whole = LogCursor(bracket.bytes, message)
    let begin = LogParts.withTask(level, of: whole)
    return begin.at > message.lowerBound ? begin.at : nil
  }

  // MARK: One message on several lines

  /// Whether the parasite's output was cut here, where its buffer ended: the last byte is `>` then.
  package func isTorn(_ bytes: [UInt8]) -> Bool {
    isParasite && !message.isEmpty && bytes[message.upperBound - 1] == UInt8(ascii: ">")
  }

  /// The bytes of a cut line and of the one that goes on with it.
  ///
  /// - Parameters:
  ///   - start: where the first line begins.
  ///   - parts: the parts of the first line.
  package static func joined(
    _ bytes: [UInt8], _ start: Int, _ parts: LogParts, _ others: [UInt8], _ rest: LogParts
  ) -> [UInt8] {
    var whole = Array(bytes[start..<parts.message.upperBound - 1])
    var tail = LogCursor(others, rest.message)
    // The digits before the cut may stand in the next line once more: then that has the whole number of the task.
    if let number = rest.number, let told = tail.decimal(), told == UInt64(clamping: number) {
      let digits = whole.reversed().prefix { LogCursor.isDigit($0) }
      let first = others[rest.message.lowerBound..<tail.at]
      if !digits.isEmpty, digits.count <= first.count, first.starts(with: digits.reversed()) {
        whole.removeLast(digits.count)
      }
    }
    return whole + others[rest.message]
  }
}
