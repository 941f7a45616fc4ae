internal import FiniModel

/// Cuts blocks of bytes into lines.
struct LineCutter {
  /// How many bytes of a line are kept; the rest of a longer one is dropped, and the line marked.
  static let limit = 1 << 20

  private var rest: [UInt8] = []
  private var isDropping = false
  private var number: UInt32 = 0

  /// Takes a block and hands over the lines that are complete.
  mutating func take(_ block: [UInt8], _ body: (TextLine) throws -> Void) rethrows {
    var bytes = block
    if !rest.isEmpty {
      bytes = rest + block
      rest = []
    }
    var start = 0
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

  /// The input is over: what is left is a line without an end.
  mutating func end(_ body: (TextLine) throws -> Void) rethrows {
    guard !rest.isEmpty else { return }
    let bytes = rest
    rest = []
    try hand(bytes, 0, bytes.count, isLast: true, body)
  }

  private mutating func hand(
    _ bytes: [UInt8], _ start: Int, _ end: Int, isLast: Bool, _ body: (TextLine) throws -> Void
  ) rethrows {
    // The end of a line that was handed over already.
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
        bytes: bytes, start: start, end: end, number: number, isCut: isCut, isLast: isLast))
  }
}

/// Turns the lines of one input into what they tell.
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

  /// Reads a line; every sight gets a time, if need be that of the line before.
  mutating func read(_ line: TextLine, _ body: (Sight) -> Void) {
    summary.lines += 1
    lastLine = line
    switch outcome(line.withoutColours) {
    case .sight(var sight):
      summary.used += 1
      stamp(&sight)
      body(sight)
    case .sights(let sights):
      summary.used += 1
      for var sight in sights {
        stamp(&sight)
        body(sight)
      }
    case .passed:
      summary.passed += 1
    case .unparsed:
      // An empty line says nothing that could be missed.
      if line.isEmpty {
        summary.passed += 1
        return
      }
      summary.unparsed += 1
      var sight = Sight(
        thing: .note(.unparsed(line: line.number), about: TaskID(0)), tracer: TaskID(0),
        line: line.number, text: line.text)
      stamp(&sight)
      body(sight)
    }
  }

  /// What is left when the input is over.
  mutating func end() -> [Sight] {
    var sights = strace.end()
    if format == .perfScript || format == .ftrace || format == .perfTrace {
      sights += perf.end(lastLine)
    }
    for index in sights.indices { stamp(&sights[index]) }
    return sights
  }

  /// A line that told something is of no use after all: another input tells it.
  mutating func passOver() {
    guard summary.used > 0 else { return }
    summary.used -= 1
    summary.passed += 1
  }

  /// Keeps how its clock was found to stand to the run's.
  mutating func note(offset: Int64, anchor: String?) {
    summary.offset = offset
    summary.anchor = anchor
  }

  @inline(__always)
  private mutating func outcome(_ line: TextLine) -> LineOutcome {
    let outcome = ownOutcome(line)
    guard case .unparsed = outcome, format != .criuLog else { return outcome }
    // Both on one terminal, or pasted below each other: the tracer's own words among those of who
    // watched it. Their clocks are not the same, so such a line comes when it comes.
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

  /// Gives a sight the time of the line before, if it has none.
  @inline(__always)
  private mutating func stamp(_ sight: inout Sight) {
    if let time = sight.entered { lastTime = time } else { sight.entered = lastTime }
  }
}

/// What came of the lines of one input.
public struct InputSummary: Hashable, Sendable {
  /// As it was named.
  public var name: String
  /// What wrote it.
  public var format: LineFormat
  /// All lines.
  public var lines = 0
  /// Lines that became events.
  public var used = 0
  /// Lines of things that the format is known to have, and that are of no use here.
  public var passed = 0
  /// Lines that were not understood.
  public var unparsed = 0
  /// What was added to its times, in nanoseconds.
  public var offset: Int64 = 0
  /// How that is known; `nil` for the input whose clock is the run's.
  public var anchor: String?

  /// Nothing is read yet.
  public init(name: String, format: LineFormat) {
    self.name = name
    self.format = format
  }
}
