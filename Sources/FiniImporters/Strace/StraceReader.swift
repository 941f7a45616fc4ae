internal import FiniModel

/// Reads the lines of one strace log.
struct StraceReader {
  /// A call whose line was interrupted by a line of another task.
  private struct Open {
    var name: [UInt8]
    var text: [UInt8]
    var time: Int64?
    var line: UInt32

    /// The call as a line that was not understood: what came of it is not in the log.
    var unparsed: Sight {
      Sight(
        thing: .note(.unparsed(line: line), about: TaskID(0)), tracer: TaskID(0), entered: time,
        duration: nil, line: line,
        text: String(decoding: name + [.openParenthesis] + text, as: UTF8.self))
    }
  }

  /// How many calls may be open at once. A file with more is not a log.
  private static let mostOpen = 8192

  /// The task of a log without task numbers.
  var onlyTask: TaskID
  private var open: [TaskID: Open] = [:]
  private var clock = StraceClock()
  /// Reads the lines that the tracer was seen to write into its log.
  private var log = CRIULogReader()
  /// A call whose text breaks off, and the lines after it that may be the rest of its text.
  private var torn: Torn?
  /// The files of tasks' memory that are open.
  private var memory = MemoryFiles()
  /// Who traces the tasks that it could not take hold of.
  private var numbers = TracerNumbers()
  /// What is to be told before what the next line tells.
  private var earlier: [Sight] = []
  /// The tasks that have called exit_group, whose end strace did not report.
  private var exiting: [TaskID: Sight] = [:]

  /// A call whose text breaks off.
  private struct Torn {
    var tracer: TaskID
    var call: Open
    var rest: [TextLine] = []
  }

  /// How many lines a call may be torn over.
  private static let mostPieces = 6

  init(onlyTask: TaskID = TaskID(0)) { self.onlyTask = onlyTask }

  static func recognizes(_ line: TextLine) -> Bool {
    guard let parsed = StraceLine(line) else { return false }
    switch parsed.body {
    case .call(let name, let rest):
      // The last line of a call that hangs has only its beginning.
      return isReturned(rest) || rest.find("<unfinished") != nil
        || StraceCall.isOurs(name) && (line.isLast || StraceCall.isBegun(rest))
    case .resumed, .exited, .killed: return true
    case .signal(let rest): return rest.isNext("SIG") || rest.isNext("stopped by")
    case .message: return Scanner(line).isNext("strace: Process ")
    }
  }

  /// Whether the result of a call is told: `) = `. A line of a program's text may have a call in it too.
  private static func isReturned(_ rest: Scanner) -> Bool {
    var rest = rest
    while let place = rest.find(") ") {
      rest.at = place + 2
      rest.skipBlanks()
      if rest.next == .equal { return true }
    }
    return false
  }

  mutating func read(_ line: TextLine) -> LineOutcome {
    // Nearly always. An outcome is large: it is not moved about for what is rare.
    guard torn != nil || !open.isEmpty else { return readWhole(line) }
    return readAfterOpen(line)
  }

  /// A line after a call without an end: that may have to be told first.
  private mutating func readAfterOpen(_ line: TextLine) -> LineOutcome {
    if torn != nil, let outcome = readRest(line) { return outcome }
    let outcome = readWhole(line)
    guard !earlier.isEmpty else { return outcome }
    defer { earlier = [] }
    if case .unparsed = outcome { return .sights(earlier + [.unparsed(line)]) }
    return .sights(earlier + (outcome.all ?? []))
  }

  private mutating func readWhole(_ line: TextLine) -> LineOutcome {
    guard let parsed = StraceLine(line) else { return .unparsed }
    let time = clock.read(parsed.time)
    let tracer = parsed.task.map { TaskID($0) } ?? onlyTask
    switch parsed.body {
    case .call(let name, let rest):
      // A task that makes another call has returned from the one before, even if that line is
      // missing.
      if !open.isEmpty, let lost = open.removeValue(forKey: tracer) {
        earlier.append(lost.unparsed)
      }
      guard StraceCall.isOurs(name) else {
        if let pieces = memory.read(name, rest, tracer) {
          return .sights(
            pieces.map { task, access in
              Sight(
                thing: .note(.memory(access), about: task), tracer: tracer, entered: time,
                duration: nil, line: line.number)
            })
        }
        if name.reads("read"), let holder = numbers.read(rest) {
          return .sight(sight(of: holder, tracer, time, line.number))
        }
        if name.reads("write") { return written(rest, tracer, time, line.number) }
        if name.reads("exit_group") { note(exit: rest, tracer, time, line.number) }
        return .passed
      }
      if let place = rest.find("<unfinished ...>") {
        guard open.count < StraceReader.mostOpen else { return .unparsed }
        var text = Array(rest.bytes[rest.at..<place])
        while text.last == .blank { text.removeLast() }
        open[tracer] = Open(name: Array(name), text: text, time: time, line: line.number)
        return .passed
      }
      if let told = StraceCall.told(name, rest, tracer: tracer) {
        let outcome = outcome(told, tracer, time, line.number)
        guard let holder = numbers.note(told.thing) else { return outcome }
        return .sights((outcome.all ?? []) + [sight(of: holder, tracer, time, line.number)])
      }
      guard !StraceCall.isWhole(rest) else { return .unparsed }
      // The log was cut here, or the text goes on in the next line.
      torn = Torn(
        tracer: tracer,
        call: Open(
          name: Array(name), text: Array(rest.bytes[rest.at..<rest.end]), time: time,
          line: line.number))
      return .passed
    case .resumed(let name, let rest):
      guard StraceCall.isOurs(name) else { return .passed }
      // With only one task left, strace leaves out its number.
      let owner =
        parsed.task != nil || open[tracer] != nil || open.count != 1
        ? tracer : open.first?.key ?? tracer
      guard let begun = open.removeValue(forKey: owner), begun.name.elementsEqual(name) else {
        return resumedOnly(name, rest, tracer, time, line.number)
      }
      let whole = begun.text + rest.bytes[rest.at..<rest.end]
      let joined = TextLine(
        bytes: whole, start: 0, end: whole.count, number: begun.line, isCut: false, isLast: false)
      return outcome(begun.name[...], Scanner(joined), owner, begun.time, line.number, until: time)
    case .signal(let rest):
      return signal(rest, tracer, time, line.number)
    case .message:
      return .passed
    case .exited(let code):
      exiting[tracer] = nil
      return .sights(ended(.exited(code: code), tracer, time, line.number))
    case .killed(let name, let core):
      guard let signal = Words.signal(name) else { return .unparsed }
      exiting[tracer] = nil
      return .sights(ended(.killed(signal, dumpedCore: core), tracer, time, line.number))
    }
  }

  /// A line of the tracer's own log, in the call that writes it: `write(4, "(00.01) Error ...", 64)`.
  private mutating func written(
    _ rest: Scanner, _ tracer: TaskID, _ time: Int64?, _ line: UInt32
  ) -> LineOutcome {
    var scanner = rest
    guard scanner.value() != nil, scanner.comma(), scanner.next == .quote,
      scanner.peek(1) == .openParenthesis || scanner.peek(1) == UInt8(ascii: "E")
        || scanner.peek(1) == UInt8(ascii: "W"),
      let (bytes, isWhole) = scanner.string()
    else { return .passed }
    let told = TextLine(
      bytes: bytes, start: 0, end: bytes.count, number: line, isCut: false, isLast: false)
    guard CRIULine.recognizes(told), let sights = log.read(told).all else {
      return .passed
    }
    return .sights(
      sights.map {
        var sight = $0
        sight.entered = time
        sight.isUntimed = false
        sight.tracer = tracer
        // The part of a message that strace left out may be the number of its task.
        if !isWhole, case .note(.log(var record), let task) = sight.thing {
          record.fact = .text
          sight.thing = .note(.log(record), about: task)
        }
        return sight
      })
  }

  /// What a status file told of who traces a task.
  private func sight(
    of holder: Sight.Thing, _ tracer: TaskID, _ time: Int64?, _ line: UInt32
  ) -> Sight {
    guard case .note(.log(var record), let task) = holder else {
      return Sight(thing: holder, tracer: tracer, entered: time, duration: nil, line: line)
    }
    record.line = line
    return Sight(
      thing: .note(.log(record), about: task), tracer: tracer, entered: time, duration: nil,
      line: line, text: numbers.words(of: task))
  }

  /// The end of a wait whose beginning is not in the log: its target is unknown, its result is
  /// known.
  private func resumedOnly(
    _ name: ArraySlice<UInt8>, _ rest: Scanner, _ tracer: TaskID, _ time: Int64?, _ line: UInt32
  ) -> LineOutcome {
    guard name.reads("wait4") else { return .unparsed }
    let whole = Array("-1, ".utf8) + rest.bytes[rest.at..<rest.end]
    let joined = TextLine(
      bytes: whole, start: 0, end: whole.count, number: line, isCut: false, isLast: false)
    return outcome(name, Scanner(joined), tracer, time, line)
  }

  /// A signal that was delivered to the tracer. Its SIGCHLD reports what happened to a tracee.
  private func signal(
    _ rest: Scanner, _ tracer: TaskID, _ time: Int64?, _ line: UInt32
  ) -> LineOutcome {
    var scanner = rest
    // `--- stopped by SIGSTOP ---` is not a delivery.
    if scanner.isNext("stopped by") { return .passed }
    guard let signal = Words.signal(scanner.word()) else { return .unparsed }
    scanner.skipBlanks()
    // Before version 4.7 there is text in brackets, which says nothing about the siginfo.
    let info = scanner.signalInfo() ?? SignalInfo(signal: signal, code: .kernel)
    return .sight(
      Sight(
        thing: .note(.signal(SignalRecord(fate: .delivered, info: info)), about: tracer),
        tracer: tracer, entered: time, duration: nil, line: line))
  }

  // MARK: Calls that were not told to their end

  /// A line after a call whose text broke off: `nil` if it is none of that call's.
  private mutating func readRest(_ line: TextLine) -> LineOutcome? {
    guard var held = torn else { return nil }
    guard !line.isEmpty, held.rest.count < StraceReader.mostPieces, !StraceReader.begins(line)
    else {
      release(held)
      return nil
    }
    held.rest.append(line)
    // A terminal breaks a line anywhere, a mail at a blank, which is lost there.
    var best: LineOutcome?
    for gap in [[], [UInt8.blank]] {
      let whole = held.call.text + held.rest.flatMap { gap + $0.bytes[$0.start..<$0.end] }
      let joined = TextLine(
        bytes: whole, start: 0, end: whole.count, number: held.call.line, isCut: false,
        isLast: false)
      let outcome = outcome(
        held.call.name[...], Scanner(joined), held.tracer, held.call.time, held.call.line)
      if case .unparsed = outcome { continue }
      best = outcome
      guard case .sight(let sight) = outcome, case .wait(let call) = sight.thing, call.result > 0,
        call.status == nil
      else { break }
    }
    guard let best else {
      torn = held
      return .passed
    }
    torn = nil
    return best
  }

  /// Whether a line of strace begins here.
  private static func begins(_ line: TextLine) -> Bool {
    guard let parsed = StraceLine(line) else { return false }
    guard case .call(let name, let rest) = parsed.body, parsed.task == nil, parsed.time == nil
    else { return true }
    // `WSTOPSIG(s) == ...` and `offsetof(...)` are in the middle of a call.
    return name.first.map { UInt8.letters.contains($0) } == true && !name.reads("offsetof")
      && (StraceCall.isOurs(name) || StraceCall.isWhole(rest) || rest.find("<unfinished") != nil)
  }

  /// The text of a call does not go on: the call is open, and the lines after it were not understood.
  private mutating func release(_ held: Torn) {
    torn = nil
    if open[held.tracer] == nil, open.count < StraceReader.mostOpen {
      open[held.tracer] = held.call
    } else {
      earlier.append(held.call.unparsed)
    }
    earlier += held.rest.map { .unparsed($0, at: held.call.time) }
  }

  /// The calls that were under way when the log ended.
  mutating func end() -> [Sight] {
    if let held = torn { release(held) }
    let calls = open.sorted { $0.value.line < $1.value.line }.map { tracer, call in
      unreturned(call, tracer, until: nil)
    }
    let exits = exiting.values.sorted { $0.line < $1.line }
    defer {
      open = [:]
      exiting = [:]
      earlier = []
    }
    return earlier + calls + exits
  }

  /// `exit_group(1) = ?`: the end, if the log does not tell it in a line of its own.
  private mutating func note(exit rest: Scanner, _ tracer: TaskID, _ time: Int64?, _ line: UInt32) {
    var scanner = rest
    guard let code = scanner.number(), scanner.take(.closeParenthesis),
      exiting.count < StraceReader.mostOpen
    else {
      return
    }
    exiting[tracer] = Sight(
      thing: .tracerEnded(.exited(code: UInt8(truncatingIfNeeded: code))), tracer: tracer,
      entered: time,
      duration: nil, line: line)
  }

  /// A call that had not returned when its caller ended, or the log.
  private func unreturned(_ call: Open, _ tracer: TaskID, until: Int64?) -> Sight {
    if call.name.starts(with: "wait".utf8) { return openWait(call, tracer, until: until) }
    let line = TextLine(
      bytes: call.text, start: 0, end: call.text.count, number: call.line, isCut: false,
      isLast: false)
    guard call.name[...].reads("ptrace"), let begun = StraceCall.begun(Scanner(line)) else {
      return call.unparsed
    }
    return Sight(
      thing: begun, tracer: tracer, entered: call.time,
      duration: until.flatMap { end in call.time.map { end - $0 } }, line: call.line)
  }

  private func outcome(
    _ name: ArraySlice<UInt8>, _ rest: Scanner, _ tracer: TaskID, _ time: Int64?, _ line: UInt32,
    until: Int64? = nil
  ) -> LineOutcome {
    guard let told = StraceCall.told(name, rest, tracer: tracer) else { return .unparsed }
    return outcome(told, tracer, time, line, until: until)
  }

  private func outcome(
    _ told: StraceCall.Told, _ tracer: TaskID, _ time: Int64?, _ line: UInt32, until: Int64? = nil
  ) -> LineOutcome {
    guard let thing = told.thing else { return .passed }
    var duration = told.duration
    if duration == nil, let time, let until { duration = until - time }
    let sight = Sight(
      thing: thing, tracer: tracer, entered: time, duration: duration, line: line, text: nil)
    guard !told.more.isEmpty else { return .sight(sight) }
    return .sights(
      [sight]
        + told.more.map {
          Sight(
            thing: $0, tracer: tracer, entered: time, duration: duration, line: line, text: nil)
        })
  }

  private mutating func ended(
    _ ending: Ending, _ tracer: TaskID, _ time: Int64?, _ line: UInt32
  ) -> [Sight] {
    let end = Sight(
      thing: .tracerEnded(ending), tracer: tracer, entered: time, duration: nil, line: line)
    guard let call = open.removeValue(forKey: tracer) else { return [end] }
    return [unreturned(call, tracer, until: time), end]
  }

  private func openWait(_ call: Open, _ tracer: TaskID, until: Int64?) -> Sight {
    let line = TextLine(
      bytes: call.text, start: 0, end: call.text.count, number: call.line, isCut: false,
      isLast: false)
    var scanner = Scanner(line)
    let target = StraceCall.target(&scanner, of: call.name[...])
    return Sight(
      thing: .openWait(target: TaskID(target)), tracer: tracer, entered: call.time,
      duration: until.flatMap { end in call.time.map { end - $0 } }, line: call.line)
  }
}
