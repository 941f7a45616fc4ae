internal import FiniModel

/// Reads lines of `perf trace`, of `perf script` and of the kernel's trace file: those about ptrace
/// and wait4 calls and about signals.
///
/// None of these formats shows the memory that a pointer points to. So what a call read or wrote is
/// not seen, and the status of a wait only if it is printed.
struct PerfReader {
  /// A call whose entry was seen, by the task that made it.
  private struct Open {
    var call: RequestCall
    var tracee: TaskID
    var time: Int64
  }
  private var open: [TaskID: Open] = [:]
  private struct OpenWait {
    var call: WaitCall
    var time: Int64
    var line: UInt32
  }
  private var openWaits: [TaskID: OpenWait] = [:]

  static func recognizes(_ line: TextLine) -> LineFormat? {
    if PerfTraceLine(line) != nil { return .perfTrace }
    if let parsed = TracepointLine(line) { return parsed.isScript ? .perfScript : .ftrace }
    return nil
  }

  /// `LOST 12 events!` of perf, `CPU:1 [LOST 12 EVENTS]` of the trace file.
  private static func loss(_ line: TextLine) -> LineOutcome? {
    var scanner = Scanner(line)
    guard let place = scanner.find("LOST ") else { return nil }
    scanner.at = place + 5
    guard let count = scanner.decimal() else { return nil }
    return .sight(
      Sight(
        thing: .note(.gap(lost: count), about: TaskID(0)), tracer: TaskID(0), line: line.number))
  }

  // MARK: perf trace

  mutating func readTrace(_ line: TextLine) -> LineOutcome {
    guard let parsed = PerfTraceLine(line) else { return PerfReader.loss(line) ?? .unparsed }
    switch parsed.body {
    case .continued(let name, let result):
      if name.reads("wait4") {
        let begun = openWaits.removeValue(forKey: parsed.tracer)
        // If the beginning of the wait is not in the log, its target is unknown; its result is
        // known.
        var wait = begun?.call ?? WaitCall(target: TaskID(-1), options: 0, result: 0)
        wait.result = result
        let time = begun?.time ?? parsed.time
        return .sight(sight(.wait(wait), parsed.tracer, time, parsed.duration, line))
      }
      guard name.reads("ptrace") else { return .passed }
      guard var begun = open.removeValue(forKey: parsed.tracer) else { return .unparsed }
      begun.call.result = result
      return .sight(
        sight(
          .request(begun.call, on: begun.tracee), parsed.tracer, begun.time, parsed.duration, line))
    case .call(let name, let arguments, let result):
      return call(name, arguments, result, parsed, line)
    }
  }

  private mutating func call(
    _ name: ArraySlice<UInt8>, _ arguments: Fields, _ result: Int64?, _ parsed: PerfTraceLine,
    _ line: TextLine
  ) -> LineOutcome {
    if name.reads("ptrace") {
      guard let (call, tracee) = PerfReader.request(arguments) else { return .unparsed }
      guard let result else {
        open[parsed.tracer] = Open(call: call, tracee: tracee, time: parsed.time)
        return .passed
      }
      var finished = call
      finished.result = result
      return .sight(
        sight(.request(finished, on: tracee), parsed.tracer, parsed.time, parsed.duration, line))
    }
    if name.reads("wait4") {
      let target = arguments["upid"] ?? arguments["pid"] ?? UInt64(bitPattern: -1)
      let wait = WaitCall(
        target: TaskID(Int32(truncatingIfNeeded: target)),
        options: UInt32(truncatingIfNeeded: arguments["options"] ?? 0), result: result ?? 0)
      guard result != nil else {
        openWaits[parsed.tracer] = OpenWait(call: wait, time: parsed.time, line: line.number)
        return .passed
      }
      return .sight(sight(.wait(wait), parsed.tracer, parsed.time, parsed.duration, line))
    }
    return .passed
  }

  // MARK: perf script and the trace file

  mutating func readTracepoint(_ line: TextLine) -> LineOutcome {
    guard let parsed = TracepointLine(line) else {
      if let loss = PerfReader.loss(line) { return loss }
      return Scanner(line).next == .hash || line.isEmpty ? .passed : .unparsed
    }
    switch parsed.event {
    case .ptraceEntry(let fields):
      guard let (call, tracee) = PerfReader.request(fields) else { return .unparsed }
      // Until its exit is seen, a call counts as having succeeded at once. The exit corrects that.
      defer { open[parsed.task] = Open(call: call, tracee: tracee, time: parsed.time) }
      guard let before = open.removeValue(forKey: parsed.task) else { return .passed }
      return .sight(unanswered(before, parsed.task, line))
    case .ptraceExit(let result):
      guard var begun = open.removeValue(forKey: parsed.task) else { return .passed }
      begun.call.result = result
      return .sight(
        sight(
          .request(begun.call, on: begun.tracee), parsed.task, begun.time,
          parsed.time - begun.time, line))
    case .waitEntry(let call):
      openWaits[parsed.task] = OpenWait(call: call, time: parsed.time, line: line.number)
      return .passed
    case .waitExit(let result):
      guard var begun = openWaits.removeValue(forKey: parsed.task) else { return .passed }
      begun.call.result = result
      return .sight(
        sight(
          .wait(begun.call), parsed.task, begun.time, parsed.time - begun.time, line))
    case .generated(let told, let target):
      // The line is about the task that sends. A signal of the kernel is generated in whatever task
      // runs.
      var info = told
      if info.code.rawValue <= 0 { info.sender = parsed.task }
      return .sight(
        sight(
          .note(.signal(SignalRecord(fate: .generated, info: info)), about: target), parsed.task,
          parsed.time, nil, line))
    case .delivered(let info):
      return .sight(
        sight(
          .note(.signal(SignalRecord(fate: .delivered, info: info)), about: parsed.task),
          TaskID(0), parsed.time, nil, line))
    case .other:
      return .passed
    }
  }

  /// The calls whose exit was not seen.
  mutating func end(_ line: TextLine) -> [Sight] {
    defer {
      open = [:]
      openWaits = [:]
    }
    let calls = open.sorted { $0.value.time < $1.value.time }
      .map { unanswered($0.value, $0.key, line) }
    return calls
      + openWaits.sorted { $0.value.time < $1.value.time }.map { tracer, wait in
        Sight(
          thing: .openWait(target: wait.call.target), tracer: tracer, entered: wait.time,
          duration: nil, line: wait.line)
      }
  }

  private func unanswered(_ begun: Open, _ tracer: TaskID, _ line: TextLine) -> Sight {
    sight(.request(begun.call, on: begun.tracee), tracer, begun.time, nil, line)
  }

  private func sight(
    _ thing: Sight.Thing, _ tracer: TaskID, _ time: Int64, _ duration: Int64?, _ line: TextLine
  ) -> Sight {
    Sight(
      thing: thing, tracer: tracer, entered: time, duration: duration, line: line.number, text: nil)
  }

  private static func request(_ fields: Fields) -> (RequestCall, TaskID)? {
    guard let request = fields["request"], let task = fields["pid"] else { return nil }
    let number = PtraceRequest(rawValue: Int64(bitPattern: request))
    var call = RequestCall(
      request: number, address: fields["addr"] ?? 0, data: fields["data"] ?? 0)
    switch number.kind {
    case .registersRead, .registersWritten, .signalMaskRead, .signalMaskSet, .signalInfoRead,
      .signalInfoWritten, .syscallInfo, .peek:
      // The fourth argument is a pointer into the tracer's own memory.
      call.data = 0
      call.detail = .notSeen
    default: break
    }
    return (call, TaskID(Int32(truncatingIfNeeded: task)))
  }
}

/// `name: value` pairs, with numbers in any base.
struct Fields {
  private var values: [(name: ArraySlice<UInt8>, value: UInt64)] = []

  /// Reads pairs with the given byte between name and value, until the end or a closing bracket.
  init(_ scanner: inout Scanner, separator: UInt8 = .colon) {
    while true {
      scanner.skipBlanks()
      let begin = scanner.at
      let name = scanner.word()
      guard !name.isEmpty, scanner.take(separator) else {
        scanner.at = begin
        return
      }
      scanner.skipBlanks()
      if let number = scanner.number() {
        values.append((name, number))
      } else {
        let word = scanner.word()
        let prefix = Array("PTRACE_".utf8)
        if let request = Words.request(word) ?? Words.request((prefix + word)[...]) {
          values.append((name, UInt64(bitPattern: request.rawValue)))
        }
      }
      while let byte = scanner.next, byte != .comma, byte != .closeParenthesis, byte != .blank {
        scanner.at += 1
      }
      // `pid: 7 (name)`, where the name may contain any character.
      var comment = scanner
      comment.skipBlanks()
      if comment.next == .openParenthesis {
        comment.at += 1
        while let byte = comment.next, byte != .closeParenthesis { comment.at += 1 }
        if comment.take(.closeParenthesis) { scanner = comment }
      }
      _ = scanner.take(.comma)
    }
  }

  subscript(name: StaticString) -> UInt64? {
    values.first { pair in
      name.withUTF8Buffer { wanted in unsafe pair.name.elementsEqual(wanted) }
    }?.value
  }
}
