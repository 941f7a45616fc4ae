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

  /// The source of the run's events.
  package let source: FiniModel.Source
  /// The moment of the first line that has a time, in nanoseconds since 1970, if that is known.
  package private(set) var startedRealtime: Int64?

  /// Opens the inputs, recognizes their formats, and finds the offsets between their clocks.
  ///
  /// - Parameter format: the format of all inputs; `nil` to recognize it.
  /// - Throws: ``ImportError``.
  package init(_ names: [String], format: LineFormat? = nil) throws(ImportError) {
    var inputs: [(name: String, format: LineFormat, task: TaskID)] = []
    for name in names {
      let file = try InputFile(name)
      try file.spool()
      let found: LineFormat
      if let format { found = format } else { found = try ImportRun.recognize(file) }
      sources.append(Source(file: file, format: found))
      inputs.append((name, found, ImportRun.task(name, found)))
    }
    importer = Importer(inputs: inputs)
    source = Importer.source(of: sources.map { $0.format })
    try findOffsets(inputs)
  }

  /// The counts of each input's lines so far.
  package var summaries: [InputSummary] { importer.summaries }

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
    if sources.count == 1 { return try stepAlone(body) }
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
      cutter.take(block) { line in
        reader.read(line) { importer.take($0, of: 0) }
        // A few events at a time: the newest are still in the processor's cache.
        if importer.waitingCount & 63 == 63 { importer.drain(body) }
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

  private func findOffsets(
    _ inputs: [(name: String, format: LineFormat, task: TaskID)]
  ) throws(ImportError) {
    let base = sources.firstIndex { $0.format != .criuLog } ?? 0
    var found: [Anchors] = []
    for index in sources.indices {
      found.append(try anchors(of: index, inputs[index]))
    }
    for index in sources.indices
    where index != base && sources[index].format != sources[base].format {
      let (offset, anchor) = found[base].offset(of: found[index])
      sources[index].offset = offset
      importer.note(offset: offset, anchor: anchor, of: index)
    }
    // A time since 1970 is later than the year 2001. A smaller time has another zero.
    if let first = found[base].first, first > 1_000_000_000_000_000_000 { startedRealtime = first }
  }

  /// Reads an input once for its landmarks. A single input needs only its beginning.
  private func anchors(
    of index: Int, _ input: (name: String, format: LineFormat, task: TaskID)
  ) throws(ImportError) -> Anchors {
    var reader = InputReader(format: input.format, name: input.name, task: input.task)
    var cutter = LineCutter()
    var anchors = Anchors()
    let needsAll = Set(sources.map { $0.format }).count > 1
    while true {
      let block = try sources[index].file.next()
      if block.isEmpty { break }
      cutter.take(block) { reader.read($0) { anchors.observe($0) } }
      if !needsAll, anchors.first != nil { break }
    }
    cutter.end { reader.read($0) { anchors.observe($0) } }
    try sources[index].file.rewind()
    return anchors
  }
}
