internal import FiniModel

/// Reads the lines of a CRIU log.
struct CRIULogReader {
  /// The task that the lines are about, until a line names another one.
  private var current = TaskID(0)
  /// The last time that a line has told.
  private var time: Int64?
  /// Whether the line that is read has told it.
  private var isTimed = false
  private var recent = RecentLines()
  /// The number of the last line that was read.
  private var lastRead: UInt32 = 0
  /// A line of the parasite that goes on in the next one.
  private var torn: (line: TextLine, parts: LogParts)?
  /// What the freezer was told or was last seen in.
  private var freezer: [UInt8] = []

  mutating func read(_ line: TextLine) -> LineOutcome {
    let parts = LogParts(line.bytes, line.start..<line.end)
    guard torn == nil, !parts.isTorn(line.bytes) else { return readTorn(line, parts) }
    // Another message has a bracket, and most messages have none.
    if let bracket = line.bytes[..<line.end].place(
      of: .openParenthesis, from: parts.message.lowerBound)
    {
      let later = parts.laterBegins(line.bytes, from: bracket)
      guard later.isEmpty else { return split(line, later) }
    }
    return read(line, parts)
  }

  /// What was held until now. The last line of a log tells where its tracer was when it ended, whatever it says.
  mutating func end() -> [Sight] {
    var found: [Sight] = []
    if let last = torn {
      torn = nil
      found = read(last.line, last.parts).all ?? []
    }
    if found.isEmpty, let entry = recent.newest, entry.line.number == lastRead {
      found = [context(entry)]
    }
    return found
  }

  private mutating func read(_ line: TextLine, _ parts: LogParts) -> LineOutcome {
    lastRead = line.number
    // The parasite has no clock: its lines have no time of their own.
    if let told = parts.time { time = told }
    isTimed = parts.time != nil
    guard !parts.message.isEmpty else { return .passed }
    guard parts.isOwn else { return readForeign(line, parts) }
    var message = Scanner(line)
    message.at = parts.message.lowerBound
    message.end = parts.message.upperBound
    let found = CRIUPhrase.read(message)
    move(to: found?.task, parts)
    // Most lines of a log are details of the dump that no rule uses. Errors are always kept.
    guard found != nil || parts.severity != .other else {
      recent.add(line, parts, current, time)
      return .passed
    }
    if found?.role == .freezer {
      let state = line.bytes[parts.message]
      guard !freezer.elementsEqual(state) else {
        recent.add(line, parts, current, time)
        return .passed
      }
      freezer = Array(state)
    }
    let sight = sight(line, found?.severity(parts.severity) ?? parts.severity, found?.fact ?? .text)
    guard parts.severity == .error else { return .sight(sight) }
    let before = recent.before(line, parts)
    guard !before.isEmpty else { return .sight(sight) }
    return .sights(before.map { context($0) } + [sight])
  }

  private mutating func move(to task: Int32?, _ parts: LogParts) {
    if let task, task > 0 {
      current = TaskID(task)
    } else if let number = parts.number, current.rawValue == 0 {
      current = TaskID(number)
    }
  }

  /// A line without anything that only CRIU writes: of a wrapper, of the kernel, or CRIU's own before its log is open.
  private mutating func readForeign(_ line: TextLine, _ parts: LogParts) -> LineOutcome {
    let text = line.text
    let message = LogMessage(text)
    switch message.speaker {
    case .wrapper:
      // It is not the tracer's word. What is no complaint tells nothing of the tracer.
      guard message.severity == .error || message.severity == .warning else { return .passed }
      return .sight(note(line, .info, .text, about: current))
    case .kernel:
      guard let kernel = KernelLine(text) else { return .unparsed }
      let fact: LogFact
      switch kernel.fact {
      case .badFrame: fact = .frameRefused
      case .denied: fact = .denied
      case .fault, .outOfMemory: fact = .text
      }
      if let task = kernel.task, fact != .denied { current = task }
      return .sight(note(line, fact == .text ? .info : .other, fact, about: kernel.task ?? current))
    case .criu, .compel, .parasite, .unknown:
      if let found = CRIUPhrase.read(Scanner(line)) {
        move(to: found.task, parts)
        return .sight(sight(line, found.severity(parts.severity), found.fact))
      }
      guard message.speaker == .criu else { return .unparsed }
      return .sight(
        note(line, CRIULogReader.complains(text) ? .error : .info, .text, about: current))
    }
  }

  /// Whether a line without a level tells of a failure.
  private static func complains(_ text: String) -> Bool {
    [
      "needs to", "need to be", "an't ", "annot ", "nable to", "ailed", "rror", "not permitted",
      "denied", "No such",
    ]
    .contains { text.contains($0) }
  }

  private func sight(_ line: TextLine, _ severity: LogRecord.Severity, _ fact: LogFact) -> Sight {
    note(line, severity, fact, about: current)
  }

  /// A line that is told because of the error after it.
  private func context(_ entry: RecentLines.Entry) -> Sight {
    var sight = note(entry.line, .info, .text, about: entry.task)
    sight.entered = entry.time
    sight.isUntimed = !entry.isTimed
    return sight
  }

  private func note(
    _ line: TextLine, _ severity: LogRecord.Severity, _ fact: LogFact, about task: TaskID
  ) -> Sight {
    Sight(
      thing: .note(.log(LogRecord(line: line.number, severity: severity, fact: fact)), about: task),
      tracer: TaskID(0), entered: time, isUntimed: !isTimed, duration: nil, line: line.number,
      text: line.text)
  }

  // MARK: Lines that are not one message

  /// Several messages on one line: each becomes a line of its own.
  private mutating func split(_ line: TextLine, _ later: [Int]) -> LineOutcome {
    var sights: [Sight] = []
    var begin = line.start
    for next in later + [line.end] {
      var end = next
      while end > begin, line.bytes[end - 1] == .blank { end -= 1 }
      let piece = line.part(begin..<max(begin, end))
      let parts = LogParts(line.bytes, piece.start..<piece.end, isPiece: begin > line.start)
      sights += read(piece, parts).all ?? []
      begin = next
    }
    return sights.isEmpty ? .passed : .sights(sights)
  }

  /// The parasite's output is cut where its buffer ends, and goes on in the next line.
  private mutating func readTorn(_ line: TextLine, _ parts: LogParts) -> LineOutcome {
    guard let held = torn else {
      torn = (line, parts)
      return .passed
    }
    torn = nil
    guard parts.isParasite, parts.number == held.parts.number, parts.severity == .other else {
      let before = read(held.line, held.parts).all ?? []
      let outcome = read(line)
      guard !before.isEmpty else { return outcome }
      if case .unparsed = outcome {
        return .sights(before + [.unparsed(line)])
      }
      return .sights(before + (outcome.all ?? []))
    }
    let joined = LogParts.joined(held.line.bytes, held.line.start, held.parts, line.bytes, parts)
    return read(
      TextLine(
        bytes: joined, start: 0, end: joined.count, number: held.line.number, isCut: false,
        isLast: line.isLast))
  }
}

/// The last lines that no rule uses. The one before an error often says why.
private struct RecentLines {
  private static let count = 3

  struct Entry {
    var line: TextLine
    var number: Int32?
    var message: Int
    var task: TaskID
    var time: Int64?
    var isTimed: Bool
  }

  private var entries: [Entry] = []
  private var next = 0

  mutating func add(_ line: TextLine, _ parts: LogParts, _ task: TaskID, _ time: Int64?) {
    let entry = Entry(
      line: line, number: parts.number, message: parts.message.lowerBound, task: task, time: time,
      isTimed: parts.time != nil)
    if entries.count < RecentLines.count {
      entries.append(entry)
    } else {
      entries[next] = entry
    }
    next = next == RecentLines.count - 1 ? 0 : next + 1
  }

  /// The one that was added last.
  var newest: Entry? { entries.max { $0.line.number < $1.line.number } }

  /// The lines directly before an error: the last, and those before it of the same module or task.
  mutating func before(_ line: TextLine, _ parts: LogParts) -> [Entry] {
    defer {
      entries.removeAll(keepingCapacity: true)
      next = 0
    }
    var found: [Entry] = []
    for entry in entries.sorted(by: { $0.line.number > $1.line.number }) {
      guard entry.line.number &+ UInt32(found.count) &+ 1 == line.number else { break }
      if let last = found.last {
        guard
          RecentLines.module(entry) == RecentLines.module(last) && RecentLines.module(entry) != nil
            || entry.number != nil && entry.number == parts.number
        else { break }
      }
      found.append(entry)
    }
    return found.reversed()
  }

  /// The word at the start of a message, `epoll: `.
  private static func module(_ entry: Entry) -> ArraySlice<UInt8>? {
    var scanner = Scanner(entry.line)
    scanner.at = entry.message
    while let byte = scanner.next, Scanner.isWord(byte) || byte == .minus || byte == .point {
      scanner.at += 1
    }
    // `freezer.state=FREEZING`.
    guard scanner.at > entry.message, scanner.next == .colon || scanner.next == .equal else {
      return nil
    }
    return entry.line.bytes[entry.message..<scanner.at]
  }
}
