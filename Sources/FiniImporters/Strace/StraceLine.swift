internal import FiniModel

/// The parts of a line of strace, before its call is decoded.
struct StraceLine {
  /// What comes after the time stamp.
  enum Body {
    /// A call, with its name and its arguments.
    case call(name: ArraySlice<UInt8>, rest: Scanner)
    /// The rest of a call that began on an earlier line.
    case resumed(name: ArraySlice<UInt8>, rest: Scanner)
    /// A signal of the traced program itself.
    case signal(Scanner)
    /// The traced program exited.
    case exited(UInt8)
    case killed(name: ArraySlice<UInt8>, dumpedCore: Bool)
    /// A message of strace about itself.
    case message
  }

  /// The task of the program, if the line names it.
  var task: Int32?
  var time: Stamp?
  var body: Body

  /// The forms of a line's time stamp.
  enum Stamp: Hashable {
    /// Nanoseconds since 1970.
    case epoch(Int64)
    /// Nanoseconds since midnight.
    case clock(Int64)
    /// Nanoseconds since the line before.
    case since(Int64)
  }

  /// Reads a line; `nil` if strace did not write it.
  init?(_ line: TextLine) {
    let scanner = Scanner(line)
    if let parts = StraceLine(scanner) {
      self = parts
      return
    }
    guard let parts = StraceLine.afterPrefix(line, scanner) else { return nil }
    self = parts
  }

  /// A line after what others put before it. Apart, because nearly no line needs it.
  @inline(never)
  private static func afterPrefix(_ line: TextLine, _ scanner: Scanner) -> StraceLine? {
    // The marks of mail and Markdown are dropped first: what `begin` drops may have the number of the task in it.
    let inner = LogMarks.unmarked(line.bytes, line.start..<line.end)
    var rest = scanner
    rest.at = inner.lowerBound
    rest.end = inner.upperBound
    if rest.at > scanner.at, let parts = StraceLine(rest) { return parts }
    guard let begin = StraceLine.begin(scanner) else { return nil }
    rest = scanner
    rest.at = begin
    return StraceLine(rest)
  }

  private init?(_ line: Scanner) {
    var scanner = line
    task = StraceLine.task(&scanner)
    time = StraceLine.stamp(&scanner)
    // With -f the number may come after the time, and -r adds a second stamp.
    if task == nil { task = StraceLine.task(&scanner) }
    if let second = StraceLine.stamp(&scanner), case .since? = time { time = second }
    StraceLine.skipPlace(&scanner)
    if let body = StraceLine.body(scanner) {
      self.body = body
    } else {
      return nil
    }
  }

  private static func task(_ scanner: inout Scanner) -> Int32? {
    let begin = scanner.at
    if scanner.take("[pid ") {
      scanner.skipBlanks()
      if let number = scanner.decimal(), number <= Int32.max {
        scanner.skipAnnotation()
        if scanner.take(.closeBracket) {
          scanner.skipBlanks()
          return Int32(number)
        }
      }
    } else if let number = scanner.decimal(), number > 0, number <= Int32.max {
      scanner.skipAnnotation()
      // Here a time has a colon or a point.
      if scanner.next == .blank || scanner.next == .tab {
        scanner.skipBlanks()
        return Int32(number)
      }
    }
    scanner.at = begin
    return nil
  }

  private static func stamp(_ scanner: inout Scanner) -> Stamp? {
    let begin = scanner.at
    // -r writes its time in a column; -T and -f may write a sign there.
    scanner.skipBlanks()
    _ = scanner.take("(+")
    scanner.skipBlanks()
    guard let first = scanner.decimal() else {
      scanner.at = begin
      return nil
    }
    if scanner.take(.colon), let minutes = scanner.decimal(), scanner.take(.colon),
      let seconds = scanner.decimal(), first < 24, minutes < 60, seconds < 61
    {
      let fraction = scanner.fraction() ?? 0
      let hour = StraceLine.hour(first, &scanner)
      scanner.skipBlanks()
      return .clock(Int64(hour * 3600 + minutes * 60 + seconds) * 1_000_000_000 + fraction)
    }
    guard first < 1 << 33, let fraction = scanner.fraction() else {
      scanner.at = begin
      return nil
    }
    _ = scanner.take(.closeParenthesis)
    guard scanner.next == .blank || scanner.next == .tab else {
      scanner.at = begin
      return nil
    }
    scanner.skipBlanks()
    let time = Int64(first) * 1_000_000_000 + fraction
    // No trace is that old, and no pause that long.
    return first < 100_000_000 ? .since(time) : .epoch(time)
  }

  /// The hour in 24-hour form, after anything that dates of other programs have after the time: `
  /// PM`, `+0100`, `Z`.
  private static func hour(_ hour: UInt64, _ scanner: inout Scanner) -> UInt64 {
    var hour = hour
    if scanner.take(" AM") || scanner.take(" am") {
      hour %= 12
    } else if scanner.take(" PM") || scanner.take(" pm") {
      hour = hour % 12 + 12
    }
    if scanner.take(.upperZ) { return hour }
    if scanner.next == .plus || scanner.next == .minus, let digit = scanner.peek(1),
      UInt8.digits.contains(digit)
    {
      scanner.at += 1
      while let byte = scanner.next, UInt8.digits.contains(byte) || byte == .colon {
        scanner.at += 1
      }
    }
    return hour
  }

  /// Where strace's own line begins after a prefix of another program: a date in any language, a
  /// quotation mark, the time stamp of a test.
  private static func begin(_ scanner: Scanner) -> Int? {
    var here = scanner
    while let byte = here.next, byte == .blank || byte == .tab || byte == .greater { here.at += 1 }
    let first = here.at
    // The last time before the call: a log in another log has one more before it.
    var found: Int?
    var isInside = false
    while here.at < here.end, here.at - first < 200 {
      guard let byte = here.next else { break }
      if byte == .openParenthesis || byte == .quote || byte == .equal { break }
      let isDigit = UInt8.digits.contains(byte)
      if isDigit, !isInside, isClock(here) { found = here.at }
      if byte == .openBracket, here.isNext("[pid ") {
        found = found ?? here.at
        break
      }
      isInside = isDigit || Scanner.isWord(byte) && !(byte == UInt8(ascii: "T"))
      here.at += 1
    }
    if let found { return found }
    here.at = first
    var call: Int?
    for words in ["ptrace(", "wait4(", "waitid(", "+++ ", "--- SIG", "<... "] as [StaticString] {
      if let place = here.find(words), place < call ?? Int.max { call = place }
    }
    here.at = call ?? here.end
    // Ordinary text may mention a call too. A call that strace wrote has a result, or says that it
    // has none yet.
    guard let call,
      here.next != UInt8(ascii: "p") && here.next != UInt8(ascii: "w") || here.find(" = ") != nil
        || here.find("<unfinished") != nil
    else { return first > scanner.at ? first : nil }
    // Not in the middle of a word, or of the output of another call.
    if call > first {
      let before = here.bytes[call - 1]
      guard before == .blank || before == .tab,
        here.bytes[first..<call].allSatisfy({ $0 != .quote })
      else { return first > scanner.at ? first : nil }
    }
    return call
  }

  private static func isClock(_ scanner: Scanner) -> Bool {
    var here = scanner
    guard let hours = here.decimal(), hours < 24, here.take(.colon), let minutes = here.decimal(),
      minutes < 60, here.take(.colon), let seconds = here.decimal(), seconds < 61
    else { return false }
    return true
  }

  /// Skips the instruction pointer of -i and the number of -n.
  private static func skipPlace(_ scanner: inout Scanner) {
    while scanner.next == .openBracket {
      let begin = scanner.at
      scanner.at += 1
      scanner.skipBlanks()
      while let byte = scanner.next, Scanner.isWord(byte) || byte == .question { scanner.at += 1 }
      guard scanner.take(.closeBracket) else {
        scanner.at = begin
        return
      }
      scanner.skipBlanks()
    }
  }

  private static func body(_ scanner: Scanner) -> Body? {
    var scanner = scanner
    switch scanner.next {
    case .minus:
      guard scanner.take("--- ") else { return nil }
      return .signal(scanner)
    case .plus:
      guard scanner.take("+++ ") else { return nil }
      if scanner.take("exited with "), let code = scanner.decimal(), code < 256 {
        return .exited(UInt8(code))
      }
      if scanner.take("killed by ") {
        return .killed(name: scanner.word(), dumpedCore: scanner.find("core dumped") != nil)
      }
      return .message
    case .blank, .greater:
      // A stack frame (-k): ` > /lib/libc.so.6(ptrace+0x52) [0x11ab32]`.
      scanner.skipBlanks()
      return scanner.take("> ") && scanner.find("[0x") != nil ? .message : nil
    case .less:
      guard scanner.take("<... ") else { return nil }
      let name = scanner.word()
      scanner.skipBlanks()
      guard scanner.take("resumed>") || scanner.take("resumed") else { return nil }
      return .resumed(name: name, rest: scanner)
    default:
      if scanner.isNext("strace: ") || scanner.isNext("Process ") || scanner.isNext("[ Process ") {
        return .message
      }
      let name = scanner.word()
      guard !name.isEmpty, scanner.take(.openParenthesis) else { return nil }
      return .call(name: name, rest: scanner)
    }
  }
}

extension Scanner {
  /// A point and digits, in nanoseconds.
  mutating func fraction() -> Int64? {
    guard take(.point) || take(.comma) else { return nil }
    var value: Int64 = 0
    var digits = 0
    while at < end, bytes[at] >= .digit0, bytes[at] <= .digit9 {
      if digits < 9 { value = value * 10 + Int64(bytes[at] - .digit0) }
      digits += 1
      at += 1
    }
    guard digits > 0 else { return nil }
    while digits < 9 {
      value *= 10
      digits += 1
    }
    return value
  }
}
