/// Who wrote a line, as far as its first columns tell, and the name of a task that stands in them.
///
/// A task may be called anything, so no form of the name itself shows it: only its column does (RedactorTests).
struct LineShape: Equatable {
  enum Writer {
    /// strace: quotes are around buffers, arguments, the environment.
    case strace
    /// `perf trace`: as strace.
    case perfTrace
    /// `perf script` or the kernel's trace file.
    case events
    case other
  }

  var writer: Writer
  /// Where the name of the task stands, in the columns before the call or the event.
  var name: Range<Int>?

  /// Whether a quoted text is a string of a call.
  var hasCalls: Bool { writer == .strace || writer == .perfTrace }

  init(_ writer: Writer, name: Range<Int>? = nil) {
    self.writer = writer
    self.name = name
  }

  /// Looks at the beginning of a line.
  init(of bytes: [UInt8]) {
    self =
      LineShape.events(bytes) ?? LineShape.perfTrace(bytes)
      ?? LineShape(LineShape.isOfStrace(bytes) ? .strace : .other)
  }

  /// How far into a line its columns go.
  private static let columnsEnd = 160

  // MARK: Events

  /// `criu-8896  [001] d..1.  123.456789: sys_ptrace(...`, `py-spy 31006/31006 [001] 44492463.265317: ...`: the name, the
  /// number of the task, that of its process if the trace file has it, the processor, flags, the time.
  private static func events(_ bytes: [UInt8]) -> LineShape? {
    let words = LineShape.words(bytes)
    guard let time = words.firstIndex(where: { isTime(bytes[$0]) }), time > 0 else { return nil }
    var last = time - 1
    if last > 0, !isProcessor(bytes[words[last]]), isProcessor(bytes[words[last - 1]]) { last -= 1 }
    if last > 0, isProcessor(bytes[words[last]]) { last -= 1 }
    if last > 0, bytes[words[last].upperBound - 1] == UInt8(ascii: ")") {
      while last > 0, bytes[words[last].lowerBound] != UInt8(ascii: "(") { last -= 1 }
      guard last > 0 else { return nil }
      last -= 1
    }
    let column = words[last]
    var place = column.upperBound
    while place > column.lowerBound, bytes[place - 1].isDigit || bytes[place - 1] == slash {
      place -= 1
    }
    guard place < column.upperBound else { return nil }
    let begin = words[0].lowerBound
    // perf script has blanks before the number, the trace file a hyphen.
    let end: Int
    if place == column.lowerBound, last > 0 {
      end = words[last - 1].upperBound
    } else if place > column.lowerBound, bytes[place - 1] == UInt8(ascii: "-") {
      end = place - 1
    } else {
      return nil
    }
    return begin < end ? LineShape(.events, name: begin..<end) : nil
  }

  private static let slash = UInt8(ascii: "/")

  /// The words of the columns.
  private static func words(_ bytes: [UInt8]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var begin: Int?
    let end = min(bytes.count, columnsEnd)
    for place in 0..<end {
      if bytes[place] == 0x20 || bytes[place] == 0x09 {
        if let start = begin { words.append(start..<place) }
        begin = nil
      } else if begin == nil {
        begin = place
      }
    }
    if let start = begin { words.append(start..<end) }
    return words
  }

  /// `44492463.265317:`
  private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
    guard word.count > 3, word.first?.isDigit == true, word.last == UInt8(ascii: ":") else {
      return false
    }
    let point = UInt8(ascii: ".")
    let number = word.dropLast()
    return number.last != point && number.allSatisfy { $0.isDigit || $0 == point }
      && number.count(where: { $0 == point }) == 1
  }

  /// `[001]`
  private static func isProcessor(_ word: ArraySlice<UInt8>) -> Bool {
    word.count > 2 && word.first == UInt8(ascii: "[") && word.last == UInt8(ascii: "]")
      && word.dropFirst().dropLast().allSatisfy(\.isDigit)
  }

  // MARK: Calls

  /// `    10.459 ( 0.004 ms): criu/8896 ptrace(...`
  private static func perfTrace(_ bytes: [UInt8]) -> LineShape? {
    guard let first = bytes.first(where: { $0 != 0x20 }),
      first.isDigit || first == UInt8(ascii: "?")
    else { return nil }
    let columns = bytes.prefix(columnsEnd)
    let mark = Array("): ".utf8)
    guard let open = columns.firstIndex(of: UInt8(ascii: "(")),
      let close = columns[open...].firstIndex(of: UInt8(ascii: ")")),
      bytes[close...].starts(with: mark)
    else { return nil }
    let begin = close + mark.count
    let call = columns[begin...].firstIndex(of: UInt8(ascii: "(")) ?? columns.endIndex
    guard let slash = columns[begin..<call].lastIndex(of: slash), slash > begin,
      bytes[slash + 1].isDigit
    else { return nil }
    return LineShape(.perfTrace, name: begin..<slash)
  }

  /// Whether strace wrote it: a name and an opening parenthesis come before the first blank of the call.
  private static func isOfStrace(_ bytes: [UInt8]) -> Bool {
    // The rest of a call, after a number of a process and a time, has no parenthesis of its own.
    let resumed = Array("<... ".utf8)
    for place in 0..<min(80, max(0, bytes.count - resumed.count))
    where bytes[place] == resumed[0] && bytes[place...].starts(with: resumed) {
      return true
    }
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), open > 0 else { return false }
    var start = open
    while start > 0, bytes[start - 1].isWord { start -= 1 }
    guard start < open, bytes[start].isLetter else { return false }
    // Before it only a number of a process, its name in `<>`, and a time.
    var isName = false
    for byte in bytes[..<start] {
      if byte == UInt8(ascii: "<") { isName = true }
      guard isName || byte.isDigit || " \t[]:.pid".utf8.contains(byte) else { return false }
      if byte == UInt8(ascii: ">") { isName = false }
    }
    return true
  }
}
