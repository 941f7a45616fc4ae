package import FiniModel
internal import FiniProof

/// Turns the lines of the inputs of one run into its events, in order of time.
///
/// It keeps at most a few thousand events, however long the inputs are.
package struct Importer: Sendable {
  private var readers: [InputReader]
  private var stream: ForeignStream
  private var texts: [(input: Int, text: String)] = []
  private var textsTaken = 0
  private var latest: Int64 = 0
  /// The inputs whose calls strace reports too, and more precisely. A call that two inputs report
  /// must become one event.
  private var repeatsCalls: [Bool]
  /// The same for log lines that strace saw written, if the log itself is an input too.
  private var repeatsLines: [Bool]

  /// What of a tracer's log is in the run already that these inputs are joined with.
  private var told: Set<Int> = []

  /// Prepares; no line is read yet.
  ///
  /// - Parameters:
  ///   - inputs: name and format of each, and its task if the lines do not name one.
  ///   - base: the stored run that they are joined with.
  package init(
    inputs: [(name: String, format: LineFormat, task: TaskID)], onto base: JoinBase? = nil
  ) {
    readers = inputs.map { InputReader(format: $0.format, name: $0.name, task: $0.task) }
    let source = Importer.source(of: inputs.map { $0.format })
    stream = ForeignStream(source: source)
    let hasCalls = base.map { $0.source != .criuLog } ?? false
    repeatsCalls = inputs.map { hasCalls || source == .strace && $0.format != .strace }
    let hasLog = base?.hasLog ?? false || inputs.contains { $0.format == .criuLog }
    told = base?.lines ?? []
    repeatsLines = inputs.map { hasLog && $0.format != .criuLog }
  }

  /// The source of a run's events: that of the input that saw the most.
  package static func source(of formats: [LineFormat]) -> Source {
    if formats.contains(.strace) { return .strace }
    if formats.contains(.perfTrace) || formats.contains(.perfScript) { return .perf }
    return formats.contains(.ftrace) ? .ftrace : .criuLog
  }

  /// The counts of each input's lines so far.
  package var summaries: [InputSummary] { readers.map { $0.summary } }

  /// Reads a line of an input. Give its sights to ``take(_:of:)`` in the order of their times.
  mutating func read(_ line: TextLine, of input: Int, _ body: (Sight) -> Void) {
    readers[input].read(line, body)
  }

  /// Moves the reader of the only input out, so that it can be used beside this value.
  mutating func lendReader() -> InputReader { readers.removeLast() }

  /// Moves the reader back.
  mutating func returnReader(_ reader: InputReader) { readers.append(reader) }

  /// The sights that remain at the end of an input.
  mutating func end(of input: Int) -> [Sight] { readers[input].end() }

  /// Takes a sight, with its time on the run's clock.
  mutating func take(_ sight: Sight, of input: Int) {
    if repeatsCalls[input] && sight.thing.isCall || repeatsLines[input] && sight.thing.isLogLine {
      readers[input].passOver()
      return
    }
    // One that was seen written, and is in the log too.
    if !told.isEmpty, sight.thing.isLogLine, let text = sight.text,
      told.contains(Anchors.key(of: text))
    {
      readers[input].passOver()
      return
    }
    let entered = max(sight.entered ?? latest, 0)
    latest = max(latest, entered)
    let begin = Instant(rawValue: UInt64(entered))
    let moment = ForeignStream.Moment(
      tracer: sight.tracer, entered: begin, left: begin.advanced(by: max(sight.duration ?? 0, 0)),
      isOwn: !sight.isUntimed)
    switch sight.thing {
    case .request(let call, let task): stream.take(call, on: task, moment)
    case .wait(let call): stream.take(call, moment)
    case .note(let payload, let task):
      if let text = sight.text { texts.append((input, text)) }
      stream.take(payload, about: task, moment)
    case .tracerEnded(let ending):
      stream.take(.ended(ending), about: sight.tracer, moment)
    case .openWait(let target):
      stream.takeOpenWait(for: target, moment, waited: sight.duration)
    }
  }

  /// Notes that all inputs have ended.
  mutating func end() { stream.end() }

  /// Hands over the complete events. For an event that is a line, its text and its input are added.
  mutating func drain(_ body: (Event, (input: Int, text: String)?) -> Void) {
    stream.drain { event in
      // Lines come out in the order in which they were read.
      guard event.isLine, textsTaken < texts.count else {
        body(event, nil)
        return
      }
      body(event, texts[textsTaken])
      textsTaken += 1
    }
    if textsTaken > 4096 || textsTaken == texts.count {
      texts.removeFirst(textsTaken)
      textsTaken = 0
    }
  }

  mutating func note(offset: Int64, anchor: String?, of input: Int) {
    readers[input].note(offset: offset, anchor: anchor)
  }
}

extension Event {
  fileprivate var isLine: Bool {
    switch payload {
    case .log, .unparsed: true
    default: false
    }
  }
}
