internal import FiniModel

/// A line of `perf script` or of the kernel's trace file; see trace-cmd and ftrace's own documentation.
///
///     py-spy 31006 [001] 44492463.265317: syscalls:sys_enter_ptrace: request: 0x11, pid: 0x4fef, ...
///     criu-8896  [001] d..1.  123.456789: sys_ptrace(request: 4206, pid: 1b1f, addr: 0, data: 0)
///     criu-8896  [001] d..1.  123.456790: signal_generate: sig=5 errno=0 code=4 comm=x pid=6943 grp=0 res=0
struct TracepointLine {
  enum What {
    case ptraceEntry(Fields)
    case ptraceExit(Int64)
    case waitEntry(WaitCall)
    case waitExit(Int64)
    case generated(SignalInfo, target: TaskID)
    case delivered(SignalInfo)
    case other
  }

  var task: TaskID
  /// Nanoseconds on the trace's clock.
  var time: Int64
  var event: What
  /// Whether perf script wrote it.
  var isScript: Bool

  init?(_ line: TextLine) {
    var scanner = Scanner(line)
    guard let bracket = TracepointLine.processor(scanner) else { return nil }
    // The number before the processor, after a blank or a hyphen.
    var end = bracket
    while end > scanner.at, scanner.bytes[end - 1] == .blank { end -= 1 }
    // The trace file may have the group's number in brackets here.
    if end > scanner.at, scanner.bytes[end - 1] == .closeParenthesis {
      while end > scanner.at, scanner.bytes[end - 1] != .openParenthesis { end -= 1 }
      end = max(scanner.at, end - 1)
      while end > scanner.at, scanner.bytes[end - 1] == .blank { end -= 1 }
    }
    var begin = end
    while begin > scanner.at, UInt8.digits.contains(scanner.bytes[begin - 1]) { begin -= 1 }
    guard begin < end, begin > scanner.at else { return nil }
    isScript = scanner.bytes[begin - 1] != .minus
    var number = scanner
    number.at = begin
    guard let task = number.decimal(), task <= Int32.max else { return nil }
    self.task = TaskID(Int32(task))
    scanner.at = bracket
    while let byte = scanner.next, byte != .closeBracket { _ = scanner.take(byte) }
    _ = scanner.take(.closeBracket)
    guard let time = TracepointLine.time(&scanner) else { return nil }
    self.time = time
    scanner.skipBlanks()
    event = TracepointLine.event(scanner)
  }

  /// Where `[001]` begins.
  private static func processor(_ scanner: Scanner) -> Int? {
    var here = scanner
    while !here.isAtEnd {
      if here.next == .openBracket, let digit = here.peek(1), UInt8.digits.contains(digit) {
        var inner = here
        inner.at += 1
        if inner.decimal() != nil, inner.take(.closeBracket) { return here.at }
      }
      here.at += 1
    }
    return nil
  }

  /// `44492463.265317:`, after flags if there are any.
  private static func time(_ scanner: inout Scanner) -> Int64? {
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      let begin = scanner.at
      if let seconds = scanner.decimal(), seconds < 1 << 33, let fraction = scanner.fraction(),
        scanner.take(.colon)
      {
        return Int64(seconds) * 1_000_000_000 + fraction
      }
      scanner.at = begin
      while let byte = scanner.next, byte != .blank { _ = scanner.take(byte) }
    }
    return nil
  }

  private static func event(_ scanner: Scanner) -> What {
    var scanner = scanner
    // perf writes the tracepoint's group first, and may write an address after it.
    for group in ["raw_syscalls:", "syscalls:", "signal:"] as [StaticString] {
      if scanner.take(group) { break }
    }
    if scanner.take("sys_enter_ptrace: ") { return .ptraceEntry(Fields(&scanner)) }
    if scanner.take("sys_exit_ptrace: ") {
      return .ptraceExit(Int64(bitPattern: scanner.number() ?? 0))
    }
    if scanner.take("sys_ptrace(") { return .ptraceEntry(hexadecimalFields(&scanner)) }
    if scanner.take("sys_ptrace -> ") {
      return .ptraceExit(Int64(bitPattern: scanner.number() ?? 0))
    }
    if scanner.take("sys_enter_wait4: ") { return .waitEntry(wait(Fields(&scanner))) }
    if scanner.take("sys_exit_wait4: ") {
      return .waitExit(Int64(bitPattern: scanner.number() ?? 0))
    }
    if scanner.take("sys_wait4(") { return .waitEntry(wait(hexadecimalFields(&scanner))) }
    if scanner.take("sys_wait4 -> ") {
      return .waitExit(Int64(bitPattern: scanner.number() ?? 0))
    }
    if scanner.take("sys_enter: NR ") { return rawEntry(&scanner) }
    if scanner.take("sys_exit: NR ") {
      guard let number = scanner.number(), scanner.take(" = "), let result = scanner.number()
      else { return .other }
      switch number {
      case SyscallNumber.ptrace: return .ptraceExit(Int64(bitPattern: result))
      case SyscallNumber.wait4: return .waitExit(Int64(bitPattern: result))
      default: return .other
      }
    }
    if scanner.take("signal_generate: ") {
      let fields = Fields(&scanner, separator: .equal)
      guard let info = info(fields), let target = fields["pid"] else { return .other }
      return .generated(info, target: TaskID(Int32(truncatingIfNeeded: target)))
    }
    if scanner.take("signal_deliver: ") {
      return info(Fields(&scanner, separator: .equal)).map { .delivered($0) } ?? .other
    }
    return .other
  }

  private static func wait(_ fields: Fields) -> WaitCall {
    WaitCall(
      target: TaskID(
        Int32(truncatingIfNeeded: fields["upid"] ?? fields["pid"] ?? UInt64(bitPattern: -1))),
      options: UInt32(truncatingIfNeeded: fields["options"] ?? 0), result: 0)
  }

  /// `NR 101 (4206, 1b1f, 0, 0, ...)`: x86-64's numbers, and words in hexadecimal.
  private static func rawEntry(_ scanner: inout Scanner) -> What {
    guard let number = scanner.number(), scanner.take(" ("),
      number == SyscallNumber.ptrace || number == SyscallNumber.wait4
    else {
      return .other
    }
    var words: [UInt64] = []
    while let word = scanner.hexadecimal() {
      words.append(word)
      guard scanner.comma() else { break }
    }
    guard words.count >= 4 else { return .other }
    if number == SyscallNumber.wait4 {
      return .waitEntry(
        WaitCall(
          target: TaskID(Int32(truncatingIfNeeded: words[0])),
          options: UInt32(truncatingIfNeeded: words[2]), result: 0))
    }
    var rest = Scanner(
      "request: \(words[0]), pid: \(words[1]), addr: \(words[2]), data: \(words[3])")
    return .ptraceEntry(Fields(&rest))
  }

  /// The trace file prints the arguments of a call in hexadecimal, without a prefix.
  private static func hexadecimalFields(_ scanner: inout Scanner) -> Fields {
    var text = ""
    while true {
      scanner.skipBlanks()
      let name = scanner.word()
      guard !name.isEmpty, scanner.take(.colon) else { break }
      scanner.skipBlanks()
      _ = scanner.take("0x")
      guard let value = scanner.hexadecimal() else { break }
      text += String(decoding: name, as: UTF8.self) + ": \(value), "
      _ = scanner.take(.comma)
    }
    var rest = Scanner(text)
    return Fields(&rest)
  }

  private static func info(_ fields: Fields) -> SignalInfo? {
    guard let signal = fields["sig"], signal > 0, signal <= 64 else { return nil }
    return SignalInfo(
      signal: Signal(rawValue: Int32(signal)),
      code: SignalCode(rawValue: Int32(truncatingIfNeeded: fields["code"] ?? 0)))
  }
}
