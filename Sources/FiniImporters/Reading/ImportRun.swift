package import FiniModel

/// Reads the inputs of one run, joined on time.
package final class ImportRun {
  private struct Source {
    var file: InputFile
    var format: LineFormat
    var cutter = LineCutter()
    var waiting: [Sight] = []
    var taken = 0
    var offset: Int64 = 0
    var isOver = false
  }

  private var sources: [Source] = []
  private var importer: Importer
  /// Whether there is one input, and its clock is the run's.
  private let isAlone: Bool

  /// The source of the run's events.
  package let source: FiniModel.Source
  /// The moment of the first line that has a time, in nanoseconds since 1970, if that is known.
  package private(set) var startedRealtime: Int64?

  /// Opens the inputs, recognizes their formats, and finds the offsets between their clocks.
  ///
  /// - Parameters:
  ///   - files: the inputs.
  ///   - format: the format of all inputs; `nil` to recognize it.
  ///   - base: the stored run that they are joined with, if they are.
  ///   - demand: whether inputs that have nothing in common are refused.
  /// - Throws: ``ImportError``.
  package init(
    _ files: [LogFile], format: LineFormat? = nil, onto base: JoinBase? = nil,
    demand: JoinDemand = .common
  ) throws(ImportError) {
    var inputs: [Input] = []
    for log in files {
      let file = try InputFile(log)
      for other in sources where other.file.place == file.place {
        throw .sameTwice(name: file.name, other: other.file.name)
      }
      try file.spool()
      let found: LineFormat
      if let format { found = format } else { found = try ImportRun.recognize(file) }
      sources.append(Source(file: file, format: found))
      inputs.append((file.name, found, ImportRun.task(file.name, found)))
    }
    ImportRun.tellApart(&inputs)
    importer = Importer(inputs: inputs, onto: base)
    isAlone = files.count == 1 && base == nil
    let formats = sources.map { $0.format }
    source = base?.source(with: formats) ?? Importer.source(of: formats)
    try findOffsets(inputs, files, base, demand)
  }

  /// The same of files by their paths.
  package convenience init(_ paths: [String], format: LineFormat? = nil) throws(ImportError) {
    try self.init(paths.map { LogFile($0) }, format: format)
  }

  /// The counts of each input's lines so far.
  package var summaries: [InputSummary] { importer.summaries }

  /// What the first reading of an input that is joined showed, before anything is handed over.
  package struct Surveyed {
    /// The counts of its lines.
    package var summary: InputSummary
    /// Whether the run that it is joined with has all lines that are kept of it; `nil` where none is.
    package var isTold: Bool?
  }

  /// The inputs after the first reading.
  package private(set) var surveyed: [Surveyed] = []

  /// How much of the inputs was read, from 0 to 1; `nil` if that is unknown.
  package var progress: Double? {
    var all: Int64 = 0
    var done: Int64 = 0
    for source in sources {
      guard let count = source.file.byteCount else { return nil }
      all += count
      done += source.file.bytesRead
    }
    return all > 0 ? min(1, Double(done) / Double(all)) : nil
  }

  /// Reads further and hands over events that are complete. For an event that is a line, its input
  /// and text are added.
  ///
  /// - Returns: `false` once everything is read and handed over.
  /// - Throws: ``ImportError``.
  package func step(
    _ body: (Event, (input: Int, text: String)?) -> Void
  ) throws(ImportError) -> Bool {
    if isAlone { return try stepAlone(body) }
    for _ in 0..<512 {
      guard let index = try nextSource() else {
        importer.end()
        importer.drain(body)
        return false
      }
      var sight = sources[index].waiting[sources[index].taken]
      sources[index].taken += 1
      sight.entered = sight.entered.map { $0 &+ sources[index].offset }
      importer.take(sight, of: index)
    }
    importer.drain(body)
    return true
  }

  /// After how many sights of a single input their events are handed over.
  private static let sightsAtOnce = 64

  /// The same for a single input: it need not wait for the times of another one.
  private func stepAlone(
    _ body: (Event, (input: Int, text: String)?) -> Void
  ) throws(ImportError) -> Bool {
    let block = try sources[0].file.next()
    var cutter = LineCutter()
    var importer = Importer(inputs: [])
    // Moved out and moved back: changing it in place would copy it, because two owners would have
    // it.
    swap(&cutter, &sources[0].cutter)
    swap(&importer, &self.importer)
    var reader = importer.lendReader()
    if block.isEmpty {
      cutter.end { reader.read($0) { importer.take($0, of: 0) } }
      importer.returnReader(reader)
      for sight in importer.end(of: 0) { importer.take(sight, of: 0) }
      importer.end()
    } else {
      // Counted here: to ask the stream for each line what waits in it would copy the importer.
      var sightCount = 0
      cutter.take(block) { line in
        reader.read(line) {
          importer.take($0, of: 0)
          sightCount += 1
        }
        // A few at a time: the newest are still in the processor's cache.
        if sightCount >= ImportRun.sightsAtOnce {
          importer.drain(body)
          sightCount = 0
        }
      }
      importer.returnReader(reader)
    }
    importer.drain(body)
    swap(&cutter, &sources[0].cutter)
    swap(&importer, &self.importer)
    return !block.isEmpty
  }

  /// The input whose next sight has the earliest time.
  private func nextSource() throws(ImportError) -> Int? {
    var best: (index: Int, time: Int64)?
    for index in sources.indices {
      try fill(index)
      guard sources[index].taken < sources[index].waiting.count else { continue }
      let time =
        (sources[index].waiting[sources[index].taken].entered ?? 0) &+ sources[index].offset
      if time < best?.time ?? Int64.max || best == nil { best = (index, time) }
    }
    return best?.index
  }

  private func fill(_ index: Int) throws(ImportError) {
    while sources[index].taken == sources[index].waiting.count, !sources[index].isOver {
      var sights: [Sight] = []
      let block = try sources[index].file.next()
      if block.isEmpty {
        sources[index].cutter.end { importer.read($0, of: index) { sights.append($0) } }
        sights += importer.end(of: index)
        sources[index].isOver = true
      } else {
        sources[index].cutter.take(block) { importer.read($0, of: index) { sights.append($0) } }
      }
      sources[index].waiting = sights
      sources[index].taken = 0
    }
  }

  // MARK: Before the first line

  /// Gives each further trace whose lines name no task a number of its own, which no task has: two traces without
  /// numbers are of two tracers.
  private static func tellApart(_ inputs: inout [Input]) {
    let nameless = inputs.indices.filter {
      inputs[$0].format == .strace && inputs[$0].task.rawValue == 0
    }
    for (place, index) in nameless.enumerated().dropFirst() {
      inputs[index].task = TaskID(Int32(-place - 1))
    }
  }

  private static func recognize(_ file: InputFile) throws(ImportError) -> LineFormat {
    var cutter = LineCutter()
    var lines: [TextLine] = []
    while lines.count < 400 {
      let block = try file.next()
      if block.isEmpty {
        cutter.end { lines.append($0) }
        break
      }
      cutter.take(block) { if lines.count < 400 { lines.append($0) } }
    }
    try file.rewind()
    if lines.isEmpty { throw .empty(name: file.name) }
    guard let format = LineFormat.recognize(lines) else { throw reason(lines, file.name) }
    return format
  }

  /// What a file is that is not a log, if that helps the user.
  private static func reason(_ lines: [TextLine], _ name: String) -> ImportError {
    if lines.contains(where: { Scanner($0).find("usecs/call") != nil }) {
      return .isSummary(name: name)
    }
    return .notRecognized(name: name)
  }

  /// `strace -ff` writes the task's number after the last point of the name.
  private static func task(_ name: String, _ format: LineFormat) -> TaskID {
    guard format == .strace, let point = name.lastIndex(of: "."),
      let number = Int32(name[name.index(after: point)...]), number > 0
    else { return TaskID(0) }
    return TaskID(number)
  }

  private typealias Input = (name: String, format: LineFormat, task: TaskID)

  private func findOffsets(
    _ inputs: [Input], _ files: [LogFile], _ base: JoinBase?, _ demand: JoinDemand
  ) throws(ImportError) {
    let needsAll = base != nil || sources.count > 1
    var found: [InputSurvey] = []
    for index in sources.indices {
      let survey = try survey(of: index, inputs[index], base, whole: needsAll)
      if let twin = found.firstIndex(where: { needsAll && $0.content == survey.content }) {
        throw .sameTwice(name: inputs[index].name, other: inputs[twin].name)
      }
      found.append(survey)
      surveyed.append(
        Surveyed(
          summary: survey.summary,
          isTold: survey.lines == 0 ? nil : survey.lines == survey.linesTold))
    }
    let joining = Joining(
      found.indices.map {
        Joining.Input(
          name: inputs[$0].name, format: inputs[$0].format, anchors: found[$0].anchors,
          lastWrite: files[$0].lastWrite)
      }, base: base)
    let strangers = joining.strangers
    if demand == .common, !strangers.isEmpty {
      throw .nothingInCommon(
        names: strangers.map { inputs[$0].name }, with: base?.name ?? inputs[joining.main].name)
    }
    for (index, tie) in joining.ties.enumerated() {
      guard let tie else { continue }
      sources[index].offset = tie.offset
      importer.note(offset: tie.offset, anchor: tie.anchor, of: index)
    }
    // A time since 1970 is later than the year 2001. A smaller time has another zero.
    if let first = found[joining.main].anchors.first, first > 1_000_000_000_000_000_000 {
      startedRealtime = first
    }
  }

  /// What a first reading of an input tells.
  private struct InputSurvey {
    var anchors = Anchors()
    /// Its length and what stands for its bytes, unpacked.
    var content: [Int] = []
    /// The counts of its lines.
    var summary: InputSummary
    /// How many of its lines are a tracer's own, and how many of those the run has.
    var lines = 0
    var linesTold = 0

    mutating func observe(_ sight: Sight, _ base: JoinBase?) {
      anchors.observe(sight)
      guard let base, sight.thing.isLogLine, let text = sight.text else { return }
      lines += 1
      if base.lines.contains(Anchors.key(of: text)) { linesTold += 1 }
    }
  }

  /// Reads an input once for its landmarks. A single input needs only its beginning.
  private func survey(
    of index: Int, _ input: Input, _ base: JoinBase?, whole: Bool
  ) throws(ImportError) -> InputSurvey {
    var reader = InputReader(format: input.format, name: input.name, task: input.task)
    var cutter = LineCutter()
    var survey = InputSurvey(summary: reader.summary)
    var hasher = Hasher()
    var count = 0
    while true {
      let block = try sources[index].file.next()
      if block.isEmpty { break }
      if whole {
        count += block.count
        unsafe block.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      }
      cutter.take(block) { reader.read($0) { survey.observe($0, base) } }
      if !whole, survey.anchors.first != nil { break }
    }
    cutter.end { reader.read($0) { survey.observe($0, base) } }
    for sight in reader.end() { survey.observe(sight, base) }
    survey.summary = reader.summary
    survey.content = [count, hasher.finalize()]
    try sources[index].file.rewind()
    return survey
  }
}
