internal import FiniModel

/// Splits blocks of bytes into lines.
struct LineCutter {
  /// How many bytes of a line are kept. The rest of a longer line is dropped, and the line is
  /// marked.
  static let limit = 1 << 20

  private var rest: [UInt8] = []
  private var isDropping = false
  private var mayHaveMarks = true
  private var number: UInt32 = 0

  /// Takes a block and hands over the complete lines.
  mutating func take(_ block: [UInt8], _ body: (TextLine) throws -> Void) rethrows {
    var bytes = block
    if !rest.isEmpty {
      bytes = rest + block
      rest = []
    }
    var start = 0
    mayHaveMarks = TextLine.hasMarks(bytes[...])
    while let index = bytes[...].place(of: .newline, from: start) {
      try hand(bytes, start, index, isLast: false, body)
      start = index + 1
    }
    rest = Array(bytes[start...])
    if rest.count > LineCutter.limit {
      if !isDropping { try hand(rest, 0, LineCutter.limit, isLast: false, body) }
      isDropping = true
      rest = []
    }
  }

  /// Ends the input: the remaining bytes are a line without a line end.
  mutating func end(_ body: (TextLine) throws -> Void) rethrows {
    guard !rest.isEmpty else { return }
    let bytes = rest
    rest = []
    mayHaveMarks = true
    try hand(bytes, 0, bytes.count, isLast: true, body)
  }

  private mutating func hand(
    _ bytes: [UInt8], _ start: Int, _ end: Int, isLast: Bool, _ body: (TextLine) throws -> Void
  ) rethrows {
    // The end of a line that was already handed over.
    if isDropping {
      isDropping = false
      return
    }
    number &+= 1
    var end = end
    let isCut = end - start > LineCutter.limit
    if isCut { end = start + LineCutter.limit }
    if end > start, bytes[end - 1] == .carriageReturn { end -= 1 }
    try body(
      TextLine(
        bytes: bytes, start: start, end: end, number: number, isCut: isCut, isLast: isLast,
        mayHaveMarks: mayHaveMarks))
  }
}

/// Turns the lines of one input into sights.
struct InputReader {
  let format: LineFormat
  private(set) var summary: InputSummary
  private var strace: StraceReader
  private var log = CRIULogReader()
  private var perf = PerfReader()
  private var lastTime: Int64 = 0
  private var lastLine = TextLine("")

  init(format: LineFormat, name: String, task: TaskID) {
    self.format = format
    strace = StraceReader(onlyTask: task)
    summary = InputSummary(name: name, format: format)
  }

  /// Reads a line. Every sight gets a time; if it has none, the time of the line before.
  mutating func read(_ line: TextLine, _ body: (Sight) -> Void) {
    summary.lines += 1
    lastLine = line
    switch outcome(line.plain) {
    case .sight(var sight):
      summary.used += 1
      stamp(&sight)
      body(sight)
    case .sights(let sights):
      summary.used += 1
      for var sight in sights {
        // It was ignored when it was read, and tells something beside this line.
        if format == .criuLog, sight.line < line.number, summary.passed > 0 {
          summary.passed -= 1
          summary.used += 1
        }
        stamp(&sight)
        body(sight)
      }
    case .passed:
      summary.passed += 1
    case .unparsed:
      // An empty line can't be a line that was not understood.
      if line.isEmpty {
        summary.passed += 1
        return
      }
      summary.unparsed += 1
      var sight = Sight.unparsed(line)
      stamp(&sight)
      body(sight)
    }
  }

  /// The sights that remain at the end of the input.
  mutating func end() -> [Sight] {
    var sights = strace.end() + log.end()
    if format == .perfScript || format == .ftrace || format == .perfTrace {
      sights += perf.end(lastLine)
    }
    for index in sights.indices { stamp(&sights[index]) }
    return sights
  }

  /// Counts a line that told something as ignored: another input reports the same.
  mutating func passOver() {
    guard summary.used > 0 else { return }
    summary.used -= 1
    summary.passed += 1
  }

  /// Keeps the offset of its clock to the run's clock.
  mutating func note(offset: Int64, anchor: String?) {
    summary.offset = offset
    summary.anchor = anchor
  }

  @inline(__always)
  private mutating func outcome(_ line: TextLine) -> LineOutcome {
    let outcome = ownOutcome(line)
    guard case .unparsed = outcome else { return outcome }
    if let bare = line.unmarked {
      let bareOutcome = ownOutcome(bare)
      if case .unparsed = bareOutcome {} else { return bareOutcome }
    }
    if format == .criuLog { return outcome }
    // Trace and log were written to one terminal, or pasted one below the other: the tracer's own
    // lines stand between those of strace. Their clocks differ, so such a line gets the time of the
    // line before.
    guard CRIULine.recognizes(line), let sights = log.read(line).all else {
      return CRIULine.recognizes(line) ? .passed : outcome
    }
    return .sights(
      sights.map {
        var sight = $0
        sight.entered = nil
        return sight
      })
  }

  @inline(__always)
  private mutating func ownOutcome(_ line: TextLine) -> LineOutcome {
    switch format {
    case .strace: strace.read(line)
    case .criuLog: log.read(line)
    case .perfTrace: perf.readTrace(line)
    case .perfScript, .ftrace: perf.readTracepoint(line)
    }
  }

  /// Gives a sight without a time the time of the line before.
  @inline(__always)
  private mutating func stamp(_ sight: inout Sight) {
    if let time = sight.entered {
      lastTime = time
    } else {
      sight.entered = lastTime
      sight.isUntimed = sight.thing.isLine
    }
  }
}

/// The counts of one input's lines.
package struct InputSummary: Hashable, Sendable {
  /// The name as it was given.
  package var name: String
  /// Its format.
  package var format: LineFormat
  /// All lines.
  package var lines = 0
  /// Lines that became events.
  package var used = 0
  /// Lines of a known kind that are ignored.
  package var passed = 0
  /// Lines that were not understood.
  package var unparsed = 0
  /// The offset that was added to its times, in nanoseconds.
  package var offset: Int64 = 0
  /// What the offset is based on; `nil` for the input whose clock is the run's.
  package var anchor: String?

  /// Starts with zero counts.
  package init(name: String, format: LineFormat) {
    self.name = name
    self.format = format
  }
}
