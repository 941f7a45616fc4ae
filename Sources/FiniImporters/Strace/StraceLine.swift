/// What a line of strace is about, before its call is decoded.
struct StraceLine {
  /// What stands behind the stamp.
  enum Body {
    /// A call, from its name on; its arguments follow.
    case call(name: ArraySlice<UInt8>, rest: Scanner)
    /// The rest of a call that began on an earlier line.
    case resumed(name: ArraySlice<UInt8>, rest: Scanner)
    /// A signal of the traced program itself.
    case signal(Scanner)
    /// It ended.
    case exited(UInt8)
    case killed(name: ArraySlice<UInt8>, dumpedCore: Bool)
    /// strace speaks of itself.
    case message
  }

  /// The task of the program, where the line names it.
  var task: Int32?
  var time: Stamp?
  var body: Body

  /// How a line tells its time.
  enum Stamp: Hashable {
    /// Nanoseconds since 1970.
    case epoch(Int64)
    /// Nanoseconds since midnight.
    case clock(Int64)
    /// Nanoseconds since the line before.
    case since(Int64)
  }

  /// Reads a line; `nil` for one that strace did not write.
  ///
  /// - Parameter isRelative: whether a small number in front is the time since the line before (`-r`).
  init?(_ line: TextLine) {
    var scanner = Scanner(line)
    task = StraceLine.task(&scanner)
    time = StraceLine.stamp(&scanner)
    // With -f the number may stand behind the time, and -r adds a second stamp.
    if task == nil { task = StraceLine.task(&scanner) }
    if case .since? = time, let second = StraceLine.stamp(&scanner) { time = second }
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
        scanner.skipCommand()
        if scanner.take(0x5d) {
          scanner.skipBlanks()
          return Int32(number)
        }
      }
    } else if let number = scanner.decimal(), number > 0, number <= Int32.max {
      scanner.skipCommand()
      // A time has a colon or a point here.
      if scanner.next == 0x20 || scanner.next == 0x09 {
        scanner.skipBlanks()
        return Int32(number)
      }
    }
    scanner.at = begin
    return nil
  }

  private static func stamp(_ scanner: inout Scanner) -> Stamp? {
    let begin = scanner.at
    let isPadded = scanner.next == 0x20
    // -r writes its time in a column, -T and -f may put a sign there.
    scanner.skipBlanks()
    _ = scanner.take("(+")
    scanner.skipBlanks()
    guard let first = scanner.decimal() else {
      scanner.at = begin
      return nil
    }
    if scanner.take(0x3a), let minutes = scanner.decimal(), scanner.take(0x3a),
      let seconds = scanner.decimal(), first < 24, minutes < 60, seconds < 61
    {
      let fraction = scanner.fraction() ?? 0
      scanner.skipBlanks()
      return .clock(Int64(first * 3600 + minutes * 60 + seconds) * 1_000_000_000 + fraction)
    }
    guard first < 1 << 33, let fraction = scanner.fraction() else {
      scanner.at = begin
      return nil
    }
    _ = scanner.take(0x29)
    guard scanner.next == 0x20 || scanner.next == 0x09 else {
      scanner.at = begin
      return nil
    }
    scanner.skipBlanks()
    let time = Int64(first) * 1_000_000_000 + fraction
    // No trace is as old as that, and no pause as long.
    return isPadded || first < 100_000_000 ? .since(time) : .epoch(time)
  }

  /// The instruction pointer of -i and the number of -n.
  private static func skipPlace(_ scanner: inout Scanner) {
    while scanner.next == 0x5b {
      let begin = scanner.at
      scanner.at += 1
      scanner.skipBlanks()
      while let byte = scanner.next, Scanner.isWord(byte) || byte == 0x3f { scanner.at += 1 }
      guard scanner.take(0x5d) else {
        scanner.at = begin
        return
      }
      scanner.skipBlanks()
    }
  }

  private static func body(_ scanner: Scanner) -> Body? {
    var scanner = scanner
    switch scanner.next {
    case 0x2d:
      guard scanner.take("--- ") else { return nil }
      return .signal(scanner)
    case 0x2b:
      guard scanner.take("+++ ") else { return nil }
      if scanner.take("exited with "), let code = scanner.decimal(), code < 256 {
        return .exited(UInt8(code))
      }
      if scanner.take("killed by ") {
        return .killed(name: scanner.word(), dumpedCore: scanner.find("core dumped") != nil)
      }
      return .message
    case 0x3c:
      guard scanner.take("<... ") else { return nil }
      let name = scanner.word()
      scanner.skipBlanks()
      guard scanner.take("resumed>") || scanner.take("resumed") else { return nil }
      return .resumed(name: name, rest: scanner)
    default:
      if scanner.isNext("strace: ") || scanner.isNext("Process ") { return .message }
      let name = scanner.word()
      guard !name.isEmpty, scanner.take(0x28) else { return nil }
      return .call(name: name, rest: scanner)
    }
  }
}

extension Scanner {
  /// `<command>` of --decode-pids=comm, behind a number.
  fileprivate mutating func skipCommand() {
    guard next == 0x3c else { return }
    while at < end, bytes[at] != 0x3e { at += 1 }
    if at < end { at += 1 }
  }

  /// A point and digits, in nanoseconds.
  mutating func fraction() -> Int64? {
    guard take(0x2e) || take(0x2c) else { return nil }
    var value: Int64 = 0
    var digits = 0
    while at < end, bytes[at] >= 0x30, bytes[at] <= 0x39 {
      if digits < 9 { value = value * 10 + Int64(bytes[at] - 0x30) }
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
