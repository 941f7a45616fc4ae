internal import FiniModel

/// `    10.459 ( 0.004 ms): criu/8896 ptrace(request: 16900, pid: 6943, addr: 0x402) = 0`.
struct PerfTraceLine {
  enum Body {
    case call(name: ArraySlice<UInt8>, Fields, result: Int64?)
    case continued(name: ArraySlice<UInt8>, result: Int64)
  }

  /// Nanoseconds since the start.
  var time: Int64
  var duration: Int64?
  var tracer: TaskID
  var body: Body

  init?(_ line: TextLine) {
    var scanner = Scanner(line)
    scanner.skipBlanks()
    guard let time = PerfTraceLine.milliseconds(&scanner) else { return nil }
    self.time = time
    scanner.skipBlanks()
    guard scanner.take(.openParenthesis) else { return nil }
    scanner.skipBlanks()
    duration = PerfTraceLine.milliseconds(&scanner)
    while let byte = scanner.next, byte != .closeParenthesis { _ = scanner.take(byte) }
    guard scanner.take("):") else { return nil }
    scanner.skipBlanks()
    // The name may contain any character. The number comes after its last slash.
    guard let open = scanner.find("(") ?? scanner.find("...") else { return nil }
    var slash: Int?
    for place in scanner.at..<open where scanner.bytes[place] == .slash { slash = place }
    guard let slash else { return nil }
    scanner.at = slash + 1
    guard let number = scanner.decimal(), number <= Int32.max else { return nil }
    tracer = TaskID(Int32(number))
    scanner.skipBlanks()
    if scanner.take("... [continued]: ") {
      let name = scanner.word()
      guard let result = PerfTraceLine.result(&scanner) else { return nil }
      body = .continued(name: name, result: result)
      return
    }
    let name = scanner.word()
    guard !name.isEmpty, scanner.take(.openParenthesis) else { return nil }
    let fields = Fields(&scanner)
    body = .call(name: name, fields, result: PerfTraceLine.result(&scanner))
  }

  private static func milliseconds(_ scanner: inout Scanner) -> Int64? {
    guard let whole = scanner.decimal(), whole < 1 << 42, let fraction = scanner.fraction() else {
      return nil
    }
    return Int64(whole) * 1_000_000 + fraction / 1000
  }

  private static func result(_ scanner: inout Scanner) -> Int64? {
    guard let place = scanner.find(" = ") else { return nil }
    scanner.at = place + 3
    guard let value = scanner.number() else { return nil }
    scanner.skipBlanks()
    if Int64(bitPattern: value) == -1, let error = Words.error(scanner.word()) {
      return -Int64(error.rawValue)
    }
    return Int64(bitPattern: value)
  }
}
